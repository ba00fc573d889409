"""Two energies of a vacancy, and what tracer profiles know of them.

Left: how fast a tracer spreads in a crystal like gold. While vacancies are in
equilibrium everything lies on one line, whose slope is the sum of the energies of
formation and migration. After a quench vacancies are many where it is cold, until they
find sinks. Right: 95 % regions of the energies. Equilibrium alone leaves a valley
without end; quenches close it. Where 30 % of the vacancies were lost in the quench and
nobody tells the fit, the region is as small and at the wrong place, and chi2 does not
notice; with the loss as a parameter it is wider, and holds what was put in. The numbers
are made up; counts scatter by Poisson's law.
"""

import sys
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib
import numpy as np
from jaxtyping import Array, Float


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402
import inverse as inv  # noqa: E402


FORMATION, MIGRATION = 0.94, 0.83  # eV
EQUILIBRIUM = [(900.0, 3e5), (1100.0, 1e4), (1300.0, 1e3)]  # K, s
# Before the quench and after it (K), and for how many lifetimes of a vacancy.
QUENCHES = [
    (1000.0, 360.0, 0.03),
    (1200.0, 360.0, 0.03),
    (1200.0, 400.0, 0.03),
    (1200.0, 400.0, 5.0),
]


class Batch(eqx.Module):
    """Gold with its sinks, and the share of the vacancies that a quench keeps."""

    vacancies: djx.kinetics.VacancyRelaxation
    kept: Float[Array, ""]


def gold(formation: float, migration: float, kept: float = 1.0) -> Batch:
    law = djx.diffusivity.VacancyMechanism(
        djx.lattice.fcc(4.08e-10), formation, migration, 2e13, formation_entropy=0.7
    )
    return Batch(djx.kinetics.VacancyRelaxation(law, sinks=1e11), jnp.asarray(kept))


def vacancies(model: Batch) -> djx.kinetics.VacancyRelaxation:
    return model.vacancies


def kept(model: Batch) -> Float[Array, ""]:
    return model.kept


def counted(spread: float, name: str, random: np.random.Generator) -> inv.Profile:
    """Counts of a film on the surface whose tracer has spread by `spread` (m²)."""
    x = np.linspace(0.0, 4.5 * np.sqrt(spread), 25)
    counts = random.poisson(300 * np.exp(-(x**2) / (4 * spread)))
    return inv.Profile(x, counts.astype(float), noise=inv.Poisson(), name=name)


def hot_films(truth: Batch, random: np.random.Generator) -> list[inv.ThinFilm]:
    out = []
    for hot, time in EQUILIBRIUM:
        spread = float(truth.vacancies.over(0.0, hot)) * time
        profile = counted(spread, f"{hot:.0f} K", random)
        out.append(inv.ThinFilm(profile, djx.Anneal(time, hot), law=vacancies))
    return out


def cold_films(truth: Batch, random: np.random.Generator) -> list[inv.QuenchedFilm]:
    out = []
    for number, (before, cold, share) in enumerate(QUENCHES):
        anneal = djx.Anneal(share / float(truth.vacancies.rate(cold)), cold)
        start = truth.vacancies.quenched(before, truth.kept)
        spread = float(truth.vacancies.after(anneal, start).spread)
        profile = counted(spread, f"quenched {number}", random)
        out.append(inv.QuenchedFilm(profile, anneal, before, kept, law=vacancies))
    return out


def free(loss: float) -> list[inv.Free]:
    """The energies, two rates, and what a quench keeps, known to a factor `loss`."""
    return [
        inv.Free("vacancies.law.formation_energy", scale=0.3, unit="eV", name="E_v"),
        inv.Free("vacancies.law.migration_energy", scale=0.3, unit="eV", name="E_m"),
        inv.Free("vacancies.law.attempt_frequency", inv.Log(), 2.0, name="nu"),
        inv.Free("vacancies.sinks", inv.Log(), 2.0, unit="1/m²", name="sinks"),
        inv.Free("kept", inv.Log(), 0.3, inv.LogNormal(1.0, loss), name="kept"),
    ]


