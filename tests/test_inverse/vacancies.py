"""Tracer films on gold-like crystals, in equilibrium and after quenches."""

from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import diffjax as djx
import inverse as inv


A, E_V, E_M, FREQUENCY, ENTROPY, SINKS = 4.08e-10, 0.94, 0.83, 2e13, 0.7, 1e11
JUMPS = djx.lattice.neighbour_jumps(djx.lattice.fcc(A))
HOT = [(900.0, 3e5), (1000.0, 5e4), (1100.0, 1e4), (1200.0, 3e3), (1300.0, 1e3)]
# (before the quench, of the anneal in K; duration over the lifetime of vacancies)
QUENCHES = [
    (before, cold, share)
    for before in (1000.0, 1200.0)
    for cold in (360.0, 400.0)
    for share in (0.03, 5.0)
]


def gold(formation=E_V, migration=E_M, frequency=FREQUENCY, sinks=SINKS):
    law = djx.diffusivity.VacancyMechanism(
        JUMPS, formation, migration, frequency, formation_entropy=ENTROPY
    )
    return djx.kinetics.VacancyRelaxation(law, sinks)


TRUTH = gold()
ENERGIES = [
    inv.Free("law.formation_energy", scale=0.3, unit="eV", name="E_v"),
    inv.Free("law.migration_energy", scale=0.3, unit="eV", name="E_m"),
]
RATE = [inv.Free("law.attempt_frequency", inv.Log(), 2.0, unit="Hz", name="nu")]
FREE = [*ENERGIES, *RATE, inv.Free("sinks", inv.Log(), 2.0, unit="1/m²", name="sinks")]


class Batch(eqx.Module):
    """Samples of one quench share what it kept."""

    vacancies: djx.kinetics.VacancyRelaxation
    kept: Float[Array, ""]


def shared(prior):
    """Free parameters of a `Batch`."""
    inner = [
        inv.Free(f"vacancies.{f.where}", f.transform, f.scale, unit=f.unit, name=f.name)
        for f in FREE
    ]
    return [*inner, inv.Free("kept", inv.Log(), 0.3, prior, name="kept")]


def counted(spread, rng, peak=300.0, points=25):
    """Counts of a film whose tracer has spread by `spread` (m²)."""
    x = np.linspace(0, 4.5 * np.sqrt(spread), points)
    clean = peak * np.exp(-(x**2) / (4 * spread))
    counts = clean if rng is None else rng.poisson(clean).astype(float)
    return x, counts


SPREADS = [float(TRUTH.over(0.0, hot)) * time for hot, time in HOT]


def hot_films(rng, count=5):
    out = []
    for k, ((hot, time), spread) in enumerate(zip(HOT[:count], SPREADS)):
        profile = inv.Profile(
            *counted(spread, rng), noise=inv.Poisson(), name=f"hot {k}"
        )
        out.append(inv.ThinFilm(profile, djx.Anneal(time, hot), law=_vacancies))
    return out


def _vacancies(model):
    return model.vacancies if isinstance(model, Batch) else model


def _plan(eta):
    out = []
    for before, cold, share in QUENCHES:
        anneal = djx.Anneal(share / float(TRUTH.rate(cold)), cold)
        start = TRUTH.quenched(before, eta)
        out.append((before, anneal, float(TRUTH.after(anneal, start).spread)))
    return out


PLANS = {eta: _plan(eta) for eta in (1.0, 0.7)}


def quenched_films(
    rng, eta=1.0, efficiency: Any = 1.0, which: Iterable[int] = range(8)
):
    out = []
    for k in which:
        before, anneal, spread = PLANS[eta][k]
        profile = inv.Profile(
            *counted(spread, rng), noise=inv.Poisson(), name=f"quenched {k}"
        )
        film = inv.QuenchedFilm(profile, anneal, before, efficiency, law=_vacancies)
        out.append(film)
    return out


def kept_of(model):
    return model.kept


def batch(start):
    return Batch(start, jnp.asarray(1.0))
