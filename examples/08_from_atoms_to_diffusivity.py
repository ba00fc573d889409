"""From the energies of one hop to a diffusivity, beside what was measured.

Five metals by vacancies and carbon in iron by holes. Energies are as the literature has
them from other experiments than diffusion (quenching, positrons, recovery after
irradiation). So are attempt frequencies and the entropy of a vacancy. One number for
each is not known from elsewhere, the entropy of the saddle; it is chosen here, so that
the line lies in the middle of what was measured. Diffusion sees the two entropies only
as a sum. What is tested is then the slope, and that this number is small.

Iron needs one thing more. Its magnetism makes every hop harder: energies are those of
the paramagnet, times 1 + 0.156 s² with the magnetisation s. The 0.156 was measured by
diffusion itself, so for iron the bend in the plot is put in.

Tungsten's plot is bent for another reason, and not by our law: near its melting point
something faster than single vacancies carries atoms too. A straight line through it
stays within a factor of two.
"""

import sys
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import diffjax as djx  # noqa: E402


GAS = 8.314462618  # J/(mol K)
MAGNETIC, CURIE = 0.156, 1043.0  # Iijima, Kimura & Hirano 1988; K


class Case(NamedTuple):
    """One element: what goes in, and what was measured."""

    name: str
    law: djx.diffusivity.AbstractDiffusivity
    measured: djx.diffusivity.AbstractDiffusivity
    source: str
    span: tuple[float, float]  # K
    saddle_entropy: float  # k; the number that is chosen here
    colour: str


class Ferromagnet(djx.diffusivity.AbstractDiffusivity):
    """A law whose energies are harder to pay while the spins are in order."""

    law: djx.diffusivity.AbstractDiffusivity
    energies: tuple[str, ...] = eqx.field(static=True)

    def at(self, point):
        boost = 1 + MAGNETIC * magnetisation(point.temperature) ** 2
        names = lambda law: [getattr(law, name) for name in self.energies]
        return eqx.tree_at(names, self.law, replace_fn=lambda e: boost * e).at(point)


class Sum(djx.diffusivity.AbstractDiffusivity):
    """Two laws that act side by side."""

    first: djx.diffusivity.AbstractDiffusivity
    second: djx.diffusivity.AbstractDiffusivity

    def at(self, point):
        return self.first.at(point) + self.second.at(point)


def magnetisation(temperature):
    """Of iron, over that at 0 K: a superellipse of power 3 (arXiv:2512.24771)."""
    cold = jnp.minimum(temperature / CURIE, 1.0)
    return jnp.cbrt(1 - cold**3)


def by_vacancies(crystal, formation, migration, frequency, vacancy_entropy, saddle):
    """A tracer's law; the entropy of the saddle goes into the attempt frequency."""
    return djx.diffusivity.VacancyMechanism(
        crystal,
        formation_energy=formation,
        migration_energy=migration,
        attempt_frequency=frequency * np.exp(saddle),
        formation_entropy=vacancy_entropy,
    )


def measured(prefactor: float, molar: float) -> djx.diffusivity.Arrhenius:
    """An Arrhenius law from its activation energy in J/mol."""
    return djx.diffusivity.Arrhenius(
        prefactor, djx.BOLTZMANN_EV * molar / GAS
    )  # k/R turns J/mol into eV


def cases() -> list[Case]:
    """What is compared, with each source.

    Unless said otherwise E_v, E_m, frequencies and entropies are compilation values
    (Wollenberger; Ehrhart, Landolt-Börnstein III/25), taken as commonly quoted and not
    looked up there again; so are the measured laws of Al, Ni and W and the prefactor of
    iron. Read in abstracts: copper's law, E_v of Al, iron's 250.6 kJ/mol and 0.156,
    carbon's law. Lattice constants are those at room temperature.
    """
    fcc, bcc, made = djx.lattice.fcc, djx.lattice.bcc, []
    add = lambda *fields: made.append(Case(*fields))
    add(
        "Al",
        # E_v: positrons, Fluss et al. 1978; entropy at the top of 0.7 to 1.1 k.
        by_vacancies(fcc(4.050e-10), 0.66, 0.61, 8.5e12, 1.1, 1.2),
        measured(1.37e-5, 124e3),
        "Messer et al. 1974",
        (673.0, 883.0),
        1.2,
        "#5a9a5a",
    )
    add(
        "Cu",
        # E_v: positrons and dilatometry; entropy out of 1.6 to 3.0 k.
        by_vacancies(fcc(3.615e-10), 1.27, 0.71, 6.5e12, 2.4, 0.4),
        measured(6.8e-5, 209.4e3),
        "Krautheim et al. 1979",
        (1078.0, 1348.0),
        0.4,
        "#d9662b",
    )
    add(
        "Ni",
        by_vacancies(fcc(3.524e-10), 1.79, 1.04, 8.5e12, 3.0, 1.1),
        measured(1.33e-4, 281e3),
        "Maier et al. 1976",
        (815.0, 1193.0),
        1.1,
        "#e0a030",
    )
    energies = ("formation_energy", "migration_energy")
    add(
        "α-Fe",
        # E_v at the top of 1.6 to 2.0 eV; 10 THz from a Debye temperature of 470 K.
        Ferromagnet(by_vacancies(bcc(2.866e-10), 2.0, 0.55, 1e13, 3.0, 2.5), energies),
        Ferromagnet(measured(2.76e-4, 250.6e3), ("activation",)),
        "Iijima et al. 1988",
        (766.0, 1148.0),
        2.5,
        "#7a5fa8",
    )
    add(
        "W",
        # E_v at the top of 3.67 to 4.0 eV.
        by_vacancies(bcc(3.165e-10), 4.0, 1.8, 7e12, 3.0, 1.9),
        Sum(measured(4.0e-6, 525.8e3), measured(4.6e-3, 665.7e3)),
        "Mundy et al. 1978",
        (1705.0, 3409.0),
        1.9,
        "#4477aa",
    )
    holes = djx.lattice.neighbour_jumps(djx.lattice.bcc_octahedral(2.866e-10))
    add(
        "C in α-Fe",
        djx.diffusivity.Interstitial(
            holes, djx.lattice.Landscape(0.0, 0.82, 1e13, saddle_entropies=0.75)
        ),
        measured(2.0e-6, 20100 * 4.184),  # over the range of his own points
        "Wert 1950",
        (238.0, 473.0),
        0.75,
        "#333333",
    )
    return made


