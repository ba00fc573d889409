"""Correlation factors, solutes and walks: how long one takes, its slope, many of them.

Beside them, where they are installed: the package `onsager` (the same factors and
transport coefficients from Green's function and stars of jumps), and a loop over hops
compiled by numba (one vacancy in a block of fcc, the plainest that one can write).

Run: `python benchmarks/lattice.py`.
"""

import importlib.util
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from common import fastest, record, show

import diffjax as djx


jax.config.update("jax_enable_x64", True)

SETS = 10_000


def correlation() -> dict[str, float]:
    """Times in ms."""
    fcc = djx.lattice.neighbour_jumps(djx.lattice.fcc(1.0))
    hcp = djx.lattice.neighbour_jumps(djx.lattice.hcp(1.0))
    in_fcc, in_hcp = jnp.ones(len(fcc.source)), jnp.ones(len(hcp.source))
    around = djx.lattice.SoluteNetwork(fcc)
    slope = jax.jit(jax.grad(lambda w: djx.lattice.correlation_factor(fcc, w)))
    tensor = jax.jit(lambda w: djx.lattice.correlation_factors(fcc, w))

    def solute(row):
        return around.transport(
            in_fcc,
            exchange=row[0],
            rotation=row[1],
            dissociation=row[2],
            binding=row[3],
        ).correlation[0, 0]

    rng = np.random.default_rng(0)
    five = jnp.asarray(np.exp(rng.normal(size=(SETS, 4))))
    rates = jnp.asarray(np.exp(0.3 * rng.normal(size=(SETS, 6))))
    pairs = jnp.asarray(np.minimum(np.arange(12), np.array(fcc.reverse)))
    _, way = np.unique(np.asarray(pairs), return_inverse=True)
    all_five = jax.jit(lambda x: jax.lax.map(solute, x, batch_size=1000))
    all_rates = jax.jit(
        lambda x: jax.lax.map(lambda w: tensor(w[way]), x, batch_size=50)
    )
    one_solute, slope_solute = jax.jit(solute), jax.jit(jax.grad(solute))
    times = fastest(
        {
            "f of fcc, front door": lambda: djx.lattice.correlation_factor(fcc, in_fcc),
            "f of fcc, jit": lambda: tensor(in_fcc),
            "gradient by 12 rates": lambda: slope(in_fcc),
            "f of hcp": lambda: djx.lattice.correlation_factors(hcp, in_hcp),
            "five frequencies, exact": lambda: one_solute(five[0]),
            "gradient by 4 frequencies": lambda: slope_solute(five[0]),
        }
    )
    return times | fastest(
        {
            f"{SETS} solutes": lambda: all_five(five),
            f"{SETS} sets of 6 rates": lambda: all_rates(rates),
        },
        1,
    )


def onsager() -> dict[str, float]:
    """Times in ms of the package `onsager`; its set-up, once, apart."""
    from onsager import crystal, OnsagerCalc  # pyright: ignore[reportMissingImports]

    lattice = crystal.Crystal.FCC(1.0)
    start = time.perf_counter()
    calculator: Any = OnsagerCalc.VacancyMediated(
        lattice, 0, lattice.sitelist(0), lattice.jumpnetwork(0, 0.75), 1
    )
    setup = 1e3 * (time.perf_counter() - start)
    one, zero = np.ones(1), np.zeros(1)
    given = dict(preV=one, eneV=zero, preT0=one, eneT0=zero)
    tracer = given | calculator.maketracerpreene(**given)

    def transport() -> float:
        calculator.clearcache()
        vacancy, solute, *_ = calculator.Lij(*calculator.preene2betafree(1.0, **tracer))
        return solute[0, 0] / vacancy[0, 0]

    assert abs(transport() - 0.78145142) < 1e-6
    times = fastest({"onsager: L of a tracer in fcc": transport}, 5)
    return times | {"onsager: set-up": setup}


def hand_walk(hops: int, walkers: int, cells: int) -> Any:
    """The loop of numba: atoms carry where they went; a vacancy changes with them."""
    import numba  # pyright: ignore[reportMissingImports]

    steps = np.array(
        [[a, b, 0] for a in (-1, 1) for b in (-1, 1)]
        + [[a, 0, b] for a in (-1, 1) for b in (-1, 1)]
        + [[0, a, b] for a in (-1, 1) for b in (-1, 1)]
    )
    side = 2 * cells

    @numba.njit
    def walk(seed: int) -> float:
        np.random.seed(seed)
        total = 0.0
        for _ in range(walkers):
            gone = np.zeros((side, side, side, 3), np.int32)
            x = y = z = 0
            for _ in range(hops):
                step = steps[np.random.randint(12)]
                u = (x + step[0]) % side
                v = (y + step[1]) % side
                w = (z + step[2]) % side
                for k in range(3):
                    gone[x, y, z, k] = gone[u, v, w, k] - step[k]
                    gone[u, v, w, k] = 0
                x, y, z = u, v, w
            total += np.sum(gone.astype(np.float64) ** 2)
        return total / (2.0 * hops * walkers)

    return walk


def walks() -> dict[str, float]:
    """Hops of vacancies per second."""
    square = djx.lattice.neighbour_jumps(djx.lattice.square(2.5e-10))
    flat = djx.lattice.neighbour_jumps(djx.lattice.triangular(2.5e-10))
    fcc = djx.lattice.neighbour_jumps(djx.lattice.fcc(3.6e-10))
    hcp = djx.lattice.neighbour_jumps(djx.lattice.hcp(3.2e-10))
    hops, walkers = 4000, 1000
    run = lambda jumps, cells: djx.lattice.vacancy_walk(
        jumps, jnp.full(len(jumps.source), 1e9), cells, hops, walkers
    )
    calls = {
        "square, blocks of 64^2 cells": lambda: run(square, 64).factor,
        "triangular, blocks of 64^2 cells": lambda: run(flat, 64).factor,
        "fcc, blocks of 10^3 cells": lambda: run(fcc, 10).factor,
        "fcc, blocks of 16^3 cells": lambda: run(fcc, 16).factor,
        "hcp, blocks of 12^3 cells": lambda: run(hcp, 12).factor,
    }
    if importlib.util.find_spec("numba"):
        by_hand = hand_walk(hops, walkers, 16)
        calls["fcc, blocks of 16^3 cells, numba, one core"] = lambda: by_hand(1)
    times = fastest(calls, 3)
    return {name: 1e3 * hops * walkers / ms for name, ms in times.items()}


def main() -> None:
    times, rates = correlation(), walks()
    if importlib.util.find_spec("onsager"):
        times |= onsager()
    show("time in ms", times)
    show("hops per second", rates)
    record("lattice", {"ms": times, "hops per second": rates})


if __name__ == "__main__":
    main()
