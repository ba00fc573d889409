import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from diffjax.tensors import (
    from_principal,
    principal,
    rotate,
    rotation,
    rotation_from_axis,
    rotation_from_euler,
    rotation_from_quaternion,
)


RNG = np.random.default_rng(0)


def same(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


def test_the_plane_turns_from_x_to_y():
    turned = rotation(np.pi / 2) @ jnp.array([1.0, 0.0])
    same(turned, [0.0, 1.0])
    angles = np.linspace(-4.0, 4.0, 7)
    about_z = Rotation.from_rotvec(angles[:, None] * [0.0, 0.0, 1.0]).as_matrix()
    same(rotation(angles), about_z[:, :2, :2])


def test_rotations_of_space_against_scipy():
    axis, angle = RNG.normal(size=(6, 3)), RNG.uniform(-4, 4, 6)
    unit = axis / np.linalg.norm(axis, axis=-1, keepdims=True)
    expected = Rotation.from_rotvec(unit * angle[:, None]).as_matrix()
    same(rotation_from_axis(axis, angle), expected)
    one = rotation_from_axis(axis[0], angle)
    same(one[0], expected[0])
    q = RNG.normal(size=(6, 4))
    expected = Rotation.from_quat(np.roll(q, -1, axis=-1)).as_matrix()
    same(rotation_from_quaternion(q), expected)


@pytest.mark.parametrize("sequence", ["zxz", "zyx", "xyz"])
def test_euler_angles_against_scipy(sequence):
    angles = RNG.uniform(-3, 3, (5, 3))
    expected = Rotation.from_euler(sequence.upper(), angles).as_matrix()
    found = rotation_from_euler(angles, sequence)
    same(found, expected)


def test_principal_values_there_and_back():
    values = np.array([1e-14, 3e-14, 2e-13])
    turn = Rotation.from_quat(RNG.normal(size=(4, 4))).as_matrix()
    tensor = from_principal(values, turn)
    np.testing.assert_array_equal(tensor, jnp.swapaxes(tensor, -1, -2))
    np.testing.assert_allclose(tensor, turn * values @ turn.swapaxes(-1, -2), rtol=1e-9)
    found, axes = principal(tensor)
    np.testing.assert_allclose(found, np.tile(values, (4, 1)), rtol=1e-12)
    np.testing.assert_allclose(np.linalg.det(axes), 1.0, rtol=1e-12)
    np.testing.assert_allclose(from_principal(found, axes), tensor, atol=1e-27)
    flat = from_principal([1.0, 2.0], rotation(0.3))
    np.testing.assert_allclose(principal(flat)[0], [1.0, 2.0], rtol=1e-14)


def test_rotate_turns_the_crystal():
    turn = rotation_from_euler([0.3, 0.5, -1.0])
    tensor = rotate(np.diag([1.0, 2.0, 3.0]), turn)
    same(tensor, from_principal([1.0, 2.0, 3.0], turn))
    same(rotate(tensor, turn.T), np.diag([1.0, 2, 3]))


def test_gradients_against_central_differences():
    def look(q):
        return jnp.sum(
            from_principal([1.0, 2.0, 5.0], rotation_from_quaternion(q)) ** 3
        )

    q, move, h = (
        jnp.array([1.0, 0.2, -0.3, 0.4]),
        jnp.array([0.1, 1.0, 2.0, -1.0]),
        1e-5,
    )
    differences = (look(q + h * move) - look(q - h * move)) / (2 * h)
    np.testing.assert_allclose(jax.jvp(look, (q,), (move,))[1], differences, rtol=1e-7)
    np.testing.assert_allclose(jax.grad(look)(q) @ move, differences, rtol=1e-7)
    # No turn at all is an ordinary point.
    for start in (
        jax.grad(lambda a: rotation_from_axis([0.0, 0.0, 1.0], a)[1, 0])(0.0),
        jax.grad(lambda a: rotation_from_euler(a)[1, 0])(jnp.zeros(3))[0],
        jax.grad(lambda a: rotation(a)[1, 0])(0.0),
    ):
        np.testing.assert_allclose(start, 1.0, rtol=1e-14)


def test_float32_stays_float32():
    one = jnp.ones(3, dtype=jnp.float32)
    turn = rotation_from_euler(one)
    assert turn.dtype == jnp.float32
    assert from_principal(one, turn).dtype == jnp.float32
    assert rotate(from_principal(one, turn), turn).dtype == jnp.float32
    assert rotation_from_axis(one, one[0]).dtype == jnp.float32
    assert all(x.dtype == jnp.float32 for x in principal(turn + turn.T))


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: rotation_from_quaternion(np.ones(3)), r"the scalar first; got \(3,\)"),
        (lambda: rotation_from_axis(np.ones(2), 1.0), r"`rotation_from_axis\(axis"),
        (lambda: rotation_from_euler(np.ones(2)), r"radians; got \(2,\)"),
        (lambda: rotation_from_euler(np.ones(3), "zxw"), "letters of x, y, z; got 'zx"),
        (lambda: rotate(np.eye(2), np.eye(3)), r"got \(2, 2\) and \(3, 3\)"),
        (lambda: from_principal(np.ones(2), np.eye(3)), r"got \(2,\) and \(3, 3\)"),
    ],
)
def test_bad_arguments_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
