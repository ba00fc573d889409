"""Carbon in austenite: numbers by hand, the size that is known, slopes."""

import jax
import jax.numpy as jnp
import numpy as np

from diffjax.diffusivity import CarbonInAustenite, Point


LAW = CarbonInAustenite()


def test_by_hand_and_of_the_right_size():
    u, hot = 0.04, 1200.0
    front = 4.53e-7 * (1 + 0.04 * 0.96 * 8339.9 / 1200)
    exact = front * np.exp(-(1 / 1200 - 2.221e-4) * (17767 - 26436 * 0.04))
    np.testing.assert_allclose(LAW.over(u, hot), exact, rtol=1e-13)
    # Dilute, the activation is that of 17767 K: about 148 kJ/mol.
    near = jnp.log(LAW.over(0.0, 1201.0) / LAW.over(0.0, 1199.0))
    activation = 8.314462618 * near / (1 / 1199 - 1 / 1201)
    np.testing.assert_allclose(activation, 147.7e3, rtol=1e-3)
    assert 0.5e-11 < float(LAW.over(0.0, 1200.0)) < 2e-11


def test_carbon_speeds_itself():
    rise = jnp.diff(LAW.over(jnp.linspace(0.0, 0.08, 9), 1300.0))
    assert bool(jnp.all(rise > 0))


def test_slopes():
    at = lambda u, hot: 1e11 * LAW.at(Point(u, hot, jnp.asarray(0.0)))
    u, hot = jnp.asarray(0.04), jnp.asarray(1200.0)
    back = jax.grad(at, (0, 1))(u, hot)
    for k, h in ((0, 1e-6), (1, 1e-2)):
        step = [h * (k == 0), h * (k == 1)]
        ahead, behind = (at(u + s * step[0], hot + s * step[1]) for s in (1, -1))
        np.testing.assert_allclose(back[k], (ahead - behind) / (2 * h), rtol=1e-7)
        tangent = (jnp.asarray(float(k == 0)), jnp.asarray(float(k == 1)))
        forward = jax.jvp(at, (u, hot), tangent)[1]
        np.testing.assert_allclose(forward, back[k], rtol=1e-12)
