import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations import Pores, VacancySinks


HALF, HOT, HERE = jnp.array([0.5, 0.5]), jnp.asarray(1100.0), jnp.asarray(2e-6)


def test_equilibrium_is_a_number_an_energy_or_a_function():
    assert float(VacancySinks(1e-4).equilibrium_at(HALF, HOT, HERE)) == 1e-4
    copper = djx.lattice.Vacancies(1.27, 2.0)
    found = VacancySinks(copper, unit=1e-5).equilibrium_at(HALF, HOT, HERE)
    np.testing.assert_allclose(found, copper.fraction(1100.0), rtol=1e-14)
    two = lambda x, hot: 1e-4 * x[0] * hot / 1100.0
    three = lambda x, hot, where: two(x, hot) * where / 2e-6
    for law in (two, three):
        found = VacancySinks(law, unit=1e-5).equilibrium_at(HALF, HOT, HERE)
        np.testing.assert_allclose(found, 5e-5, rtol=1e-14)


def test_rates_and_dislocations_add():
    sinks = VacancySinks(1e-4, lambda x: 3e6 * x, lambda x, hot: 1e10 * hot)
    found = sinks.exchange_at(jnp.asarray(2e-14), jnp.asarray(1e-4), HOT, HERE)
    np.testing.assert_allclose(found, 6.0 * 1e-4 + 1.1e13 * 2e-14, rtol=1e-14)
    none = VacancySinks(1e-4).exchange_at(
        jnp.asarray(2e-14), jnp.asarray(1e-4), HOT, HERE
    )
    assert float(none) == 0.0


def test_all_numbers_are_differentiated():
    def value(z):
        vacancies = djx.lattice.Vacancies(1.27 + 0.1 * z, 2.0 - z)
        sinks = VacancySinks(vacancies, 2.0 + z, 1e12 * (1 + z), unit=1e-5 * (1 + z))
        equal = sinks.equilibrium_at(HALF, HOT, HERE) / sinks.unit
        return equal * sinks.exchange_at(jnp.asarray(2e-14), equal, HOT, HERE)

    h, zero = 1e-5, jnp.asarray(0.0)
    forward = jax.jvp(value, (zero,), (zero + 1,))[1]
    differences = (value(zero + h) - value(zero - h)) / (2 * h)
    np.testing.assert_allclose(forward, differences, rtol=1e-8)
    np.testing.assert_allclose(jax.grad(value)(zero), forward, rtol=1e-12)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (dict(equilibrium=0.0), "equilibrium.*> 0 .no unit"),
        (dict(equilibrium=0.5), "equilibrium.*<= 0.1.*0.5"),
        (dict(equilibrium=1e-4, rate=-1.0), "rate.*>= 0 .1/s"),
        (dict(equilibrium=1e-4, dislocations=-1.0), "dislocations.*>= 0 .1/m²"),
        (dict(equilibrium=lambda x, hot: 1e-4), "unit.*must be given"),
        (
            dict(equilibrium=1e-4, unit=jnp.array([1e-4, 1e-5])),
            "unit.*one finite number",
        ),
    ],
)
def test_bad_arguments_get_a_sentence(given, words):
    with pytest.raises(ValueError, match=words):
        VacancySinks(**given)


def test_more_than_dilute_warns_and_pores_are_kept():
    with pytest.warns(UserWarning, match="dilute"):
        VacancySinks(0.05)
    assert VacancySinks(1e-4, pores=Pores(1.0)).pores is not None
