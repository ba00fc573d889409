"""Fields spread over several devices: the same numbers, and no gathering."""

import os
import pathlib
import subprocess
import sys

import pytest


PROGRAM = """
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import diffjax as djx
from diffjax.grid import Periodic, Walls

assert jax.device_count() == 8
mesh = Mesh(np.array(jax.devices()), ("x",))
rows = NamedSharding(mesh, PartitionSpec("x"))
grid = djx.grid.uniform((-2e-5, -2e-5), (2e-5, 2e-5), (32, 16))
x = grid.centres
start = jnp.exp(-(x[..., 0] ** 2 + x[..., 1] ** 2) / (2 * 5e-6**2))
turn = djx.tensors.rotation(jnp.pi / 4)
tensor = djx.tensors.from_principal(jnp.array([1e-14, 0.2e-14]), turn)
walls = Walls(y=Periodic())
anneal = djx.Anneal(3600.0, 1000.0)
full = djx.equations.Diffusion(djx.diffusivity.Tensor(tensor), walls)
along = djx.equations.Diffusion(djx.diffusivity.Anisotropic((1e-14, 0.2e-14)), walls)
for equation, name in ((full, "Rkl2"), (along, "Ros2")):
    one = djx.solve(equation, grid, start, anneal)
    many = djx.solve(equation, grid, jax.device_put(start, rows), anneal)
    assert one.stats["method"] == many.stats["method"] == name
    gap = np.max(np.abs(np.asarray(one.ys) - np.asarray(many.ys)))
    assert gap < 1e-12, (name, gap)
    devices = len(many.ys.sharding.device_set)
    whole = many.ys.sharding.is_fully_replicated
    print(name, "gap", gap, "devices", devices, "replicated", whole)
    if name == "Rkl2":
        assert devices == 8 and not whole

run = lambda c: djx.solve(full, grid, c, anneal, throw=False).ys[-1]
batch = jnp.stack([start * (1 + k) for k in range(8)])
together = jax.jit(jax.vmap(run))
one, many = together(batch), together(jax.device_put(batch, rows))
assert np.max(np.abs(np.asarray(one) - np.asarray(many))) < 1e-12
assert len(many.sharding.device_set) == 8 and not many.sharding.is_fully_replicated
print("ok")
"""


@pytest.mark.slow
def test_eight_devices_give_what_one_gives():
    flags = "--xla_force_host_platform_device_count=8"
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=pathlib.Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert done.stdout.endswith("ok\n")
