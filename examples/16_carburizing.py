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


def moments(times: jax.Array) -> jax.Array:
    """Twelve save times between each two corners of the schedule."""
    share = jnp.arange(1, 13) / 12
    parts = times[:-1, None] + jnp.diff(times)[:, None] * share
    return parts.ravel()


def carburize(boost: jax.Array) -> djx.Solution:
    """The whole schedule, from a steel with 0.2 weight percent."""
    anneal, times = furnace(boost)
    # As fast as `RATE` for u-fractions about 0.04.
    point = djx.diffusivity.Point(*map(jnp.asarray, (0.04, HOT, 0.0)))
    wall = djx.grid.Gas(RATE / jnp.exp(FLUX.level(point)), gas(times), FLUX.activity_at)
    return djx.solve(
        djx.equations.Diffusion(FLUX, djx.grid.Walls(x=(wall, djx.grid.NoFlux()))),
        GRID,
        jnp.broadcast_to(in_u(0.2), GRID.shape),
        anneal,
        save_at=moments(times),
        rtol=1e-6,
        adjoint=diffrax.ForwardMode(),
    )


@jax.jit
def run(boost: jax.Array) -> tuple[jax.Array, jax.Array, tuple[jax.Array, ...]]:
    """Case depths (m) over time, how the last grows with the boost (m/s), and times,
    fields and uptake."""

    def course(boost):
        solution = carburize(boost)
        depths = djx.grid.crossing(GRID, solution.ys, in_u(LIMIT))
        through = solution.balance.through("x lower")
        return depths, (solution.ts, solution.ys, through)

    depths, slopes, rest = jax.jvp(
        course, (boost,), (jnp.ones_like(boost),), has_aux=True
    )
    return depths, slopes[-1], rest


def draw(boost: jax.Array, depths: jax.Array, ts: jax.Array, ys: jax.Array) -> Any:
    """The schedule, profiles at its corners, and the case depth over time."""
    figure, panels = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
    schedule, profile, course = panels
    anneal, times = furnace(boost)
    schedule.plot(times / HOUR, jax.vmap(anneal.temperature_at)(times) - 273.15, "C3")
    schedule.set(xlabel="time, h", ylabel="temperature, °C", title="furnace")
    schedule.yaxis.label.set_color("C3")
    other = schedule.twinx()
    other.plot(times / HOUR, jax.vmap(gas(times))(times), "C0")
    surface = FLUX.activity(ys[:, 0], jax.vmap(anneal.temperature_at)(ts))
    other.plot(ts / HOUR, surface, "C0--")
    other.set_ylabel("activity of carbon: gas, surface (dashed)", color="C0")
    x = 1e3 * GRID.centres
    shades = plt.get_cmap("viridis_r")(jnp.linspace(0.2, 0.95, 3))
    names = ("after boost", "after diffusion", "before the quench")
    for time, name, shade in zip(times[jnp.array([1, 3, 5])], names, shades):
        index = int(jnp.argmin(jnp.abs(ts - time)))
        profile.plot(x, in_percent(ys[index]), color=shade, label=name)
    profile.axhline(LIMIT, color="0.7", lw=1)
    profile.set(xlabel="depth, mm", ylabel="carbon, weight percent", title="profile")
    profile.set(xlim=(0, 2.5), ylim=(0, None))
    profile.legend()
    course.plot(ts / HOUR, 1e3 * depths, color="C2")
    course.set(xlabel="time, h", title=f"depth of {LIMIT} % carbon")
    course.set(ylabel="case depth, mm", ylim=(0, None))
    return figure


def main(path: str = "carburizing.png") -> None:
    boost = jnp.asarray(2.0 * HOUR, dtype=float)  # the same program each time
    depths, slope, rest = run(boost)
    print(f"a boost of 2 h makes a case of {1e3 * depths[-1]:.3f} mm,")
    print(f"  and each minute more adds {60e6 * slope:.2f} µm")
    ahead, behind = (run(boost + s)[0][-1] for s in (60.0, -60.0))
    near = (ahead - behind) / 120.0
    print(f"  (by two more runs: {60e6 * near:.2f} µm)")
    assert abs(float(slope / near) - 1) < 2e-2
    wanted, (ts, ys, through) = 1.1e-3, rest
    for _ in range(3):
        boost = boost + (wanted - depths[-1]) / slope
        depths, slope, (ts, ys, through) = run(boost)
    print(f"for {1e3 * depths[-1]:.4f} mm it must be {boost / HOUR:.3f} h")
    assert abs(float(depths[-1]) - wanted) < 1e-7
    # Per volume of iron, 7.09 cm³/mol.
    print(f"carbon taken up: {through[-1] / 7.09e-6 * CARBON:.4f} kg/m²")
    half = float(jnp.interp(0.8e-3, depths, ts)) / HOUR
    print(f"0.8 mm is reached after {half:.2f} h")
    print(f"surface before the quench: {in_percent(ys[-1, 0]):.3f} %")
    kept = GRID.total(ys[-1]) - GRID.total(jnp.full(GRID.shape, in_u(0.2)))
    assert abs(float(through[-1] / kept) - 1) < 1e-10
    draw(boost, depths, ts, ys).savefig(path, dpi=130)
    print(f"drawn in {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
