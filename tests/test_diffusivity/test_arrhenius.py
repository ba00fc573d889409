import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.diffusivity import Activated, Arrhenius, Constant


K_EV = 8.617333262e-5


def test_arrhenius_slope_is_the_activation_energy():
    law = Arrhenius(1e-5, 2.0)
    log_d = lambda beta: jnp.log(law.over(0.5, 1 / (K_EV * beta)))
    np.testing.assert_allclose(jax.grad(log_d)(11.0), -2.0, rtol=1e-9)
    np.testing.assert_allclose(
        law.over(0.0, 1100.0), 1e-5 * np.exp(-2.0 / (K_EV * 1100)), rtol=1e-8
    )


def test_activated_equals_arrhenius():
    reference = 1200.0
    plain = Arrhenius(1e-5, 2.0)
    same = Activated(Constant(plain.over(0.0, reference)), 2.0, reference)
    T = jnp.linspace(900.0, 1500.0, 7)
    np.testing.assert_allclose(same.over(0.0, T), plain.over(0.0, T), rtol=1e-12)


def test_a_large_barrier_does_not_underflow_before_it_must():
    law = Arrhenius(np.float32(1e-5), np.float32(5.0))
    cold = law.over(np.float32(0.0), np.float32(900.0))
    np.testing.assert_allclose(cold, 1e-5 * np.exp(-5.0 / (K_EV * 900)), rtol=1e-4)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Constant(0.0), r"`Constant\(value=...\)` must be .* > 0 \(m²/s\)"),
        (lambda: Constant(jnp.ones(2)), "got an array of shape"),
        (lambda: Arrhenius(-1.0, 1.0), r"`Arrhenius\(prefactor=...\)`"),
        (lambda: Arrhenius(1.0, np.nan), r"`Arrhenius\(activation=...\)`"),
        (
            lambda: Activated(Constant(1e-14), 1.0, -1.0),
            r"`Activated\(reference_temperature=...\)` must be .* > 0 \(K\)",
        ),
    ],
)
def test_bad_laws_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
