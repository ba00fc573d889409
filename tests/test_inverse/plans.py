"""Plans and small models that tests of design share."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

import diffjax as djx
import inverse as inv


LAW = djx.diffusivity.Arrhenius(prefactor=1e-5, activation=2.0)


def film(
    temperature,
    time=3.6e5,
    law: Any = LAW,
    points=20,
    sigma: Any = 0.02,
    noise=None,
    **settings,
):
    """A thin film as wide as its profile at any temperature, to be measured."""
    length = jnp.sqrt(law.over(0.0, temperature) * time)
    amount = inv.Free(None, inv.Log(), 1.0, init=1.7724538509 * length)
    name = "film" if not isinstance(temperature, float) else f"{temperature:g} K"
    where = jnp.linspace(0.0, 4.0, points) * length
    profile = inv.planned(where, sigma, name, noise)
    anneal = djx.Anneal(time, temperature)
    return inv.ThinFilm(profile, anneal, **{"amount": amount, **settings})


class Numbers(eqx.Module):
    """Parameters of a plain function."""

    b: Float[Array, " p"]


def along(model, local, directions):
    """n·D·n for a tensor of six numbers; shape of `directions` (n, 3)."""
    del local
    b = model.b
    n = directions / jnp.linalg.norm(directions, axis=-1, keepdims=True)
    d = jnp.array([[b[0], b[5], b[4]], [b[5], b[1], b[3]], [b[4], b[3], b[2]]])
    return jnp.sum((n @ d) * n, axis=-1)


def traverses(directions, sigma=0.05):
    """Diffusivities along directions, each with the same error."""
    return inv.Measured(inv.planned_readings(directions, sigma), along)


def tensor_free():
    """Six components of a symmetric tensor, D11 to D33, D23, D13, D12."""
    names = tuple(f"D{i}" for i in (11, 22, 33, 23, 13, 12))
    return inv.Free("b", scale=1.0, name=names)
