"""A solver as a layer: what its gradient costs in time, memory and compilation.

Run: `python benchmarks/layer.py`. Twenty couples, D(c) by a network of 321 weights.
"""

import time
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from common import fastest, record, show
from jax.flatten_util import ravel_pytree

import diffjax as djx


jax.config.update("jax_enable_x64", True)

HOT, TIME, COUPLES, CELLS = 1273.15, 3.6e5, 20, 200
DEPTH = jnp.linspace(-1e-3, 1e-3, 40)


def by_similarity(law: Any, left: Any, right: Any) -> Any:
    similar = djx.equations.similarity(law, left, right, HOT, cells=CELLS, throw=False)
    return similar.at(DEPTH, TIME)


def by_march(law: Any, left: Any, right: Any) -> Any:
    grid = djx.grid.graded(-1.5e-3, 1.5e-3, CELLS, centre=0.0, finest=3e-6)
    start = djx.grid.step(grid, 0.0, left, right)
    solution = djx.solve(
        djx.equations.Diffusion(law), grid, start, djx.Anneal(TIME, HOT), rtol=1e-4
    )
    return solution.at(DEPTH)


def main() -> None:
    layers = eqx.nn.MLP("scalar", "scalar", 16, 2, jnp.tanh, key=jax.random.key(0))
    law = djx.diffusivity.Network(layers, value=2e-13)
    weights, rest = eqx.partition(law.module, eqx.is_inexact_array)
    flat, back = ravel_pytree(weights)
    random = np.random.default_rng(0)
    ends = tuple(jnp.asarray(random.uniform(a, a + 0.3, COUPLES)) for a in (0.0, 0.7))
    rows: dict[str, float] = {}
    functions = {}
    for road, predict in {"similarity": by_similarity, "march": by_march}.items():
        for many in ("one couple", "vmap", "lax.map"):

            def total(flat, ends, predict=predict, many=many):
                module = eqx.combine(back(flat), rest)
                mine = eqx.tree_at(lambda law: law.module, law, module)
                one = lambda pair: predict(mine, *pair)
                if many == "one couple":
                    out = one(tuple(end[0] for end in ends))
                elif many == "vmap":
                    out = jax.vmap(one)(ends)
                else:
                    out = jax.lax.map(one, ends)
                return jnp.mean(out**2)

            for what, function in {
                "forward": total,
                "gradient": jax.value_and_grad(total),
            }.items():
                name = f"{road}, {many}, {what}"
                start = time.process_time()
                program = jax.jit(function).lower(flat, ends).compile()
                rows[f"{name}: compile, CPU s"] = time.process_time() - start
                size = program.memory_analysis().temp_size_in_bytes  # pyright: ignore
                rows[f"{name}: memory, MB"] = size / 1e6
                functions[name] = lambda run=program: run(flat, ends)
    for name, ms in fastest(functions, 8).items():
        rows[f"{name}: ms"] = ms
    show("twenty couples", rows)
    record("layer", rows)


if __name__ == "__main__":
    main()
