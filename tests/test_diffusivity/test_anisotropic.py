import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax._checks import in_precision
from diffjax.diffusivity import (
    Activated,
    Along,
    Anisotropic,
    Arrhenius,
    Constant,
    Custom,
    Exponential,
    Point,
    Scaled,
    Tensor,
)
from diffjax.tensors import rotation, rotation_from_euler


D1 = Arrhenius(1e-5, 2.0)
TURN = rotation(0.4)
AT = dict(composition=0.3, temperature=1100.0)


def full(law, **kwargs):
    return np.asarray(law.over(**(AT | kwargs)))


def test_principal_values_along_the_axes_and_turned():
    values = np.array([float(D1.over(0.3, 1100.0)), 1e-14])
    np.testing.assert_allclose(full(Anisotropic((D1, 1e-14))), values, rtol=1e-14)
    turned = full(Anisotropic((D1, 1e-14), TURN))
    expected = np.asarray(TURN) * values @ np.asarray(TURN).T
    np.testing.assert_allclose(turned, expected, rtol=1e-12)
    np.testing.assert_array_equal(turned, turned.T)
    space = rotation_from_euler([0.1, 0.2, 0.3])
    three = full(Anisotropic((D1, 1e-14, lambda c, T, x: 1e-13 * c), space))
    np.testing.assert_allclose(
        np.linalg.eigvalsh(three), np.sort([values[0], 1e-14, 3e-14]), rtol=1e-12
    )


def test_equal_values_are_isotropic_however_turned():
    law = Anisotropic((1e-14, 1e-14), TURN)
    np.testing.assert_allclose(full(law), 1e-14 * np.eye(2), atol=1e-28)
    for experiment in ("front", "forced"):
        np.testing.assert_allclose(
            full(Along(law, [1.0, 3.0], experiment)), 1e-14, rtol=1e-12
        )


def test_a_field_of_rotations_sees_the_position():
    law = Anisotropic((2e-14, 1e-14), lambda x: rotation(x[0] / 1e-6))
    positions = np.array([[0.0, 5e-6], [np.pi / 2 * 1e-6, 0.0]])
    found = full(law, position=positions, dimension=2)
    expected = [np.diag([2e-14, 1e-14]), np.diag([1e-14, 2e-14])]
    np.testing.assert_allclose(found, expected, atol=1e-28)


def test_a_constant_tensor_scaled_and_activated():
    tensor = 1e-14 * np.array([[2.0, 0.5], [0.5, 1.0]])
    law = Tensor(tensor)
    np.testing.assert_array_equal(full(law), tensor)
    c = np.array([[0.1, 0.2, 0.3]])
    found = full(Scaled(law, lambda c, T, x: 1 + c), composition=c)
    assert found.shape == (1, 3, 2, 2)
    np.testing.assert_allclose(found, (1 + c)[..., None, None] * tensor, rtol=1e-14)
    np.testing.assert_allclose(full(Scaled(law, 2.0)), 2 * tensor)
    np.testing.assert_allclose(
        full(Scaled(law, Exponential(1.0, 2.0))), np.exp(0.6) * tensor, rtol=1e-14
    )
    boost = full(Activated(Constant(1.0), 2.0, 1000.0))
    np.testing.assert_allclose(
        full(Activated(law, 2.0, 1000.0)), boost * tensor, rtol=1e-14
    )
    np.testing.assert_allclose(
        full(Activated(Anisotropic((1e-14, 2e-14)), 2.0, 1000.0)),
        boost * np.array([1e-14, 2e-14]),
        rtol=1e-14,
    )


def test_along_a_direction():
    turned = Anisotropic((4e-14, 1e-14), TURN)
    n = np.array([3.0, 1.0])
    unit, tensor = n / np.linalg.norm(n), full(turned)
    front = unit @ tensor @ unit
    forced = 1 / (unit @ np.linalg.inv(tensor) @ unit)
    assert forced < front
    np.testing.assert_allclose(full(Along(turned, n)), front, rtol=1e-12)
    np.testing.assert_allclose(full(Along(turned, n, "forced")), forced, rtol=1e-12)
    flat = Anisotropic((4e-14, 1e-14))
    np.testing.assert_allclose(full(Along(flat, [0.0, 2.0])), 1e-14, rtol=1e-14)
    np.testing.assert_allclose(
        full(Along(flat, [1.0, 1.0], "forced")), 2 / (1 / 4e-14 + 1e14), rtol=1e-12
    )
    np.testing.assert_allclose(full(Along(Constant(3e-14), n)), 3e-14)
    seen = Along(Custom(lambda c, T, x: jnp.stack([x, 2 * x])), [1.0, 0.0])
    np.testing.assert_allclose(seen.over(0.0, 1e3, [1.0, 2.0]), [1.0, 2.0])


def test_a_function_may_give_any_of_the_three_shapes():
    for shape in [(), (1,), (1, 1)]:
        assert full(Custom(lambda c, T, x: jnp.full(shape, c))).shape == ()
    for shape in [(2,), (3,), (2, 2), (3, 3)]:
        law = Custom(lambda c, T, x: jnp.full(shape, c))
        assert law.over(np.zeros((4, 1)), np.ones(5)).shape == (4, 5, *shape)
    with pytest.raises(ValueError, match=r"got shape \(4,\)"):
        full(Custom(lambda c, T, x: jnp.full(4, c)))


