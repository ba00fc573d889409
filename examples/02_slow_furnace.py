"""What does heating up and cooling down add to an anneal?

A couple is heated for an hour, held for two at 1000 °C, and cools for an hour and a
half. The profile depends on the history through the integral of D(T(t)) alone, so the
ramps are worth some extra time at the holding temperature. Leaving them out is a bias
of D.
"""

import jax
import jax.numpy as jnp


jax.config.update("jax_enable_x64", True)

import diffjax as djx  # noqa: E402


def main() -> None:
    law = djx.diffusivity.Arrhenius(prefactor=1e-5, activation=2.0)
    hot, cold = 1273.15, 300.0  # K
    heat = djx.Ramp(jnp.array([0.0, 3600.0]), jnp.array([cold, hot]))
    hold = djx.Anneal(7200.0, hot)
    cool = djx.Ramp(jnp.array([0.0, 5400.0]), jnp.array([hot, cold]))
    history = heat + hold + cool

    grid = djx.grid.graded(-4e-4, 4e-4, cells=300, centre=0.0, finest=5e-7)
    initial = djx.grid.step(grid, at=0.0, left=0.0, right=1.0)
    solution = djx.solve(
        djx.equations.Diffusion(law), grid, initial, history, rtol=1e-6
    )

    times = jnp.linspace(0.0, history.duration, 200_001)
    temperatures = jax.vmap(history.temperature_at)(times)
    reduced = jnp.trapezoid(law.over(0.0, temperatures), times)
    diffusivity = law.over(0.0, hot)
    extra = float(reduced / diffusivity - 7200.0)

    x = jnp.linspace(-2e-4, 2e-4, 81)
    exact = djx.exact.couple(x, 1.0, reduced, left=0.0, right=1.0)
    error = float(jnp.max(jnp.abs(solution.at(x) - exact)))
    print(f"the ramps are worth {extra / 60:.1f} min at the holding temperature,")
    print(f"so leaving them out makes D {100 * extra / 7200:.1f} % too large")
    assert error < 1e-3
    print(f"largest difference to the closed form: {error:.1e}")


if __name__ == "__main__":
    main()
