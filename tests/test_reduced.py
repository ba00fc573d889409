"""Reduced time: quadrature, what is reducible, and the same answer."""

import jax
import jax.numpy as jnp
import numpy as np
import scipy.integrate

import diffjax as djx
from diffjax._reduced import integral, reducible
from diffjax.grid import Exchange, FixedValue, Walls


RAMP = djx.Ramp(jnp.array([0.0, 3600.0, 7200.0]), jnp.array([500.0, 1400.0, 900.0]))
LAW = djx.diffusivity.Arrhenius(1e-5, 2.0)


def test_the_integral_agrees_with_adaptive_quadrature():
    times = jnp.array([1000.0, 3600.0, 5000.0, 7200.0])
    rate = lambda hot: LAW.over(0.0, hot)
    found = integral(rate, RAMP, times)
    at = lambda t: float(LAW.over(0.0, RAMP.temperature_at(jnp.asarray(t))))
    for time, value in zip(times, found):
        points = [3600.0] if time > 3600 else None
        exact = scipy.integrate.quad(
            at, 0.0, float(time), points=points, epsabs=0, epsrel=1e-12, limit=200
        )[0]
        np.testing.assert_allclose(value, exact, rtol=1e-10)


def test_what_is_reducible():
    tensor = djx.diffusivity.Tensor(1e-14 * np.array([[1.0, 0.3], [0.3, 1.0]]))
    hot = djx.diffusivity.Activated(tensor, 1.5, 1000.0)
    mixed = djx.diffusivity.Anisotropic((LAW, 1e-14))
    of_composition = djx.diffusivity.Exponential(1e-14, 2.0)
    held = Walls(x=FixedValue(1.0))
    for law, walls, anneal, expected in [
        (LAW, None, RAMP, True),
        (hot, held, RAMP, True),
        (djx.diffusivity.Scaled(tensor, LAW), None, RAMP, True),
        (mixed, None, RAMP, False),
        (of_composition, None, RAMP, False),
        (LAW, None, djx.Anneal(3600.0, 1000.0), False),
        (LAW, Walls(x=Exchange(1e-9, 1.0)), RAMP, False),
        (LAW, Walls(x=FixedValue(lambda t: t)), RAMP, False),
    ]:
        equation = djx.equations.Diffusion(law, walls)
        assert reducible(equation, anneal) is expected, (law, walls)


def test_marching_in_reduced_time_gives_the_same_field():
    grid = djx.grid.uniform((0.0, 0.0), (1e-4, 1e-4), (16, 16))
    law = djx.diffusivity.Activated(
        djx.diffusivity.Tensor(1e-14 * np.array([[1.0, 0.3], [0.3, 0.6]])), 1.5, 1000.0
    )
    equation = djx.equations.Diffusion(law, Walls(x=FixedValue(1.0)))
    ramp = djx.Ramp(jnp.array([0.0, 1800.0, 7200.0]), jnp.array([900.0, 1100.0, 950.0]))
    start = jnp.zeros(grid.shape)
    run = lambda **how: djx.solve(
        equation, grid, start, ramp, save_at=[1800.0, 7200.0], rtol=1e-6, **how
    )
    quick = run()
    plain = run(method=djx.stepping.Rkl2())
    assert "reduced time" in quick.stats["reason"]
    np.testing.assert_allclose(quick.ts, plain.ts)
    np.testing.assert_allclose(quick.ys, plain.ys, rtol=0, atol=1e-4)
    assert float(quick.balance.defect) < 1e-12


def test_the_integral_is_differentiable():
    total = lambda energy: jnp.log(
        integral(
            lambda hot: djx.diffusivity.Arrhenius(1e-5, energy).over(0.0, hot),
            RAMP,
            jnp.array([7200.0]),
        )[0]
    )
    h = 1e-5
    quotient = (total(2.0 + h) - total(2.0 - h)) / (2 * h)
    np.testing.assert_allclose(jax.grad(total)(2.0), quotient, rtol=1e-6)
