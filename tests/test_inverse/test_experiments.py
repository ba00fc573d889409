"""Experiments predict what the closed forms say, by either road, with exact slopes."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._experiment import mean_diffusivity

from .common import ANNEAL, erf_couple, positions


D = 3e-13
CONSTANT = djx.diffusivity.Constant(D)
RAMP = djx.Ramp(np.array([0.0, 1.8e5, 3.6e5]), np.array([1273.15, 1273.15, 1173.15]))


def profile(x):
    return inv.Profile(x, np.linspace(0.2, 0.8, len(x)))


def local(**values):
    return {name: jnp.asarray(value) for name, value in values.items()}


@pytest.mark.parametrize("road, error", [("similarity", 3e-5), ("march", 2e-4)])
def test_a_couple_is_an_error_function(road, error):
    x = jnp.asarray(positions())
    couple = inv.Couple(profile(x), ANNEAL, road=road)
    where = local(origin=3e-5, left=0.2, right=0.8)
    found = couple.predict(CONSTANT, where, x)
    exact = djx.exact.couple(x - 3e-5, ANNEAL.duration, D, left=0.2, right=0.8)
    assert np.max(np.abs(found - exact)) < 0.6 * error


@pytest.mark.parametrize("road, error", [("similarity", 3e-5), ("march", 2e-4)])
def test_a_half_space_is_a_complementary_one(road, error):
    x = jnp.linspace(0.0, 1.2e-3, 40)
    half = inv.HalfSpace(profile(x), ANNEAL, road=road)
    where = local(origin=0.0, surface=0.9, initial=0.1)
    found = half.predict(CONSTANT, where, x)
    exact = djx.exact.half_space(x, ANNEAL.duration, D, surface=0.9, initial=0.1)
    assert np.max(np.abs(found - exact)) < 0.8 * error


def test_a_thin_film_sees_the_integral_of_d():
    law = djx.diffusivity.Arrhenius(1e-5, 2.0)
    x = jnp.linspace(0.0, 1e-3, 30)
    film = inv.ThinFilm(profile(x), RAMP)
    where = local(origin=0.0, amount=1e-4, background=0.0)
    found = film.predict(law, where, x)
    times = np.linspace(0, 3.6e5, 20001)
    temperatures = jax.vmap(RAMP.temperature_at)(jnp.asarray(times))
    mean = np.trapezoid(np.asarray(law.over(0.0, temperatures)), times) / 3.6e5
    exact = djx.exact.thin_film(x, 3.6e5, mean, amount=1e-4)
    np.testing.assert_allclose(found, exact, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        mean_diffusivity(law, RAMP, jnp.zeros(1)), [mean], rtol=1e-7
    )


def test_a_ramp_is_marched():
    law = djx.diffusivity.Arrhenius(1e-5, 2.0)
    x = jnp.asarray(positions())
    couple = inv.Couple(profile(x), RAMP)
    assert couple.road == "march"
    where = local(origin=0.0, left=0.2, right=0.8)
    mean = mean_diffusivity(law, RAMP, jnp.zeros(1))[0]
    exact = djx.exact.couple(x, RAMP.duration, mean, left=0.2, right=0.8)
    assert np.max(np.abs(couple.predict(law, where, x) - exact)) < 2e-4


@pytest.mark.parametrize("road", ["similarity", "march"])
def test_slopes_agree_with_differences(road):
    x = jnp.asarray(positions(25))
    couple = inv.Couple(profile(x), ANNEAL, road=road)
    law = djx.diffusivity.Exponential(4e-13, -1.0)

    def predict(u):
        where = {"origin": u[0] * 1e-4, "left": u[1], "right": u[2]}
        moved = djx.diffusivity.Exponential(jnp.exp(u[3]) * 4e-13, u[4])
        return couple.predict(moved, where, x)

    at = jnp.array([0.3, 0.1, 0.9, 0.0, float(law.slope)])
    jacobian = jax.jit(jax.jacfwd(predict))(at)
    h = 1e-5
    moved = jax.jit(predict)
    for k in range(5):
        step = h * jnp.eye(5)[k]
        difference = (moved(at + step) - moved(at - step)) / (2 * h)
        # The march takes its steps anew for each difference.
        error = 1e-7 if road == "similarity" else 2e-3
        scale = np.max(np.abs(difference))
        np.testing.assert_allclose(jacobian[:, k], difference, atol=error * scale)


def test_reverse_mode_gives_the_same_slope():
    x = jnp.asarray(positions(25))
    couple = inv.Couple(profile(x), ANNEAL)
    where = local(origin=0.0, left=0.2, right=0.8)

    def total(log_d):
        law = djx.diffusivity.Constant(jnp.exp(log_d))
        return jnp.sum(couple.predict(law, where, x, forward=False) ** 2)

    at = jnp.log(jnp.asarray(D))
    _, forward = jax.jvp(total, (at,), (jnp.ones_like(at),))
    np.testing.assert_allclose(jax.grad(total)(at), forward, rtol=1e-9)


def test_equal_values_at_the_knots_are_a_constant():
    x = jnp.asarray(positions(25))
    couple = inv.Couple(profile(x), ANNEAL)
    where = local(origin=0.0, left=0.2, right=0.8)
    spline = djx.diffusivity.LogSpline(np.linspace(0, 1, 5), D)
    np.testing.assert_allclose(
        couple.predict(spline, where, x), couple.predict(CONSTANT, where, x), rtol=1e-9
    )


def test_what_is_free_and_what_is_held():
    couple = inv.Couple(erf_couple(), ANNEAL, left=0.2, right=inv.Free(init=0.7))
    given = couple.locals()
    assert not isinstance(given["left"], inv.Free)
    assert isinstance(given["origin"], inv.Free)
    np.testing.assert_allclose(couple.guess().local["right"], 0.7)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (
            lambda p: inv.Couple(p, RAMP, road="similarity"),
            "`Couple(road='similarity')` needs one `Anneal` at one temperature; got a "
            "Ramp: use road='march'.",
        ),
    ],
)
def test_bad_input(make, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        make(erf_couple())
