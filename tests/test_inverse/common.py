"""Synthetic profiles that many tests share."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import ROOT


HOUR = 3600.0
TIZR = ROOT.parent / "shared" / "data" / "tizr" / "TiZr_exp.csv"
ANNEAL = djx.Anneal(100 * HOUR, 1273.15)


def positions(points=60, reach=1.5e-3):
    return np.linspace(-reach, reach, points)


def couple_values(law, x, left=0.0, right=1.0, origin=0.0, anneal=ANNEAL, cells=800):
    similar = djx.equations.similarity(
        law, left, right, anneal.temperature, cells=cells
    )
    return np.asarray(similar.at(jnp.asarray(x) - origin, anneal.duration))


def noisy(values, sigma, seed=0):
    return values + sigma * np.random.default_rng(seed).normal(size=values.shape)


@functools.cache
def erf_couple(sigma=None, seed=0, points=60, origin=30e-6):
    """A couple with D = 3e-13 m²/s from 0.2 to 0.8, noise 0.003."""
    x = positions(points)
    clean = djx.exact.couple(x - origin, ANNEAL.duration, 3e-13, left=0.2, right=0.8)
    return inv.Profile(x, noisy(np.asarray(clean), 0.003, seed), sigma)


def films(law, temperatures=(1000.0, 1200.0)):
    """Thin films of a law, for 20 h at the first temperature and 1 h at the second."""
    out = []
    for k, (hours, temperature) in enumerate(zip((20.0, 1.0), temperatures)):
        d = float(law.over(0.0, temperature))
        x = np.linspace(0, 5 * np.sqrt(d * hours * HOUR), 30)
        c = djx.exact.thin_film(x, hours * HOUR, d, amount=1e-6)
        values = noisy(np.asarray(c), 0.01 * float(c[0]), seed=k)
        profile = inv.Profile(x, values, name=f"film {k}")
        out.append(inv.ThinFilm(profile, djx.Anneal(hours * HOUR, temperature)))
    return out


@functools.cache
def tizr():
    if not TIZR.exists():
        pytest.skip("the measured Ti-Zr profile is not beside the project")
    table = np.genfromtxt(TIZR, delimiter=",", skip_header=1)
    return inv.Profile(table[:, 1] * 1e-6, table[:, 0], name="Ti-Zr")
