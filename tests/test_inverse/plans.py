"""Plans and small models that tests of design share."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import diffjax as djx
import inverse as inv
from inverse._start import Guess


LAW = djx.diffusivity.Arrhenius(prefactor=1e-5, activation=2.0)


def film(temperature, time=3.6e5, law=LAW, points=20, **settings):
    """A thin film as wide as its profile at any temperature, to be measured."""
    length = jnp.sqrt(law.over(0.0, temperature) * time)
    amount = inv.Free(None, inv.Log(), 1.0, init=1.7724538509 * length)
    name = "film" if not isinstance(temperature, float) else f"{temperature:g} K"
    profile = inv.planned(jnp.linspace(0.0, 4.0, points) * length, 0.02, name)
    anneal = djx.Anneal(time, temperature)
    return inv.ThinFilm(profile, anneal, **{"amount": amount, **settings})


class Numbers(eqx.Module):
    """Parameters of a plain function."""

    b: Float[Array, " p"]


class Asked(inv.AbstractExperiment):
    """y = f(b; x) at "positions" x, for anything that needs no diffusion."""

    profile: inv.Profile
    anneal: djx.AbstractAnneal
    law: Callable | None = eqx.field(static=True)
    function: Callable = eqx.field(static=True)
    extra: Float[Array, "..."]

    def __init__(self, profile, function, extra=0.0):
        self.profile, self.function = profile, function
        self.anneal, self.law = djx.Anneal(1.0, 300.0), _stand_in
        self.extra = jnp.asarray(extra)

    def locals(self):
        return {}

    def guess(self):
        return Guess({}, {}, np.zeros(1), np.zeros(1), np.zeros(1))

    def predict(self, model, local, positions, forward=True):
        del local, forward
        return self.function(model.b, positions, self.extra)


def _stand_in(model):
    del model
    return djx.diffusivity.Constant(1.0)


def along(b, positions, direction):
    """n·D·n for a tensor of six numbers, at three "positions" alike."""
    n = direction / jnp.linalg.norm(direction)
    d = jnp.array([[b[0], b[5], b[4]], [b[5], b[1], b[3]], [b[4], b[3], b[2]]])
    return jnp.broadcast_to(n @ d @ n, positions.shape)


def traverse(direction, name="traverse", sigma=0.05):
    profile = inv.planned(jnp.arange(3.0), sigma, name)
    return Asked(profile, along, direction)


def tensor_free():
    """Six components of a symmetric tensor, D11 to D33, D23, D13, D12."""
    names = tuple(f"D{i}" for i in (11, 22, 33, 23, 13, 12))
    return inv.Free("b", scale=1.0, name=names)
