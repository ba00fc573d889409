"""Couples of two and three components: the march, many couples, and our peers.

One TDB file with round numbers (not assessed) for all: interaction energies, and
mobilities that follow the composition. Each tool takes the loosest setting that keeps
the largest error of a fraction below the target, against our march on a fine grid.

Run: `python benchmarks/interdiffusion.py`; `noda` and `kawin` join in where they are
installed.
"""

import importlib.metadata
import importlib.util
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from common import fastest, record, show

import diffjax as djx


jax.config.update("jax_enable_x64", True)

HOT, TIME, HALF, RACE = 1473.15, 3.6e5, 600e-6, 1e-3
ENDS = {
    ("Ni", "Cr"): ([0.75, 0.25], [0.98, 0.02]),
    ("Ni", "Cr", "Al"): ([0.70, 0.25, 0.05], [0.85, 0.02, 0.13]),
}
# J/mol: the first two terms of each pair, in the order of the alphabet.
PAIRS = {"AlCr": (-20e3, 0.0), "AlNi": (-60e3, 10e3), "CrNi": (-10e3, 3e3)}
# Activation (J/mol) and logarithm of the prefactor (m²/s) of each in the first matrix.
HOPS = {
    "Al": {"Al": (-150e3, -9.2), "Cr": (-250e3, -8.2), "Ni": (-268e3, -8.0)},
    "Cr": {"Al": (-220e3, -8.5), "Cr": (-255e3, -9.2), "Ni": (-287e3, -7.7)},
    "Ni": {"Al": (-200e3, -9.2), "Cr": (-260e3, -9.2), "Ni": (-287e3, -8.4)},
}
GRIDS = {  # cells, finest width (m), rtol
    "error 1e-4": (200, 2e-6, 3e-3),
    "race": (60, 8e-6, 3e-2),
}


def tdb() -> str:
    rows = [
        "ELEMENT /- ELECTRON_GAS 0 0 0 !",
        "ELEMENT VA VACUUM 0 0 0 !",
        "PHASE FCC_A1 % 2 1 1 !",
        "CONSTITUENT FCC_A1 :AL,CR,NI : VA : !",
    ]
    for name in HOPS:
        rows.insert(2, f"ELEMENT {name.upper()} FCC_A1 50.0 0 0 !")
        rows.append(f"PARAMETER G(FCC_A1,{name.upper()}:VA;0) 298.15 0; 6000 N !")
        for matrix, (height, factor) in HOPS[name].items():
            value = f"{height}+{factor}*8.31446261815324*T"
            place = f"MQ(FCC_A1&{name.upper()},{matrix.upper()}:VA;0)"
            rows.append(f"PARAMETER {place} 298.15 {value}; 6000 N !")
    for pair, terms in PAIRS.items():
        place = f"{pair[:2].upper()},{pair[2:].upper()}"
        for order, value in enumerate(terms):
            name = f"L(FCC_A1,{place}:VA;{order})"
            rows.append(f"PARAMETER {name} 298.15 {value}; 6000 N !")
    return "\n".join(rows)


def alloy(file: str, names: tuple[str, ...]) -> djx.diffusivity.Multicomponent:
    tracers = djx.thermo.read_mobility(file, "FCC_A1", names)
    return djx.diffusivity.Multicomponent(
        tracers, djx.thermo.read_gibbs(file, "FCC_A1", names)
    )


def march(law: Any, cells: int, finest: float, rtol: float) -> djx.Solution:
    grid = djx.grid.graded(-HALF, HALF, cells, centre=0.0, finest=finest)
    left, right = map(jnp.array, ENDS[law.components])
    couple = djx.grid.step(grid, 0.0, left, right)
    equation = djx.equations.Interdiffusion(law)
    return djx.solve(equation, grid, couple, djx.Anneal(TIME, HOT), rtol=rtol)


def compiled(law: Any, cells: int, finest: float, rtol: float) -> Any:
    """The same without the front door's checks."""
    grid = djx.grid.graded(-HALF, HALF, cells, centre=0.0, finest=finest)
    couple = djx.grid.step(grid, 0.0, *map(jnp.array, ENDS[law.components]))

    @eqx.filter_jit
    def run(law):
        equation, anneal = djx.equations.Interdiffusion(law), djx.Anneal(TIME, HOT)
        return djx.solve(equation, grid, couple, anneal, rtol=rtol, throw=False).ys

    return lambda: run(law)


