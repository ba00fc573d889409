"""Equilibrium, compatibility and slopes of an elastic field."""

import jax
import jax.numpy as jnp
import numpy as np

from diffjax.mechanics import CubicStiffness, IsotropicStiffness


STEEL = IsotropicStiffness(210e9, 0.29)
COPPER = CubicStiffness(168.4e9, 121.4e9, 75.4e9)
PERMUTE = np.zeros((3, 3, 3))
for _i, _j, _k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    PERMUTE[_i, _j, _k], PERMUTE[_k, _j, _i] = 1.0, -1.0


def check_field(field, points, length, compatible=1e-10):
    """Balance of forces, Hooke's law and compatibility at points, m, shape `(n, 3)`.

    Relative to the stress or strain there over `length`, in m. Outside of eigenstrain
    and cores the elastic strain is the strain of a displacement.
    """

    @jax.jit
    @jax.vmap
    def at(x):
        scaled = lambda y: x + length * y
        none = jnp.zeros(3)
        stress = lambda y: field.stress(scaled(y))
        strain = lambda y: field.strain(scaled(y))
        force = jnp.einsum("ijj->i", jax.jacfwd(stress)(none))
        bend = jax.jacfwd(jax.jacfwd(strain))(none)
        gap = jnp.einsum("ikm,jln,mnkl->ij", PERMUTE, PERMUTE, bend)
        return stress(none), strain(none), force, gap, field.hydrostatic(x)

    stress, strain, force, gap, pull = map(np.asarray, at(jnp.asarray(points)))
    sizes, strains = abs(stress).max((1, 2)), abs(strain).max((1, 2))
    assert np.all(np.isfinite(stress)) and np.all(sizes > 0)
    assert np.max(abs(force).max(1) / sizes) < 1e-10
    assert np.max(abs(gap).max((1, 2)) / strains) < compatible
    np.testing.assert_allclose(stress, np.swapaxes(stress, 1, 2), rtol=1e-12)
    off = abs(pull - np.trace(stress, axis1=1, axis2=2) / 3)
    assert np.max(off / sizes) < 1e-14


def check_slopes(function, at, step=1e-5, rtol=1e-6):
    """jvp and vjp of a scalar function of a vector against central differences.

    `at` is scaled to numbers of the order of 1.
    """
    at = jnp.asarray(at)
    way = jnp.asarray(np.random.default_rng(3).normal(size=at.shape))

    # The function is compiled twice, not four times: its value is not needed again.
    value = jax.jit(function)
    central = float(value(at + step * way) - value(at - step * way)) / (2 * step)

    @jax.jit
    def both(x):
        _, push = jax.linearize(function, x)
        (pulled,) = jax.linear_transpose(push, x)(jnp.ones(()))
        return push(way), jnp.sum(pulled * way)

    forward, backward = map(float, both(at))
    assert np.isfinite(forward) and forward != 0
    np.testing.assert_allclose(backward, forward, rtol=1e-10)
    np.testing.assert_allclose(central, forward, rtol=rtol)
