"""Correlation factors, solutes and walks: how long one takes, its slope, many of them.

Run: `python benchmarks/lattice.py`.
"""

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


def walks() -> dict[str, float]:
    """Hops of vacancies per second."""
    fcc = djx.lattice.neighbour_jumps(djx.lattice.fcc(3.6e-10))
    hcp = djx.lattice.neighbour_jumps(djx.lattice.hcp(3.2e-10))
    hops, walkers = 4000, 1000
    run = lambda jumps, cells: djx.lattice.vacancy_walk(
        jumps, jnp.full(len(jumps.source), 1e9), cells, hops, walkers
    )
    times = fastest(
        {
            "fcc, blocks of 10^3 cells": lambda: run(fcc, 10).factor,
            "fcc, blocks of 16^3 cells": lambda: run(fcc, 16).factor,
            "hcp, blocks of 12^3 cells": lambda: run(hcp, 12).factor,
        },
        3,
    )
    return {name: 1e3 * hops * walkers / ms for name, ms in times.items()}


def main() -> None:
    times, rates = correlation(), walks()
    show("time in ms", times)
    show("hops per second", rates)
    record("lattice", {"ms": times, "hops per second": rates})


if __name__ == "__main__":
    main()
