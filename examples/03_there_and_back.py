"""From a known D(c) to a noisy scan, and back to D(c) with its 95 % band.

Nothing is told to the fit but the scan, the temperature and the time: it finds the
Matano plane, both end compositions, the noise and the number of knots by itself.
"""

import jax
import jax.numpy as jnp
import numpy as np


jax.config.update("jax_enable_x64", True)

import diffjax as djx  # noqa: E402
import inverse as inv  # noqa: E402


def main() -> None:
    knots = jnp.array([0.0, 0.3, 0.7, 1.0])
    values = jnp.array([5e-13, 4e-13, 2.4e-13, 1e-13])  # m²/s
    truth = djx.diffusivity.LogSpline(knots, values)
    anneal = djx.Anneal(duration=3.6e5, temperature=1273.15)
    couple = djx.equations.similarity(truth, left=0.02, right=0.97, temperature=1273.15)

    x = np.linspace(0.0, 2.6e-3, 66)  # m, from somewhere on the sample
    noise = 0.004 * np.random.default_rng(7).normal(size=x.size)
    scan = inv.Profile(x, couple.at(x - 1.3e-3, time=3.6e5) + noise)

    fit = inv.fit_log_spline([inv.Couple(scan, anneal)])
    print(fit.table)

    c = np.linspace(0.1, 0.9, 9)
    found, lower, upper = fit.diffusivity(c)
    exact = np.asarray(truth.over(c, 1273.15))
    inside = int(np.sum((lower < exact) & (exact < upper)))
    print(f"the truth lies in the 95 % band at {inside} of {c.size} compositions")
    assert inside >= 7
    error = np.max(np.abs(np.log(found / exact)))
    assert error < 0.1
    print(f"D(c) comes back within {100 * error:.1f} % between c = 0.1 and 0.9")


if __name__ == "__main__":
    main()