def draw_spreads(panel: Any, truth: Batch, films: list[inv.QuenchedFilm]) -> None:
    hot = np.linspace(340.0, 1400.0, 200)
    panel.semilogy(1e3 / hot, truth.vacancies.over(0.0, hot), "k", lw=1)
    panel.text(1.7, 1e-26, "in equilibrium", rotation=-47)
    for temperature, _ in EQUILIBRIUM:
        d = truth.vacancies.over(0.0, temperature)
        panel.semilogy(1e3 / temperature, d, "ko")
    seen = set()
    for film, (before, cold, share) in zip(films, QUENCHES):
        mean = film.spread(truth) / film.anneal.duration
        mark = {1000.0: "C0", 1200.0: "C3"}[before] + ("s" if share < 1 else "v")
        when = f"{share:g} lifetimes of a vacancy"
        label = None if mark in seen else f"quenched from {before:.0f} K, {when}"
        panel.semilogy(1e3 / cold, mean, mark, label=label)
        seen.add(mark)
    panel.set(xlabel="1000 K / temperature", ylabel="mean tracer diffusivity, m²/s")
    panel.set(title="a quench brings vacancies where it is cold")
    panel.legend(loc="lower left", fontsize="small")


def draw_region(panel: Any, fit: inv.Fit, colour: str, label: str) -> None:
    """An ellipse that holds both energies with 95 %."""
    centre = np.array([fit["E_v"].value, fit["E_m"].value])
    root = np.linalg.cholesky(fit.covariance[:2, :2]) * np.sqrt(5.991)
    angle = np.linspace(0, 2 * np.pi, 200)
    ring = centre[:, None] + root @ np.stack([np.cos(angle), np.sin(angle)])
    panel.fill(*ring, color=colour, alpha=0.35, lw=0)
    panel.plot(*ring, color=colour, lw=1.5, label=label)


def main(path: str = "two_energies.png") -> None:
    random = np.random.default_rng(18)
    truth = gold(FORMATION, MIGRATION)
    lossy = gold(FORMATION, MIGRATION, kept=0.7)
    start = gold(1.1, 0.7)
    hot = hot_films(truth, random)
    alone = inv.fit(start, hot, free(1.4)[:3])
    print(alone.table, end="\n\n")
    total, error = alone.predict(
        lambda m: m.vacancies.law.formation_energy + m.vacancies.law.migration_energy
    )

    # A factor of 1.001 is as good as a quench that is known to keep all.
    quenched, losing = cold_films(truth, random), cold_films(lossy, random)
    trusted = inv.fit(start, [*hot, *quenched], free(1.001))
    fooled = inv.fit(start, [*hot, *losing], free(1.001))
    told = inv.fit(start, [*hot, *losing], free(1.4))
    for word, fit in [("all kept", trusted), ("not told", fooled), ("told", told)]:
        rows = fit.table.splitlines()
        print(f"{word}: chi2/dof {fit.chi2 / fit.dof:.2f}", *rows[:6], sep="\n")

    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11.0, 4.8), layout="constrained"
    )
    draw_spreads(left, truth, quenched)
    across = np.linspace(0.86, 1.02, 2)
    right.fill_between(
        across, total - across - 2 * error, total - across + 2 * error,
        color="0.8", label=f"equilibrium alone: the sum {total:.3f} ± {error:.3f} eV",
    )  # fmt: skip
    draw_region(right, told, "C2", "30 % lost, with a parameter for that")
    draw_region(right, fooled, "C3", "30 % lost and not told")
    draw_region(right, trusted, "C0", "with quenches that keep all")
    right.plot(FORMATION, MIGRATION, "k+", ms=14, mew=2, label="put in")
    right.set(xlabel="formation energy, eV", ylabel="migration energy, eV")
    right.set(xlim=(0.86, 1.02), ylim=(0.77, 0.9), title="what is known of them")
    right.legend(loc="upper right", fontsize="small")
    figure.savefig(path, dpi=130)

    off = lambda fit, name, put: abs(fit[name].value - put) / fit[name].stderr
    assert np.isinf(alone["E_v"].stderr) and np.isinf(alone["E_m"].stderr)
    for fit in (trusted, told):
        assert off(fit, "E_v", FORMATION) < 3 and off(fit, "E_m", MIGRATION) < 3
    assert off(fooled, "E_m", MIGRATION) > 5 and fooled.chi2 < 1.25 * fooled.dof


if __name__ == "__main__":
    main(*sys.argv[1:])
