import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from diffjax.equations import kirkendall_planes, lattice_strain

from ..helpers import validation_row


TIME = 3.6e5


def darkens_couple(x, contrast=1.6e-14, mean=1e-14):
    """Velocity in a couple with constant D and constant D_A - D_B; A at the left."""
    width = np.sqrt(4 * mean * TIME)
    return -contrast * np.exp(-((x / width) ** 2)) / (np.sqrt(np.pi) * width)


def test_order_against_the_closed_form():
    line = lambda x: 2 * TIME * darkens_couple(x) - x
    exact = brentq(line, -1e-3, 0.0, xtol=1e-18)
    assert isinstance(exact, float)
    errors = []
    for n in (101, 201, 401):
        x = jnp.linspace(-0.95e-3, 1.05e-3, n)
        planes = kirkendall_planes(x, darkens_couple(x), TIME)
        assert np.isfinite(planes.positions).sum() == 1 and bool(planes.stable[0])
        errors.append(abs(float(planes.positions[0]) / exact - 1))
    order = np.log2(errors[0] / errors[2]) / 2
    assert 1.5 < order < 3.0  # where in its cell a plane lies moves the error
    validation_row(
        "Kirkendall plane where 2tv meets x, constant D and difference",
        "root of the closed form",
        None,
        errors[-1],
        "5 µm between faces",
    )


def test_several_planes_alternate():
    x = jnp.linspace(-1e-4, 1e-4, 4001)
    wave = 0.5 * (x - 8e-6 * jnp.sin(x / 8e-6)) / TIME * jnp.exp(-((x / 5e-5) ** 8))
    planes = kirkendall_planes(x, wave, TIME)
    found = int(jnp.sum(jnp.isfinite(planes.positions)))
    assert found == 5
    assert list(np.asarray(planes.stable[:found])) == [True, False, True, False, True]
    np.testing.assert_allclose(planes.positions, -planes.positions[::-1], atol=1e-9)
    steeper = planes.slopes[:found] * 2 * TIME > 1
    np.testing.assert_array_equal(steeper, ~planes.stable[:found])


def test_a_lattice_at_rest_has_its_plane_at_the_origin():
    x = jnp.linspace(-1e-4, 1e-4, 50)
    planes = kirkendall_planes(x, 0 * x, TIME, origin=3e-6)
    np.testing.assert_allclose(planes.positions[0], 3e-6, rtol=1e-9)
    assert not bool(jnp.any(planes.stable[1:]))


def test_gradients_against_differences():
    x = jnp.linspace(-1e-3, 1e-3, 201)

    @jax.jit
    def slopes(s):
        v = jnp.asarray(darkens_couple(np.asarray(x)))
        value = lambda s: 1e4 * kirkendall_planes(x, v * (1 + s), TIME).positions[0]
        h = 1e-5
        differences = (value(s + h) - value(s - h)) / (2 * h)
        return jax.jvp(value, (s,), (s + 1,))[1], jax.grad(value)(s), differences

    forward, reverse, differences = slopes(jnp.asarray(0.0))
    np.testing.assert_allclose(forward, differences, rtol=1e-8)
    np.testing.assert_allclose(reverse, forward, rtol=1e-12)


def test_strain_between_markers():
    before = jnp.array([0.0, 1e-6, 3e-6])
    strain = lattice_strain(before, jnp.array([1e-6, 2e-6, 5e-6]))
    np.testing.assert_allclose(strain, [0.0, np.log(1.5)], atol=1e-15)
    with pytest.raises(ValueError, match="after"):
        lattice_strain(before, before[:2])


def test_bad_input():
    x = jnp.linspace(0.0, 1.0, 5)
    with pytest.raises(ValueError, match="velocity"):
        kirkendall_planes(x, x[:3], 1.0)
    with pytest.raises(ValueError, match="time.*> 0"):
        kirkendall_planes(x, x, 0.0)
