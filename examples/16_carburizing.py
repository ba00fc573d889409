"""Boost, diffuse, cool: a case of carbon on a gear, and how to design it.

A gas of high carbon potential fills the surface quickly; one of lower potential lets it
level out; at a lower temperature the part waits for the quench. The gas is told by the
weight percent that pure iron would take from it, which is an activity, and what crosses
the surface goes by the difference of activities. The march has derivatives, so that a
depth that is asked for gives the boost time by Newton's method.

The energies are round numbers of the right size for austenite, not assessed ones.
"""

import sys
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402


CARBON, IRON = 0.012011, 0.055845  # kg/mol
HOT, COOL, HOUR = 1203.0, 1123.0, 3600.0  # 930 and 850 °C in K; s
RATE = 2e-7  # m/s, of a difference of u-fractions
LIMIT = 0.35  # weight percent at the case depth
STEPS = HOUR * jnp.array([0.25, 3.5, 0.75, 0.5])  # change of gas, diffuse, cool, hold

SITES = djx.thermo.Sites(("Fe", "C"), ("C",))
ENERGY = djx.thermo.redlich_kister(  # J/mol; graphite has activity one
    SITES.species, ends={"C": (77e3, -16.0)}, pairs={("C", "VA"): -35e3}
)
NONE = djx.thermo.redlich_kister(SITES.components)
AUSTENITE = djx.thermo.CompoundEnergy(SITES, ENERGY, NONE)
LAW = djx.diffusivity.CarbonInAustenite()
FLUX = djx.fluxes.InMatrix(LAW, AUSTENITE, chemical=True)
GRID = djx.grid.graded(0.0, 4e-3, 120, centre=0.0, finest=8e-6)


def in_u(percent: Any) -> jax.Array:
    """u-fraction of a weight percent of carbon."""
    return djx.thermo.u_from_weight(percent, CARBON, IRON)


def in_percent(u: Any) -> jax.Array:
    """Weight percent of carbon of a u-fraction."""
    return djx.thermo.weight_from_u(u, CARBON, IRON)


def furnace(boost: Any) -> tuple[djx.Ramp, jax.Array]:
    """Temperatures, and the times (s) at which something changes."""
    times = jnp.concatenate([jnp.zeros(1), boost + jnp.cumsum(STEPS) - STEPS])
    times = jnp.append(times, boost + jnp.sum(STEPS))
    hot = jnp.array([HOT, HOT, HOT, HOT, COOL, COOL])
    return djx.Ramp(times, hot), times


def gas(times: jax.Array) -> djx.grid.Timetable:
    """Activity in the furnace: potentials of 1.15 and 0.75 weight percent."""
    percent = jnp.array([1.15, 1.15, 0.75, 0.75, 0.75, 0.75])
    hot = jnp.array([HOT, HOT, HOT, HOT, COOL, COOL])
    return djx.grid.Timetable(times, FLUX.activity(in_u(percent), hot))


def carburize(boost: Any, save_at: Any = None, forward: bool = False) -> djx.Solution:
    """The whole schedule, from a steel with 0.2 weight percent."""
    anneal, times = furnace(boost)
    # As fast as `RATE` for u-fractions about 0.04.
    slope = jnp.exp(
        FLUX.level(djx.diffusivity.Point(*map(jnp.asarray, (0.04, HOT, 0.0))))
    )
    wall = djx.grid.Gas(RATE / slope, gas(times), FLUX.activity_at)
    walls = djx.grid.Walls(x=(wall, djx.grid.NoFlux()))
    equation = djx.equations.Diffusion(FLUX, walls)
    start = jnp.broadcast_to(in_u(0.2), GRID.shape)
    adjoint = diffrax.ForwardMode() if forward else None
    return djx.solve(
        equation, GRID, start, anneal, save_at=save_at, rtol=1e-6, adjoint=adjoint
    )