# 14C in single crystals of α-Fe: Budke & Herzig, phys. stat. sol. (a) 127 (1991) 87.
CARBON = np.array([
    (1168, 3.78e-10), (1166, 4.30e-10), (1123, 3.13e-10), (1072, 1.85e-10),
    (1071, 1.82e-10), (1021, 8.02e-11), (972, 4.70e-11), (884, 1.44e-11),
    (788, 3.27e-12), (775, 2.98e-12), (716, 7.88e-13), (676, 3.39e-13),
    (648, 1.45e-13), (627, 6.37e-14), (596, 2.72e-14),
])  # K, m²/s  # fmt: skip


def draw_lines(axes, case: Case, ends: tuple[float, float]) -> None:
    """The band of what was measured, and our line between two temperatures."""
    inverse = lambda low, high: 1 / np.linspace(1 / high, 1 / low, 400)
    hot, longer = inverse(*case.span), inverse(*ends)
    was = np.asarray(case.measured.over(0.0, hot))
    axes.fill_between(1e3 / hot, was / 2, 2 * was, color=case.colour, alpha=0.22, lw=0)
    ours = np.asarray(case.law.over(0.0, longer))
    axes.semilogy(1e3 / longer, ours, color=case.colour, lw=1.8)


def draw(made: list[Case], path: str) -> None:
    """Bands are what was measured, times and over two; lines are ours."""
    with djx.plots.styled(figure_figsize=(9.6, 5.0)) as Figure:
        figure = Figure()
        left, right = figure.subplots(1, 2)
        *metals, carbon = made
        for case in metals:
            draw_lines(left, case, case.span)
            middle = 1 / np.mean(1 / np.array(case.span))
            left.annotate(
                case.name,
                (1e3 / middle, float(case.law.over(0.0, middle))),
                xytext=(-24, -12) if case.name == "Ni" else (9, 7),
                textcoords="offset points", color=case.colour,
            )  # fmt: skip
        draw_lines(right, carbon, (carbon.span[0], 1180.0))
        left.set(title="metals, by vacancies", ylabel="diffusivity (m²/s)")
        left.set(ylim=(1e-23, 1e-10))
        right.set(title="carbon in α-iron, by octahedral holes")
        right.semilogy(1e3 / CARBON[:, 0], CARBON[:, 1], "o", color="#d9662b", ms=4)
        right.annotate(
            "Budke & Herzig,\nabove 700 K faster than\nthe cold barrier allows",
            (1e3 / 900, 2e-11), xytext=(28, -6), textcoords="offset points",
            color="#d9662b", fontsize=9,
        )  # fmt: skip
        right.annotate(
            "Wert", (1e3 / 290, 4e-21), xytext=(8, 8), textcoords="offset points",
            color="0.4", fontsize=9,
        )  # fmt: skip
        for axes in (left, right):
            axes.set_xlabel("1000 K / T")
        left.annotate(
            "lines: from the energies of one hop\nbands: measured, × and ÷ 2",
            (0.97, 0.96), xycoords="axes fraction", fontsize=9, color="0.3",
            ha="right", va="top",
        )  # fmt: skip
        figure.savefig(path, dpi=160)


def main(path: str = "from_atoms_to_diffusivity.png") -> None:
    made, worst = cases(), 0.0
    print("                                            ours / measured   without the")
    print("             measured by           range, K    cold    hot    saddle's k")
    for case in made:
        cold, hot = (
            float(case.law.over(0.0, t) / case.measured.over(0.0, t)) for t in case.span
        )
        within = np.linspace(*case.span, 200)
        ratio = np.asarray(case.law.over(0.0, within) / case.measured.over(0.0, within))
        worst = max(worst, float(np.max(np.exp(abs(np.log(ratio))))))
        bare = np.exp(-case.saddle_entropy)
        span = "-".join(f"{t:.0f}" for t in case.span)
        print(
            f"{case.name:10s}   {case.source:22s}{span:>9s}  {cold:7.2f}{hot:7.2f}"
            f"    × {bare:.2f} ({case.saddle_entropy:g} k)"
        )
    carbon = made[-1].law.over(0.0, CARBON[:, 0]) / CARBON[:, 1]
    print(
        f"Carbon above Wert's range, beside Budke & Herzig: {carbon[-1]:.2f} of the "
        f"points at {CARBON[-1, 0]:.0f} K,\n{carbon[0]:.2f} at {CARBON[0, 0]:.0f} K, "
        "where iron is no longer a magnet: the cold barrier alone is too high."
    )
    draw(made, path)
    assert worst <= 2
    print(f"{path}: within a factor of {worst:.2f} of every measured law in its range")


if __name__ == "__main__":
    main(*sys.argv[1:])
