import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.fluxes import Counterflow, VacancyExchange

from ..alloys import binary, ternary
from ..helpers import observed_order


HOT = jnp.asarray(1100.0)


def through(law, a, b, s, distance=1e-6):
    flux = VacancyExchange(law)
    seen = lambda x, s: flux.seen(jnp.asarray(x), jnp.asarray(s), HOT)
    return flux.through(seen(a, s[0]), seen(b, s[1]), jnp.asarray(distance))


@pytest.mark.parametrize("correlation", [None, 0.7815])
def test_second_order_against_the_onsager_matrix(correlation):
    """Driven by the potentials of atoms less that of vacancies."""
    law = ternary(correlation)
    x = lambda z: jnp.array([0.5 + 0.2 * jnp.sin(z), 0.3 - 0.3 * z + 0.1 * z**2, 0.0])
    whole = lambda z: x(z).at[2].set(1 - jnp.sum(x(z)))
    more = lambda z: jnp.exp(0.7 * jnp.sin(2 * z))

    def potentials(z):
        here = whole(z)
        levels = law.gibbs.log_activity_coefficients(here, HOT)
        return jnp.log(here) + levels - jnp.log(more(z))

    @jax.jit
    def error(h):
        z = 0.3
        ends = whole(z - h / 2), whole(z + h / 2)
        found, vacancies = through(law, *ends, (more(z - h / 2), more(z + h / 2)), h)
        forces = -jax.jacfwd(potentials)(z)
        lattice = more(z) * law.onsager(whole(z), HOT) @ forces
        exact = lattice - whole(z) * jnp.sum(lattice)
        off = jnp.max(jnp.abs(found - exact)) / jnp.max(jnp.abs(exact))
        return off, jnp.abs(vacancies / -jnp.sum(lattice) - 1)

    errors = np.array([error(h) for h in (0.1, 0.05, 0.025, 0.0125)])
    for column in errors.T:
        np.testing.assert_allclose(observed_order(column)[-1], 2.0, atol=0.1)


def test_fluxes_sum_to_zero_and_the_absent_can_only_arrive():
    law = ternary()
    rng = np.random.default_rng(0)
    a, b = (jnp.asarray(rng.dirichlet(np.full(3, 0.4), size=400)) for _ in range(2))
    a = a.at[::2, 0].set(0.0)
    a = a / jnp.sum(a, axis=1, keepdims=True)
    s = jnp.asarray(np.exp(rng.normal(size=(400, 2)) * 3))
    s = s.at[1::4, 0].set(0.0)
    fluxes, vacancies = jax.jit(jax.vmap(lambda *z: through(law, *z)))(a, b, s)
    size = float(jnp.max(jnp.abs(fluxes)))
    assert float(jnp.max(jnp.abs(jnp.sum(fluxes, 1)))) < 4e-16 * size
    assert float(jnp.max(fluxes[::2, 0])) <= 0.0
    # Where none are on the left, next to none leave from there.
    scale = float(jnp.max(jnp.abs(vacancies)))
    assert float(jnp.max(vacancies[1::4])) < 1e-10 * scale


@pytest.mark.parametrize("correlation", [None, 0.7815])
def test_an_even_field_of_vacancies_scales_the_counterflow(correlation):
    law = ternary(correlation)
    a, b = jnp.array([0.5, 0.3, 0.2]), jnp.array([0.1, 0.3, 0.6])
    plain = Counterflow(law)
    fluxes, velocity = plain.through(
        plain.seen(a, HOT), plain.seen(b, HOT), jnp.asarray(1e-6)
    )
    for s in (1.0, 7.0):
        found, vacancies = through(law, a, b, (s, s))
        np.testing.assert_allclose(found, s * fluxes, rtol=1e-13)
        np.testing.assert_allclose(vacancies, s * velocity, rtol=1e-13)


def test_equilibrium_of_atoms_and_vacancies_rests():
    """Of an ideal mixture: all atoms as many times as vacancies would have it."""
    law = binary(1e-14, 4e-14, phase=None)
    even = jnp.array([0.4, 0.6])
    fluxes, vacancies = through(law, even, even, (2.0, 2.0))
    np.testing.assert_array_equal(fluxes, 0.0)
    assert float(vacancies) == 0.0


def test_vacancies_run_down_their_gradient_and_drag_the_faster_along():
    """Kirkendall's effect the other way round: the faster goes against vacancies."""
    law, even = binary(1e-14, 4e-14, phase=None), [0.5, 0.5]
    fluxes, vacancies = through(law, even, even, (1.5, 0.5))
    np.testing.assert_allclose(vacancies, 2.5e-14 / 1e-6, rtol=1e-12)
    assert float(fluxes[1]) < 0 < float(fluxes[0])


def test_gradients_against_differences():
    a, b = jnp.array([0.5, 0.3, 0.2]), jnp.array([0.3, 0.3, 0.4])
    e = jnp.array([0.2, -0.3, 0.1])

    @jax.jit
    def slopes(z, gap):
        def value(z):
            law = ternary(0.7 + 0.1 * z, scale=1e8)
            s = 1.2 + z, (1.2 + gap) * (1 - 0.3 * z)
            fluxes, vacancies = through(law, a + z * e, b - 0.5 * z * e, s)
            return jnp.sum(fluxes * jnp.array([1.0, -0.4, 0.2])) + vacancies

        h = 1e-5
        differences = (value(z + h) - value(z - h)) / (2 * h)
        return jax.jvp(value, (z,), (z + 1,))[1], jax.grad(value)(z), differences

    for gap in (0.0, 0.4):
        forward, reverse, differences = slopes(jnp.asarray(0.0), jnp.asarray(gap))
        np.testing.assert_allclose(forward, differences, rtol=1e-7)
        np.testing.assert_allclose(reverse, forward, rtol=1e-11)
