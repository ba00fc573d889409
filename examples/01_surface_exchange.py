"""How long until a slab is in equilibrium with the gas around it?

Gas exchanges with both surfaces of a slab 200 µm thick, J·n = k (c - c_eq), while the
solute diffuses inwards. Whether the surface or the interior is slow depends on k L / D.
By symmetry half the slab is enough: one wall exchanges, the other is the plane of
symmetry.
"""

import jax
import jax.numpy as jnp


jax.config.update("jax_enable_x64", True)

import diffjax as djx  # noqa: E402


HALF = 100e-6  # m
DIFFUSIVITY = 1e-12  # m²/s


def uptake(rate: float, times: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Share of the final uptake at `times` (s), and mass that came from nowhere."""
    grid = djx.grid.uniform(lower=0.0, upper=HALF, cells=200)
    surface = djx.grid.Exchange(rate=rate, equilibrium=1.0)
    walls = djx.grid.Walls(x=(surface, djx.grid.NoFlux()))
    equation = djx.equations.Diffusion(djx.diffusivity.Constant(DIFFUSIVITY), walls)
    anneal = djx.Anneal(duration=times[-1], temperature=1000.0)
    solution = djx.solve(equation, grid, jnp.zeros(200), anneal, save_at=times)
    return solution.balance.amount / HALF, solution.balance.defect


def main() -> None:
    times = jnp.array([600.0, 3600.0, 4 * 3600.0])
    print("k L / D   share after 10 min, 1 h, 4 h")
    worst = 0.0
    for rate in (1e-9, 1e-8, 1e-7):
        share, defect = uptake(rate, times)
        exact = djx.exact.slab_exchange_fraction(
            times, DIFFUSIVITY, length=2 * HALF, rate=rate
        )
        worst = max(worst, float(jnp.max(jnp.abs(share - exact))))
        assert defect < 1e-12
        numbers = "  ".join(f"{100 * s:5.1f} %" for s in share)
        print(f"{rate * HALF / DIFFUSIVITY:7.1f}   {numbers}")
    assert worst < 1e-3
    print(f"largest difference to the closed form: {worst:.1e}")


if __name__ == "__main__":
    main()
