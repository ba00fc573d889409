"""Hot, atoms cross the grains; cold, they run along boundaries and dislocations.

A metal with the energies of silver, in grains of three sizes, and as a single crystal
with dislocations. In an Arrhenius plot each line bends from the slope of the lattice to
that of its fast path. It is half way between them where the path carries as much:

    (1 - g) D_l = g D_path.

Lines are drawn in full where a year is long enough for every atom to visit many paths
(Harrison's regime A): only there does one effective diffusivity describe a profile.
"""

import sys

import jax
import jax.numpy as jnp
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import diffjax as djx  # noqa: E402


LATTICE = djx.diffusivity.Arrhenius(prefactor=4.3e-6, activation=1.76)
BOUNDARY = djx.diffusivity.Arrhenius(prefactor=1e-5, activation=0.90)
PIPE = djx.diffusivity.Arrhenius(prefactor=1e-5, activation=1.15)
YEAR = 31557600.0
TEMPERATURES = np.linspace(400.0, 1230.0, 400)
SIZES = (3e-6, 30e-6, 300e-6)  # m
DENSITY = 1e13  # 1/m²
COLOURS = ("#d9662b", "#e0a030", "#5a9a5a", "#7a5fa8")


def bodies() -> dict[str, tuple[djx.diffusivity.ShortCircuits, float]]:
    """What is drawn: a law, and the distance in m that an atom must cross for A."""
    made = {}
    for size in SIZES:
        path = djx.diffusivity.GrainBoundaries(BOUNDARY, grain_size=size)
        law = djx.diffusivity.ShortCircuits(LATTICE, path)
        made[f"grains of {1e6 * size:g} µm"] = law, size
    lines = djx.diffusivity.Dislocations(PIPE, density=DENSITY)
    law = djx.diffusivity.ShortCircuits(LATTICE, lines)
    made["dislocations, 10¹³ m⁻²"] = law, DENSITY**-0.5
    return made


def slope(law: djx.diffusivity.AbstractDiffusivity, temperature: float) -> float:
    """The apparent activation energy, in eV: minus the slope of the plot."""
    log_d = lambda beta: jnp.log(law.over(0.0, 1 / (djx.BOLTZMANN_EV * beta)))
    return -float(jax.grad(log_d)(1 / (djx.BOLTZMANN_EV * temperature)))


def crossover(law: djx.diffusivity.ShortCircuits) -> float:
    """Temperature in K at which the path carries as much as the lattice."""
    path = law.paths[0]
    lattice, fast = (x.over(0.0, TEMPERATURES) for x in (law.lattice, path.law))
    share = np.log((1 - path.fraction) * lattice / (path.fraction * fast))
    return float(1 / np.interp(0.0, share, 1 / TEMPERATURES))


def draw(made, crossings: dict[str, float], path: str) -> None:
    """The Arrhenius plot, with a dot at each crossover."""
    across = 1e3 / TEMPERATURES
    with djx.plots.styled(figure_figsize=(7.2, 5.2)) as Figure:
        figure = Figure()
        axes = figure.subplots()
        plain = np.asarray(LATTICE.over(0.0, TEMPERATURES))
        axes.semilogy(across, plain, "--", color="0.25", lw=1.2, label="lattice alone")
        for colour, (name, (law, distance)) in zip(COLOURS, made.items()):
            value = np.asarray(law.over(0.0, TEMPERATURES))
            regimes = [
                djx.diffusivity.harrison_regime(d, YEAR, distance) for d in plain
            ]
            mixed = np.array(regimes) == "A"
            axes.semilogy(across, value, ":", color=colour, lw=1.2)
            axes.semilogy(
                across, np.where(mixed, value, np.nan), color=colour, lw=2, label=name
            )
            if name in crossings:
                there = crossings[name]
                axes.semilogy(
                    1e3 / there, float(law.over(0.0, there)), "o", color=colour, ms=6
                )
        axes.set(xlabel="1000 K / T", ylabel="effective diffusivity (m²/s)")
        axes.set(xlim=(across[-1], across[0]), ylim=(1e-24, 1e-12))
        axes.legend(loc="upper right")
        top = axes.secondary_xaxis(
            "top", functions=(lambda x: 1e3 / x - 273.15, lambda t: 1e3 / (t + 273.15))
        )
        top.set_ticks([900, 700, 500, 400, 300, 200, 150])
        top.set_xlabel("temperature (°C)")
        axes.annotate(
            "dots: half through the lattice, half along the path\n"
            "dotted: a year is too short for regime A",
            (0.03, 0.04), xycoords="axes fraction", fontsize=8, color="0.3",
        )  # fmt: skip
        figure.savefig(path, dpi=160)


def main(path: str = "short_circuits.png") -> None:
    made = bodies()
    crossings, worst = {}, 0.0
    for name, (law, _) in made.items():
        cold, hot = slope(law, TEMPERATURES[0]), slope(law, TEMPERATURES[-1])
        print(f"{name}: {cold:.2f} eV when cold, {hot:.2f} eV when hot", end="")
        there = crossover(law)
        if there < TEMPERATURES[-1]:
            crossings[name] = there
            fast = BOUNDARY if name.startswith("grains") else PIPE
            mean = 0.5 * float(LATTICE.activation + fast.activation)
            worst = max(worst, abs(slope(law, there) - mean))
            print(f", half and half at {there - 273.15:.0f} °C", end="")
        print()
    draw(made, crossings, path)
    assert len(crossings) == 3
    assert worst < 1e-3
    print(f"{path}: at the crossovers the slope is the mean within {worst:.0e} eV")


if __name__ == "__main__":
    main(*sys.argv[1:])