class Reference:
    """Cell averages of a march on 1600 graded cells."""

    def __init__(self, law: Any):
        fine = march(law, 1600, 0.3e-6, 1e-7)
        self.faces = np.asarray(fine.grid.faces)
        gains = np.asarray(fine.ys[-1] * fine.grid.widths[:, None])
        self.sums = np.pad(np.cumsum(gains, axis=0), ((1, 0), (0, 0)))

    def error(self, faces: Any, found: Any) -> float:
        """Largest error of cell averages."""
        at = [np.interp(faces, self.faces, column) for column in self.sums.T]
        means = np.diff(np.stack(at, axis=1), axis=0) / np.diff(faces)[:, None]
        return float(np.max(np.abs(means - np.asarray(found))))


def kawin(file: str, names: tuple[str, ...], cells: int) -> Any:
    from kawin.diffusion import (  # pyright: ignore[reportMissingImports]
        SinglePhaseModel,
        TemperatureParameters,
    )
    from kawin.diffusion.mesh import (  # pyright: ignore[reportMissingImports]
        Cartesian1D,
        ProfileBuilder,
        StepProfile1D,
    )
    from kawin.thermo import (  # pyright: ignore[reportMissingImports]
        GeneralThermodynamics,
    )

    upper = [name.upper() for name in names]
    thermo = GeneralThermodynamics(file, upper, ["FCC_A1"])
    left, right = (end[1:] for end in ENDS[names])
    if len(names) == 2:
        step = StepProfile1D(0, left[0], right[0]), upper[1]
    else:
        step = StepProfile1D(0, left, right), upper[1:]

    def run():
        mesh = Cartesian1D(upper[1:], [-HALF, HALF], cells)
        mesh.setResponseProfile(ProfileBuilder([step]))
        heat = TemperatureParameters(HOT)
        model = SinglePhaseModel(mesh, upper, ["FCC_A1"], thermo, heat)
        model.solve(TIME)
        return np.linspace(-HALF, HALF, cells + 1), model.getCompositions()

    return run


def noda(folder: str, names: tuple[str, ...], cells: int) -> Any:
    import pandas  # pyright: ignore[reportMissingImports]
    from noda import simu  # pyright: ignore[reportMissingImports]

    elements = sorted(names)
    pairs = [a + b for i, a in enumerate(elements) for b in elements[i + 1 :]]
    mixed = [*pairs, "".join(elements)] if len(elements) > 2 else pairs
    zeros = ["-", "T", "T*ln(T)", "T^2", "T^3", "1/T", "Tcritical", "beta"]
    # A Curie temperature must be above 0; without a moment it does nothing.
    value = lambda p: 1.0 if p == "Tcritical" else 0.0
    pure = pandas.DataFrame([[p, *[value(p)] * len(elements)] for p in zeros])
    pure.columns = ["", *elements]
    rows = [["L", p, PAIRS[p][0], 0, PAIRS[p][1], 0] for p in pairs]
    rows += [["L", p, 0, 0, 0, 0] for p in mixed[len(pairs) :]]
    mixing = pandas.DataFrame(rows, columns=["variable", "solvent", *"abcd"])
    gas = 8.314  # noda's
    hops = [
        [a, b, HOPS[a][b][0] * gas / djx.GAS_CONSTANT, HOPS[a][b][1] * gas]
        for a in elements
        for b in elements
    ]
    hops += [[a, b, 0, 0] for a in elements for b in mixed]
    energies, mobilities = f"{folder}/thermo.xlsx", f"{folder}/mobility.xlsx"
    with pandas.ExcelWriter(energies) as book:
        pure.to_excel(book, sheet_name="Elements", index=False)
        mixing.to_excel(book, sheet_name="Interactions", index=False)
    moves = pandas.DataFrame(hops, columns=["solute", "solvent", "a", "b"])
    moves.to_excel(mobilities, index=False)
    left, right = (dict(zip(names[1:], end[1:])) for end in ENDS[names])
    volumes = {name: 1e-5 for name in names} | {"Va": "local", "pore": "local"}
    config = {
        "databases": {
            "thermo": energies,
            "mobility": mobilities,
            "partial_molar_volume": volumes,
        },
        "system": {"components": ", ".join(names), "phases": "fcc"},
        "temperature": {"TK": HOT},
        "space": {"zmax": 2 * HALF, "nz": cells + 1},
        # With two components its own step; with three that one is unstable here.
        "time": {"ts": TIME, "dt_multiplier": 1.0 if len(names) == 2 else 0.25},
        "initial_conditions": {
            "atom_fraction": {
                "shape": "step", "step_fraction": 0.5, "left": left, "right": right,
            }
        },
    }  # fmt: skip

    def run():
        case = simu.NewSimulation(config=config, log=False)
        case.run()
        end = case.result(-1)
        nodes, x = np.asarray(end.z) - HALF, [end.x[n] for n in names]
        # It tells the fractions at the nodes: of the cells around the inner ones.
        return 0.5 * (nodes[1:] + nodes[:-1]), np.stack(x, axis=1)[1:-1]

    return run


