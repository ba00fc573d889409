"""Fits of numbers that are free together, one for each joint transform."""

import jax.numpy as jnp
import numpy as np

import diffjax as djx
import inverse as inv

from .plans import Numbers


AT = jnp.linspace(0.0, 3.0, 12)


def row(model, local, at):
    """All numbers of a row count in each reading."""
    del local
    bend = jnp.stack([jnp.ones_like(at), at, 0.3 * at**2], axis=-1)
    return bend @ model.b


def tensor(model, local, at):
    """What is seen along directions in the plane."""
    del local
    n = jnp.stack([jnp.cos(at), jnp.sin(at)], axis=-1)
    return jnp.einsum("pi,ij,pj->p", n, model.value, n)


def arrhenius(model, local, at):
    """ln D over a hundred kelvin or so."""
    del local
    return jnp.log(model.over(0.0, 1000.0 + 100 * at))


def fitted(kind):
    """A regular fit, its truth well inside the range of the transform."""
    predict, free, truth, sigma = {
        "Simplex": (
            row,
            inv.Free("b", inv.Simplex(), scale=1.0),
            Numbers(jnp.array([0.3, 0.5, 0.2])),
            0.02,
        ),
        "Monotone": (
            row,
            inv.Free("b", inv.Monotone(), scale=1.0),
            Numbers(jnp.array([1.0, 2.0, 4.0])),
            0.005,
        ),
        "LogCholesky": (
            tensor,
            inv.Free("value", inv.LogCholesky(), scale=1.0),
            djx.diffusivity.Tensor(jnp.array([[2.0, 0.4], [0.4, 1.0]])),
            0.05,
        ),
        "ArrheniusAt": (
            arrhenius,
            inv.Free(("prefactor", "activation"), inv.ArrheniusAt(1150.0), scale=1.0),
            djx.diffusivity.Arrhenius(1e-5, 2.0),
            0.05,
        ),
    }[kind]
    clean = np.asarray(predict(truth, {}, AT))
    drawn = clean + sigma * np.random.default_rng(4).normal(size=12)
    data = inv.Measured(inv.Readings(drawn, sigma, AT), predict)
    return inv.fit(truth, data, free)


KINDS = ("Simplex", "Monotone", "LogCholesky", "ArrheniusAt")
