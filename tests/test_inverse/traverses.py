"""Oriented samples of one crystal, that many tests share."""

import jax.numpy as jnp
import numpy as np

import diffjax as djx
import inverse as inv


TIME = 3.6e5
GOLD = (1 + 5**0.5) / 2
# The six axes of an icosahedron.
AXES = np.array(
    [
        [0, 1, GOLD],
        [0, -1, GOLD],
        [1, GOLD, 0],
        [-1, GOLD, 0],
        [GOLD, 0, 1],
        [GOLD, 0, -1],
    ]
) / np.sqrt(1 + GOLD**2)
# In the order of `diffjax.tensors.pack`, in m²/s.
TRUTH = 1e-14 * np.array([6.0, 3.0, 2.0, 0.3, -0.5, 1.0])
NAMES = ("D11", "D22", "D33", "D23", "D13", "D12")
START = djx.diffusivity.Tensor(4e-14 * np.eye(3))


def seen(axis, parts=TRUTH):
    """n D n, in m²/s."""
    tensor = np.asarray(djx.tensors.unpack(jnp.asarray(parts)))
    n = np.asarray(axis) / np.linalg.norm(axis)
    return n @ tensor @ n


def films(axes, parts=TRUTH, noise=0.01, seed=0):
    """Thin films on faces whose normals are the axes."""
    out, random = [], np.random.default_rng(seed)
    for k, axis in enumerate(axes):
        d = seen(axis, parts)
        x = np.linspace(0, 3 * np.sqrt(4 * d * TIME), 25)
        clean = np.asarray(djx.exact.thin_film(x, TIME, d, amount=1e-6))
        sigma = noise * clean[0]
        values = clean + sigma * random.normal(size=25)
        profile = inv.Profile(x, values, sigma, name=f"n{k}")
        out.append(inv.ThinFilm(profile, djx.Anneal(TIME, 1273.15), direction=axis))
    return out
