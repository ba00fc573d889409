import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.lattice import Vacancies, warn_beyond_dilute


K_EV = 8.617333262e-5
COPPER = Vacancies(1.27, 2.0, 1e-29, binding_energy=0.15, binding_entropy=0.3)


def test_equilibrium_by_hand():
    hot = np.array([900.0, 1350.0])
    expected = np.exp(2.0 - 1.27 / (K_EV * hot))
    np.testing.assert_allclose(COPPER.fraction(hot), expected, rtol=1e-8)
    work = 1e9 * 1e-29 / (1.380649e-23 * hot)
    np.testing.assert_allclose(
        COPPER.fraction(hot, 1e9), expected * np.exp(-work), rtol=1e-8
    )


def test_pairs_by_hand_and_without_binding():
    singles = COPPER.fraction(1300.0)
    expected = 6 * singles**2 * np.exp(0.15 / (K_EV * 1300.0) - 0.3)
    np.testing.assert_allclose(COPPER.pairs(1300.0, 12), expected, rtol=1e-8)
    # Without binding they are as often neighbours as chance has it.
    free = Vacancies(1.27, binding_energy=0.0)
    np.testing.assert_allclose(free.pairs(1300.0, 8), 4 * free.fraction(1300.0) ** 2)


def test_a_quench():
    expected = COPPER.fraction(1300.0) / COPPER.fraction(600.0)
    np.testing.assert_allclose(COPPER.supersaturation(600.0, 1300.0), expected)
    np.testing.assert_allclose(COPPER.supersaturation(600.0, 600.0), 1.0)
    cold = COPPER.supersaturation(np.float32(150.0), np.float32(600.0))
    assert np.isfinite(cold) and cold.dtype == np.float32


def test_slopes():
    log = lambda e, s: jnp.log(Vacancies(e, s).fraction(1000.0))
    slopes = jax.grad(log, argnums=(0, 1))(1.27, 2.0)
    np.testing.assert_allclose(slopes, (-1 / (K_EV * 1000.0), 1.0), rtol=1e-8)
    many = jax.jit(jax.vmap(COPPER.fraction))(jnp.array([800.0, 900.0]))
    assert many.shape == (2,)


def test_beyond_the_dilute_law_it_warns():
    with pytest.warns(UserWarning, match="above 0.01: the dilute law"):
        Vacancies(0.3).fraction([500.0, 1000.0])
    with pytest.warns(UserWarning, match="ends there"):
        Vacancies(0.45, binding_energy=0.5).pairs(1000.0, 12)
    warn_beyond_dilute(jnp.asarray(0.99e-2))


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Vacancies(np.inf), r"formation_energy=...\)` must be one finite"),
        (lambda: COPPER.fraction(0.0), r"fraction\(temperature=...\)` .* > 0 \(K\)"),
        (lambda: COPPER.fraction([300.0, -1.0]), r"finite numbers > 0 \(K\)"),
        (lambda: COPPER.supersaturation(300.0, 0.0), r"quenched_from=...\)` .* > 0"),
        (lambda: Vacancies(1.0).pairs(900.0, 12), "needs `Vacancies.binding_energy"),
    ],
)
def test_bad_input_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
