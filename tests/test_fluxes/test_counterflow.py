import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.fluxes import Counterflow

from ..alloys import binary, ternary
from ..helpers import observed_order


HOT = jnp.asarray(1100.0)


def through(law, a, b, distance=1e-6, sweep=0.0):
    flux = Counterflow(law)
    seen = lambda x: flux.seen(jnp.asarray(x), HOT)
    return flux.through(seen(a), seen(b), jnp.asarray(distance), sweep)


def random_pairs(count, seed=0):
    rng = np.random.default_rng(seed)
    a, b = (rng.dirichlet(np.full(3, 0.4), size=count) for _ in range(2))
    return jnp.asarray(a), jnp.asarray(b)


@pytest.mark.parametrize("correlation", [None, 0.7815])
def test_fluxes_sum_to_the_sweep_and_the_absent_can_only_arrive(correlation):
    law = ternary(correlation)
    a, b = random_pairs(400)
    a = a.at[::2, 0].set(0.0)
    a = a / jnp.sum(a, axis=1, keepdims=True)
    sweeps = jnp.linspace(-5e-9, 5e-9, 400)
    find = jax.jit(jax.vmap(lambda a, b, s: through(law, a, b, 1e-6, s)[0]))
    for sweep in (0 * sweeps, sweeps):
        fluxes = find(a, b, sweep)
        size = float(jnp.max(jnp.abs(fluxes)))
        assert float(jnp.max(jnp.abs(jnp.sum(fluxes, 1) - sweep))) < 4e-16 * size
        assert float(jnp.max(fluxes[::2, 0])) <= 0.0  # none leaves to the right


@pytest.mark.parametrize("correlation", [None, 0.7815])
def test_second_order_in_the_distance(correlation):
    law = ternary(correlation)
    x = lambda s: (
        jnp.array([0.5, 0.3, 0.2])
        + jnp.array([0.2 * jnp.sin(s), -0.3 * s + 0.1 * s**2, 0.0])
    )
    whole = lambda s: x(s).at[2].set(1 - x(s)[0] - x(s)[1])

    @jax.jit
    def error(h):
        s0 = 0.3
        found, speed = through(law, whole(s0 - h / 2), whole(s0 + h / 2), h)
        slope = jax.jacfwd(whole)(s0)
        here = whole(s0)
        exact = -law.interdiffusion(here, HOT) @ slope[:-1]
        velocity = jnp.sum(law.intrinsic(here, HOT) @ slope[:-1])
        off = jnp.max(jnp.abs(found[:-1] - exact)) / jnp.max(jnp.abs(exact))
        return off, jnp.abs(speed / velocity - 1)

    errors = np.array([error(h) for h in (0.2, 0.1, 0.05, 0.025)])
    for column in errors.T:
        np.testing.assert_allclose(observed_order(column)[-1], 2.0, atol=0.1)


@pytest.mark.parametrize("correlation", [None, 0.7815])
def test_on_the_lattice_the_fluxes_are_the_intrinsic_ones(correlation):
    law = ternary(correlation)
    whole = lambda s: jnp.stack(
        [0.5 + 0.2 * jnp.sin(s), 0.3 - 0.3 * s, 0.2 - 0.2 * jnp.sin(s) + 0.3 * s]
    )

    @jax.jit
    def error(h):
        s0, flux = 0.3, Counterflow(law)
        a, b = (flux.seen(whole(s), HOT) for s in (s0 - h / 2, s0 + h / 2))
        found, speed = flux.in_lattice(a, b, h), flux.through(a, b, h)[1]
        exact = -law.intrinsic(whole(s0), HOT) @ jax.jacfwd(whole)(s0)[:-1]
        off = jnp.max(jnp.abs(found - exact)) / jnp.max(jnp.abs(exact))
        return off, jnp.abs(jnp.sum(found) / speed + 1)

    errors = np.array([error(jnp.asarray(h)) for h in (0.2, 0.1, 0.05)])
    fluxes, sums = errors.T.tolist()
    np.testing.assert_allclose(observed_order(fluxes)[-1], 2.0, atol=0.1)
    if correlation is None:
        assert max(sums) < 1e-14
    else:
        np.testing.assert_allclose(observed_order(sums)[-1], 2.0, atol=0.3)


def test_on_the_lattice_the_absent_can_only_arrive():
    flux = Counterflow(ternary())
    a, b = random_pairs(400)
    a = a.at[:, 0].set(0.0)
    a = a / jnp.sum(a, axis=1, keepdims=True)
    seen = lambda x: flux.seen(x, HOT)
    at = lambda a, b: flux.in_lattice(seen(a), seen(b), jnp.asarray(1e-6))
    assert float(jnp.max(jax.jit(jax.vmap(at))(a, b)[:, 0])) <= 0.0


def test_equal_tracers_of_an_ideal_mixture_are_ficks():
    law = binary(2e-14, 2e-14, phase=None)
    fluxes, velocity = through(law, [0.9, 0.1], [0.2, 0.8])
    np.testing.assert_allclose(fluxes, [2e-14 * 0.7 / 1e-6, -2e-14 * 0.7 / 1e-6])
    assert abs(float(velocity)) < 1e-22


def test_nothing_moves_where_nothing_differs():
    fluxes, velocity = through(ternary(), [0.2, 0.3, 0.5], [0.2, 0.3, 0.5])
    np.testing.assert_array_equal(fluxes, 0.0)
    assert float(velocity) == 0.0


def test_lattice_moves_towards_the_side_that_loses_more():
    """B is faster and flows to the right: the lattice moves left."""
    _, velocity = through(binary(1e-14, 4e-14), [0.4, 0.6], [0.6, 0.4])
    assert float(velocity) < 0


def test_gradients_against_differences():
    a, b = jnp.array([0.5, 0.3, 0.2]), jnp.array([0.3, 0.3, 0.4])
    e = jnp.array([0.2, -0.3, 0.1])

    @jax.jit
    def slopes(s):
        def value(s):
            law = ternary(0.7 + 0.1 * s, scale=1e8)
            fluxes, velocity = through(law, a + s * e, b - 0.5 * s * e)
            return jnp.sum(fluxes * jnp.array([1.0, -0.4, 0.2])) + velocity

        h = 1e-5
        differences = (value(s + h) - value(s - h)) / (2 * h)
        return jax.jvp(value, (s,), (s + 1,))[1], jax.grad(value)(s), differences

    forward, reverse, differences = slopes(jnp.asarray(0.0))
    np.testing.assert_allclose(forward, differences, rtol=1e-7)
    np.testing.assert_allclose(reverse, forward, rtol=1e-11)
