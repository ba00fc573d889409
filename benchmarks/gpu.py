"""The bonds and the growth of their cost on a GPU: the parts of `tensor.py` that run on
JAX's default device.

    python benchmarks/gpu.py            writes history/gpu.json
    python benchmarks/gpu.py --any      on whatever device there is, nothing written
"""

import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from common import fastest, record, show
from tensor import generator_of, REPEATS, ten_times


LARGE = ((4096, 4096), (256, 256, 256), (512, 512, 512))
SMALL = ((128, 128), (24, 24, 24))


def rates(shape: tuple[int, ...], precision: str) -> dict[str, dict[str, Any]]:
    """Time of one application and share of a copy's bandwidth, law by law."""
    field = jax.random.uniform(jax.random.key(0), shape, dtype=precision)
    one = jnp.ones((), dtype=precision)
    # Reads the field and writes it, ten times.
    ten = lambda c: jax.lax.fori_loop(0, REPEATS, lambda _, x: x + one, c)
    copy = jax.jit(ten)
    copied = fastest({"": lambda: copy(field)}, 9)[""]
    rows = {}
    for kind in ("isotropic", "full", "isotropic varying", "full varying"):
        generator = generator_of(shape, kind, precision)
        total = sum(float(jnp.max(2 * w)) for w in generator.weights)
        run = ten_times(0.5 / total)
        ms = fastest({"": lambda: run(generator, field)}, 9)[""] / REPEATS
        size = float(np.prod(shape))
        rows[f"{' x '.join(map(str, shape))} {precision} {kind}"] = dict(
            ms=ms,
            cells_per_second=size / (1e-3 * ms),
            to_copy=ms * REPEATS / copied,
            copy_bytes_per_second=2 * field.nbytes * REPEATS / (1e-3 * copied),
        )
    return rows


def main(*words: str) -> None:
    device = jax.devices()[0]
    if device.platform != "gpu" and "--any" not in words:
        sys.exit(f"no GPU here, only {device.device_kind}: `--any` runs on it.")
    large = device.platform == "gpu"
    rows: dict[str, Any] = {}
    for shape in LARGE if large else SMALL:
        for precision in ("float32", "float64"):
            rows |= rates(shape, precision)
    show(f"{device.device_kind}, ms", {k: v["ms"] for k, v in rows.items()})
    show("cells per second", {k: v["cells_per_second"] for k, v in rows.items()})
    show("times a copy", {k: v["to_copy"] for k, v in rows.items()})
    if large:
        record("gpu", {"device": device.device_kind} | rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