def test_positions_in_more_dimensions():
    law = Custom(lambda c, T, x: c + x[0] + 10 * x[1])
    places = np.arange(12.0).reshape(3, 2, 2)
    found = law.over(np.zeros(2), 1e3, places, dimension=2)
    np.testing.assert_allclose(found, places[..., 0] + 10 * places[..., 1])
    np.testing.assert_allclose(law.over(1.0, 1e3, dimension=2), 1.0)
    with pytest.raises(ValueError, match="must have 3 numbers in its last axis"):
        law.over(0.0, 1e3, places, dimension=3)


def laws():
    full_turn = Anisotropic((D1, 1e-14), TURN)
    return [
        (full_turn, (2, 2)),
        (Anisotropic((D1, 2e-14, 1e-14)), (3,)),
        (Anisotropic((D1, 1e-14), lambda x: rotation(x[0])), (2, 2)),
        (Tensor(1e-14 * np.eye(3)), (3, 3)),
        (Scaled(full_turn, 2.0), (2, 2)),
        (Activated(full_turn, 1.0, 1000.0), (2, 2)),
        (Along(full_turn, [1.0, 1.0]), ()),
        (Along(full_turn, [1.0, 1.0], "forced"), ()),
        (Custom(lambda c, T, x: jnp.stack([c, 2 * c])), (2,)),
    ]


@pytest.mark.parametrize("law, shape", laws())
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_every_law_keeps_the_precision_of_the_point(law, shape, dtype):
    point = Point(
        jnp.asarray(0.3, dtype), jnp.asarray(1100.0, dtype), jnp.ones(3, dtype)
    )
    value = in_precision(law, dtype).at(point)
    assert value.dtype == dtype and value.shape == shape
    assert bool(jnp.all(jnp.isfinite(value)))


@pytest.mark.parametrize("experiment", ["front", "forced"])
def test_every_parameter_has_its_derivative(experiment):
    law = Along(
        Scaled(Anisotropic((D1, 1e-14), TURN), Exponential(1.0, 2.0)),
        [1.0, 2.0],
        experiment,
    )
    look = lambda l: jnp.log(l.over(**AT))
    parameters, rest = eqx.partition(law, eqx.is_array)
    leaves, structure = jax.tree.flatten(parameters)
    run = jax.jit(
        lambda leaves: look(eqx.combine(jax.tree.unflatten(structure, leaves), rest))
    )
    backward = jax.grad(run)(leaves)
    assert len(leaves) == 7
    for k, leaf in enumerate(leaves):
        move = jnp.ones_like(leaf) * jnp.max(jnp.abs(leaf))
        moved = lambda h: [x + h * move if j == k else x for j, x in enumerate(leaves)]
        differences = (run(moved(1e-6)) - run(moved(-1e-6))) / 2e-6
        forward = jax.jvp(
            lambda x: run([*leaves[:k], x, *leaves[k + 1 :]]), (leaf,), (move,)
        )[1]
        np.testing.assert_allclose(forward, differences, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(
            jnp.sum(backward[k] * move), differences, rtol=1e-6, atol=1e-8
        )


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Anisotropic((1e-14,)), r"must have 2 or 3 laws .* \(m²/s\); got 1"),
        (
            lambda: Anisotropic((1e-14, -1.0)),
            r"`Anisotropic\(principal=...\)\[1\]` must",
        ),
        (lambda: Anisotropic((1.0, 1.0), np.eye(3)), r"shape \(2, 2\) for 2 principal"),
        (
            lambda: Anisotropic((1.0, 1.0), [[1.0, 1.0], [0.0, 1.0]]),
            r"must be orthogonal, .* got \[\[1. 1.\] \[0. 1.\]\]",
        ),
        (
            lambda: full(Anisotropic((1.0, Tensor(np.eye(2))))),
            r"`Anisotropic\(principal=...\)\[1\]` must give one number",
        ),
        (
            lambda: full(Anisotropic((1.0, 1.0), lambda x: jnp.eye(3))),
            r"must give a matrix of shape \(2, 2\); got \(3, 3\)",
        ),
        (lambda: Tensor(1e-14), r"`Tensor\(value=...\)` must have shape `\(d, d\)`"),
        (
            lambda: Tensor([[1.0, 2.0], [2.0, 1.0]]),
            r"`Tensor\(value=...\)` must be positive definite; its eigenvalues are -1",
        ),
        (lambda: Scaled(D1, 0.0), r"`Scaled\(factor=...\)` .* > 0 \(no unit\)"),
        (lambda: full(Scaled(D1, Tensor(np.eye(2)))), "factor=.* must give one number"),
        (lambda: Along(D1, 1.0), r"`Along\(direction=...\)` must have shape"),
        (lambda: Along(D1, [0.0, 0.0]), "must be finite and not zero"),
    ],
)
def test_bad_laws_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