def once(run: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    return run(), 1e3 * (time.perf_counter() - start)


def peers(file: str, names: tuple[str, ...], reference: Reference) -> dict[str, Any]:
    """Of each peer the coarsest even grid that reaches the target; second run."""
    found: dict[str, Any] = {}
    folder = os.path.dirname(file)
    for name, make in (("noda", noda), ("kawin", kawin)):
        if not importlib.util.find_spec(name):
            print(f"{name} is not installed: left out", file=sys.stderr)
            continue
        place = folder if name == "noda" else file
        for cells in (40, 60, 80, 120, 160):
            run = make(place, names, cells)
            (faces, x), first = once(run)
            error = reference.error(faces, x)
            print(f"  {name}, {cells} cells: {error:.2e} in {first:.0f} ms")
            if error <= RACE or cells == 160 or first > 120e3:
                ms = min(once(run)[1], first)
                version = importlib.metadata.version(name)
                found[f"{name} {version}"] = dict(ms=ms, error=error, cells=cells)
                break
    return found


def many(law: Any, count: int = 1000) -> dict[str, float]:
    """Couples per second: prefactors and interactions of each their own."""
    rng = np.random.default_rng(0)
    factors = jnp.asarray(1 + 0.1 * rng.normal(size=(count, 2)))
    grid = djx.grid.graded(-HALF, HALF, 200, centre=0.0, finest=2e-6)
    left, right = map(jnp.array, ENDS[law.components])
    couple = djx.grid.step(grid, 0.0, left, right)

    class Scaled(eqx.Module):
        law: Any
        by: Any

        def __call__(self, x, temperature):
            return self.by * self.law.tracers_at(x, temperature)

    pairs = {
        (a, b): PAIRS["".join(sorted((a, b)))][0]
        for i, a in enumerate(law.components)
        for b in law.components[i + 1 :]
    }

    def own(factor):
        scaled = {pair: factor[1] * value for pair, value in pairs.items()}
        phase = djx.thermo.regular(law.components, scaled)
        return djx.diffusivity.Multicomponent(Scaled(law, factor[0]), phase)

    def end(factor):
        equation, anneal = djx.equations.Interdiffusion(own(factor)), ANNEAL
        return djx.solve(
            equation, grid, couple, anneal, rtol=1e-2, throw=False
        ).ys[-1]  # fmt: skip

    def similar(factor):
        return djx.equations.mixture_similarity(
            own(factor), left, right, HOT, cells=200, throw=False
        ).composition

    runs = {
        "march, one after another": jax.jit(lambda f: jax.lax.map(end, f)),
        "march, 20 at a time": jax.jit(lambda f: jax.lax.map(end, f, batch_size=20)),
        "similarity, one after another": jax.jit(lambda f: jax.lax.map(similar, f)),
        "similarity, 20 at a time": jax.jit(
            lambda f: jax.lax.map(similar, f, batch_size=20)
        ),
    }
    times = fastest({k: lambda r=r: r(factors) for k, r in runs.items()}, 2)
    return {name: 1e3 * count / ms for name, ms in times.items()}


ANNEAL = djx.Anneal(TIME, HOT)


def main() -> None:
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/round.tdb"
        Path(file).write_text(tdb(), encoding="utf-8")
        for names in ENDS:
            title = "-".join(names)
            law = alloy(file, names)
            (one, first) = once(lambda law=law: march(law, *GRIDS["error 1e-4"]))
            jax.block_until_ready(one.ys)
            reference = Reference(law)
            row: dict[str, Any] = {"first call, ms": first}
            for name, setting in GRIDS.items():
                door = lambda law=law, s=setting: march(law, *s).ys
                run = march(law, *setting)
                times = fastest({"door": door, "jit": compiled(law, *setting)}, 20)
                error = reference.error(np.asarray(run.grid.faces), run.ys[-1])
                row[name] = dict(
                    ms=times["door"], jit=times["jit"], error=error, setting=setting,
                    steps=int(run.stats["num_steps"]),
                )  # fmt: skip
                show(f"{title}, {name}", row[name])
            row["couples per second"] = many(law)
            show(f"{title}, couples per second", row["couples per second"])
            row["peers"] = peers(file, names, reference)
            for name, peer in row["peers"].items():
                peer["relative"] = peer["ms"] / row["race"]["ms"]
                show(f"{title}, {name}", peer)
            rows[title] = row
    record("interdiffusion", rows)


if __name__ == "__main__":
    main()
