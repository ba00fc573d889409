"""Arrhenius laws by D at a reference temperature: there and back, less correlation."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from .common import films


LAW = djx.diffusivity.Arrhenius(1e-5, 2.0)
WHERE = ("prefactor", "activation")


def test_there_and_back_with_slopes():
    transform, shapes = inv.ArrheniusAt(1100.0), ((), ())
    free = transform.forward((LAW.prefactor, LAW.activation))
    back = lambda u: jnp.stack(transform.inverse(u, shapes))
    np.testing.assert_allclose(back(free), [1e-5, 2.0], rtol=1e-12)
    value = transform.report((LAW.prefactor, LAW.activation))[2]
    np.testing.assert_allclose(value, LAW.over(0.0, 1100.0), rtol=1e-12)
    np.testing.assert_allclose(free[0], jnp.log(value) / 2.0, rtol=1e-12)
    slopes, h = jax.jacrev(back)(free), 1e-6
    np.testing.assert_allclose(slopes, jax.jacfwd(back)(free), rtol=1e-12)
    for k, step in enumerate(h * np.eye(2)):
        difference = (back(free + step) - back(free - step)) / (2 * h)
        np.testing.assert_allclose(slopes[:, k], difference, rtol=1e-6, atol=1e-12)


def test_it_asks_for_two_numbers_and_a_temperature():
    with pytest.raises(ValueError, match=re.escape("got arrays of shape (2,).")):
        inv.ArrheniusAt(1100.0).size(((2,),))
    with pytest.raises(ValueError, match="must be one number > 0"):
        inv.ArrheniusAt(-1.0)
    with pytest.raises(ValueError, match="must be given here"):
        inv.ArrheniusAt().report((LAW.prefactor, LAW.activation))


def test_the_fit_is_the_same_and_hardly_correlated():
    data = films(LAW, (1000.0, 1150.0, 1300.0)[:2])
    plain = inv.fit(LAW, data)
    found = inv.fit(LAW, data, inv.Free(WHERE, inv.ArrheniusAt()))
    assert found.names[:3] == ("prefactor", "activation", "D(1070 K)")
    for name in WHERE:
        np.testing.assert_allclose(found[name].value, plain[name].value, rtol=1e-4)
        np.testing.assert_allclose(found[name].stderr, plain[name].stderr, rtol=1e-3)
    # D0 and Q as before, D(T_ref) and Q nearly apart, and D(T_ref) known best.
    np.testing.assert_allclose(found.correlation[0, 1], plain.correlation[0, 1], 1e-3)
    assert abs(found.correlation[0, 1]) > 0.99 > 5 * abs(found.correlation[1, 2])
    relative = {n: found[n].stderr / found[n].value for n in found.names[:3]}
    assert relative["D(1070 K)"] < 0.1 * relative["prefactor"]
    assert found["prefactor"].unit == "m²/s" and found["activation"].unit == "eV"


def test_a_published_law_is_a_prior_of_the_same_names():
    table = inv.Readings(np.log(np.asarray(LAW.over(0.0, 1100.0)))[None], 0.05)
    data = inv.Measured(
        table, lambda law, local, at: jnp.log(law.over(0.0, 1100.0))[None]
    )
    prior = inv.MultivariateNormal(
        WHERE, jnp.array([-11.0, 2.0]), jnp.array([[0.25, 0.0269], [0.0269, 0.003]])
    )
    free = inv.Free(WHERE, inv.ArrheniusAt(1100.0))
    found = inv.fit(LAW, data, free, priors=prior, start="model")
    plain = inv.fit(LAW, data, priors=prior, start="model")
    for name in WHERE:
        np.testing.assert_allclose(found[name].value, plain[name].value, rtol=1e-6)
        np.testing.assert_allclose(found[name].stderr, plain[name].stderr, rtol=1e-4)
    with pytest.raises(ValueError, match="the experiments have no temperature"):
        inv.fit(LAW, data, inv.Free(WHERE, inv.ArrheniusAt()), priors=prior)
