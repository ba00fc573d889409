"""How fast is diffusion on the device that JAX finds here?

Runs on a CPU, a GPU or several devices, and sizes itself to them. Prints how many cells
it updates per second: isotropic and with a full tensor, in two and three dimensions, in
single and double precision. With more than one device the field is cut into slabs along
its first axis, one per device; XLA sends the rims.

    python examples/accelerator.py                        what is here
    JAX_PLATFORMS=cpu XLA_FLAGS=--xla_force_host_platform_device_count=2 python ...
"""

import time

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec


jax.config.update("jax_enable_x64", True)

import diffjax as djx  # noqa: E402


WIDTH, TEMPERATURE = 1e-6, 1273.15  # m, K
SIZES = {"cpu": ((512, 512), (64, 64, 64)), "": ((8192, 8192), (384, 384, 384))}
STEPS = {"cpu": 20, "": 200}


def law(dimension: int, full: bool) -> djx.diffusivity.AbstractDiffusivity:
    """A crystal that conducts five times better along one axis, turned; or a scalar."""
    if not full:
        return djx.diffusivity.Constant(1e-14)
    values = jnp.array([1e-14, 0.2e-14, 0.4e-14][:dimension])
    if dimension == 2:
        turned = djx.tensors.rotation(jnp.pi / 6)
    else:
        turned = djx.tensors.rotation_from_euler([0.6, 0.9, -0.4])
    return djx.diffusivity.Tensor(djx.tensors.from_principal(values, turned))


def shared(field: jax.Array) -> jax.Array:
    """The field in slabs, one per device."""
    count = len(jax.devices())
    if count == 1:
        return field
    mesh = jax.make_mesh((count,), ("slab",), axis_types=(AxisType.Auto,))
    spec = PartitionSpec("slab", *(None,) * (field.ndim - 1))
    return jax.device_put(field, NamedSharding(mesh, spec))


def march(shape: tuple[int, ...], full: bool, precision: str, steps: int) -> float:
    """Cell updates per second of explicit Euler steps, after a check of the result."""
    dimension, count = len(shape), len(jax.devices())
    shape = (shape[0] // count * count, *shape[1:])
    upper = tuple(WIDTH * n for n in shape)
    grid = djx.grid.uniform((0.0,) * dimension, upper, shape)
    walls = djx.grid.Walls(*(djx.grid.Periodic(),) * dimension)
    equation = djx.equations.Diffusion(law(dimension, full), walls)
    # With the offsets that this tensor needs, and no others.
    hold = djx.Anneal(1.0, TEMPERATURE)
    blank = jnp.broadcast_to(jnp.zeros(()), shape)
    generator = equation.ready(grid, blank, hold).generator(grid, TEMPERATURE)
    generator = jax.tree.map(lambda x: x.astype(precision), generator)
    weights = sum(float(jnp.sum(2 * w)) for w in generator.weights)
    step = jnp.asarray(1 / weights, dtype=precision)  # half of what is stable

    @jax.jit
    def run(field):
        one = lambda _, c: c + step * generator.apply(c)
        return jax.lax.fori_loop(0, steps, one, field)

    key = jax.random.key(0)
    field = shared(jax.random.uniform(key, shape, dtype=precision))
    end = jax.block_until_ready(run(field))
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        jax.block_until_ready(run(field))
        best = min(best, time.perf_counter() - start)

    kept = float(jnp.mean(end, dtype="float64") / jnp.mean(field, dtype="float64"))
    assert abs(kept - 1) < (1e-12 if precision == "float64" else 1e-6)
    assert 0 <= float(jnp.min(end)) and float(jnp.max(end)) <= 1
    return float(np.prod(shape)) * steps / best


def main() -> None:
    devices = jax.devices()
    kind = devices[0].platform
    print(f"{len(devices)} x {devices[0].device_kind} ({kind})")
    sizes, steps = SIZES.get(kind, SIZES[""]), STEPS.get(kind, STEPS[""])
    print(
        f"{'cells':>16} {'steps':>5} {'precision':>9}  {'law':<11} updates per second"
    )
    best = 0.0
    for shape in sizes:
        for precision in ("float32", "float64"):
            if kind == "tpu" and precision == "float64":
                continue
            for full in (False, True):
                rate = march(shape, full, precision, steps)
                best = max(best, rate)
                name = "full tensor" if full else "isotropic"
                cells = " x ".join(map(str, shape))
                print(f"{cells:>16} {steps:5} {precision:>9}  {name:<11} {rate:.2e}")
    assert best > 1e6
    print(f"up to {best:.1e} cells a second, every field within its bounds")


if __name__ == "__main__":
    main()
