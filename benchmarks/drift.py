"""What a force costs: steps of a tensor that drifts, against plain isotropic diffusion.

One explicit step on 512² cells: the bonds of a full tensor tilted by a potential, in
double and single precision, against those of one constant diffusivity and of one that
varies from cell to cell; and what it takes to compute the tilted rates anew, which a
force that changes in time asks of every stage.

    python benchmarks/drift.py              writes history/drift.json
    python benchmarks/drift.py --quick      small sizes, nothing written
    python benchmarks/drift.py --table      prints the table of the last full run

The machine must be idle.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from common import fastest, HISTORY, record

import diffjax as djx


jax.config.update("jax_enable_x64", True)

REPEATS = 10  # steps in one call
HOLD = djx.Anneal(1.0, 1273.15)
KT = djx.BOLTZMANN_EV * 1273.15
TENSOR = djx.tensors.from_principal(
    jnp.array([1.0, 0.2]), djx.tensors.rotation(jnp.pi / 6)
)


def flux_of(kind: str) -> djx.fluxes.AbstractFlux:
    """`"isotropic"`, `"isotropic varying"`, `"full"`, or `"full, drift"`."""
    isotropic = djx.diffusivity.Constant(1.0)
    law = djx.diffusivity.Tensor(TENSOR) if kind.startswith("full") else isotropic
    if kind.endswith("varying"):
        law = djx.diffusivity.Scaled(law, lambda c, t, x: 1 + 0.3 * jnp.sin(x[0]))
    if not kind.endswith("drift"):
        return djx.fluxes.Fick(law)
    return djx.fluxes.Drift(law, lambda x: KT * jnp.sin(0.1 * x[0]) * jnp.cos(x[1]))


def steps(kind: str, cells: int, precision: str) -> tuple[Callable, Callable]:
    """Ten Euler steps as one compiled call, and the making of their rates."""
    grid = djx.grid.uniform((0.0, 0.0), (float(cells),) * 2, (cells, cells))
    walls = djx.grid.Walls(x=djx.grid.Periodic(), y=djx.grid.Periodic())
    equation = djx.equations.Diffusion(flux_of(kind), walls)
    equation = equation.ready(grid, jnp.zeros(grid.shape), HOLD)
    single = lambda tree: jax.tree.map(
        lambda x: x.astype(precision) if eqx.is_inexact_array(x) else x, tree
    )
    equation, grid = single((equation, grid))
    hot = jnp.asarray(1273.15, precision)
    make = jax.jit(lambda hot: equation.generator(grid, hot))
    generator = jax.block_until_ready(make(hot))
    field = jax.random.uniform(jax.random.key(0), grid.shape, dtype=precision)
    h = jnp.asarray(0.5, precision) / generator.spectral_bound

    @jax.jit
    def run(generator, field):
        one = lambda _, c: c + h * generator.apply(c)
        return jax.lax.fori_loop(0, REPEATS, one, field)

    return lambda: run(generator, field), lambda: make(hot)


def measured(quick: bool) -> dict[str, Any]:
    """Milliseconds of a step, and of computing its rates."""
    cells, rows = (64 if quick else 512), {}
    for precision in ("float64", "float32"):
        calls: dict[str, Callable] = {}
        for kind in ("isotropic", "isotropic varying", "full", "full, drift"):
            calls[kind], calls[kind + ", rates"] = steps(kind, cells, precision)
        times = fastest(calls, 3 if quick else 15)
        base = times["isotropic"] / REPEATS
        varying = times["isotropic varying"] / REPEATS
        for kind in ("isotropic", "isotropic varying", "full", "full, drift"):
            ms = times[kind] / REPEATS
            rows[f"{cells} x {cells} {precision} {kind}"] = dict(
                ms=ms,
                to_isotropic=ms / base,
                to_varying=ms / varying,
                rates_ms=times[kind + ", rates"],
            )
    return rows


def table(rows: dict[str, Any]) -> str:
    """The rows as a table in Markdown."""
    lines = [
        "| one step | ms | of isotropic | of isotropic, varying | its rates, ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, row in rows.items():
        cells = [name, f"{row['ms']:.3g}", f"{row['to_isotropic']:.2f}"]
        cells += [f"{row['to_varying']:.2f}", f"{row['rates_ms']:.3g}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(*words: str) -> None:
    if "--table" in words:
        text = (HISTORY / "drift.json").read_text(encoding="utf-8")
        print(table(json.loads(text)["rows"]))
        return
    rows = measured("--quick" in words)
    print(table(rows))
    if "--quick" not in words:
        record("drift", rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