@eqx.filter_jit
def depth_and_slope(boost: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Case depth in m, and how it grows with the boost, in m/s."""

    def depth(boost):
        carbon = carburize(boost, forward=True).ys[-1]
        return djx.grid.crossing(GRID, carbon, in_u(LIMIT))

    return jax.jvp(depth, (boost,), (jnp.ones_like(boost),))


def draw(solution: djx.Solution, boost: jax.Array, depths: jax.Array) -> Any:
    """The schedule, profiles at its corners, and the case depth over time."""
    figure, panels = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
    schedule, profile, course = panels
    anneal, times = furnace(boost)
    schedule.plot(times / HOUR, jax.vmap(anneal.temperature_at)(times) - 273.15, "C3")
    schedule.set(xlabel="time, h", ylabel="temperature, °C", title="furnace")
    schedule.yaxis.label.set_color("C3")
    other = schedule.twinx()
    other.plot(times / HOUR, jax.vmap(gas(times))(times), "C0")
    surface = FLUX.activity(
        solution.ys[:, 0], jax.vmap(anneal.temperature_at)(solution.ts)
    )
    other.plot(solution.ts / HOUR, surface, "C0--")
    other.set_ylabel("activity of carbon: gas, surface (dashed)", color="C0")
    x = 1e3 * GRID.centres
    shades = plt.get_cmap("viridis_r")(jnp.linspace(0.2, 0.95, 3))
    names = ("after boost", "after diffusion", "before the quench")
    for time, name, shade in zip(times[jnp.array([1, 3, 5])], names, shades):
        index = int(jnp.argmin(jnp.abs(solution.ts - time)))
        profile.plot(x, in_percent(solution.ys[index]), color=shade, label=name)
    profile.axhline(LIMIT, color="0.7", lw=1)
    profile.set(xlabel="depth, mm", ylabel="carbon, weight percent", title="profile")
    profile.set(xlim=(0, 2.5), ylim=(0, None))
    profile.legend()
    course.plot(solution.ts / HOUR, 1e3 * depths, color="C2")
    course.set(xlabel="time, h", title=f"depth of {LIMIT} % carbon")
    course.set(ylabel="case depth, mm", ylim=(0, None))
    return figure


def main(path: str = "carburizing.png") -> None:
    boost = jnp.asarray(2.0 * HOUR)
    depth, slope = depth_and_slope(boost)
    print(f"a boost of 2 h makes a case of {1e3 * depth:.3f} mm,")
    print(f"  and each minute more adds {60e6 * slope:.2f} µm")
    step = 60.0
    ends = [depth_and_slope(boost + s)[0] for s in (step, -step)]
    near = (ends[0] - ends[1]) / (2 * step)
    print(f"  (by two more runs: {60e6 * near:.2f} µm)")
    assert abs(float(slope / near) - 1) < 2e-2
    wanted = 1.1e-3
    for _ in range(3):
        boost = boost + (wanted - depth) / slope
        depth, slope = depth_and_slope(boost)
    print(f"for {1e3 * depth:.4f} mm it must be {boost / HOUR:.3f} h")
    assert abs(float(depth) - wanted) < 1e-7
    corners = furnace(boost)[1]
    ts = jnp.linspace(0.0, corners[-1], 61)[1:]
    ts = jnp.unique(jnp.concatenate([ts, corners[1:]]))
    solution = carburize(boost, save_at=ts)
    depths = djx.grid.crossing(GRID, solution.ys, in_u(LIMIT))
    uptake = solution.balance.through("x lower")[-1]
    # Per volume of iron, 7.09 cm³/mol.
    print(f"carbon taken up: {uptake / 7.09e-6 * CARBON:.4f} kg/m²")
    half = float(jnp.interp(0.8e-3, depths, ts)) / HOUR
    print(f"0.8 mm is reached after {half:.2f} h")
    print(f"surface before the quench: {in_percent(solution.ys[-1, 0]):.3f} %")
    kept = GRID.total(solution.ys[-1]) - GRID.total(jnp.full(GRID.shape, in_u(0.2)))
    assert abs(float(uptake / kept) - 1) < 1e-10
    draw(solution, boost, depths).savefig(path, dpi=130)
    print(f"drawn in {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
