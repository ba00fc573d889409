"""How long a crystal was hot: magnesium in plagioclase, and what its time hangs on.

Spots of a laser across a crystal of plagioclase from a volcano (from J. Lubbers'
`diffusion_chronometry`, MIT licence). Magnesium diffuses to where its potential is
even, which is not where its concentration is: it depends on anorthite as A X_An, and
anorthite stays where it grew (Costa et al. 2003),

    J = -D (dC/dx - A C / RT dX_An/dx).

The rim is held, the other end closed, and the crystal began with ln C a straight line
in X_An. Left: the spots and two fits. Right: 95 % intervals of the time for several
values of A, and for A found with the time, with chi2 over its degrees of freedom.

The profile tells D t and no more. A time needs D, whose law (Van Orman et al. 2014) is
given with errors, and the temperature; `budget` says that the temperature counts most.
These are the errors that one can compute. By the experiments A is negative (Bindeman et
al. 1998); the profile contradicts that, at least with such a start, and the time
changes sixtyfold with A. What was there at first, and A, decide more than all errors
together: this is a time of a model, not yet of a volcano.

The file holds no positions: spots are taken as 5 µm apart, the end with the least
magnesium as the rim; a time goes with the square of the distance. Without the file
(`../shared/data/plagioclase`), or openpyxl, numbers are made up and said to be so.
"""

import pathlib
import sys
from typing import Any, NamedTuple

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402
import inverse as inv  # noqa: E402


FILE = "shared/data/plagioclase/plag_diffusion_test_data.xlsx"
PATH = pathlib.Path(__file__).resolve().parents[2] / FILE
STEP, SPOTS = 5e-6, 67  # m
GAS, FARADAY, YEAR = 8.31446, 96485.332, 3.156e7  # J/(mol K), C/mol, s
# Of the magma, assumed; and amid the experiments on diffusion, where their law is known
# to 20 %, with 10 kJ/mol for its slope.
HOT, AMID = 1063.0, 1373.0  # K
ACTIVATION, MIDDLE, ANORTHITE = 287.0, 0.5, -7.96  # kJ/mol, X_An, per X_An
LOG_D = -6.06 + ANORTHITE * MIDDLE - 1e3 * ACTIVATION / (GAS * AMID)
EXPERIMENTS = -26.1  # kJ/mol
TRIED = (EXPERIMENTS, -10.0, 0.0, 10.0)

GRID = djx.grid.uniform(0.0, SPOTS * STEP, SPOTS)
X = np.asarray(GRID.centres)


class Magma(eqx.Module):
    """What is to be found of the event: time (s), temperature (K), ln D (m²/s) at
    1373 K and half anorthite, its activation (kJ/mol), and A (kJ/mol)."""

    time: Any
    temperature: Any
    log_d: Any
    activation: Any
    partition: Any
    anorthite: Any


class Scan(NamedTuple):
    """Magnesium with its error (ppm), and X_An."""

    value: np.ndarray
    sigma: np.ndarray
    anorthite: np.ndarray


def magma(scan: Scan, years: float, partition: float) -> Magma:
    # Neighbours count too: anorthite has errors of its own, about 0.01.
    kernel = np.exp(-0.5 * np.arange(-3, 4) ** 2)
    padded = np.pad(scan.anorthite, 3, mode="edge")
    smooth = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    time, hot, log_d, activation, a = map(
        jnp.asarray, (years * YEAR, HOT, LOG_D, ACTIVATION, partition)
    )
    return Magma(time, hot, log_d, activation, a, jnp.asarray(smooth))


def first(model: Magma, local: Any) -> Any:
    """Magnesium at the start (ppm)."""
    return jnp.exp(local["level"] + local["slope"] * (model.anorthite - 0.37))


def profile(model: Magma, local: Any, at: Any) -> Any:
    """Magnesium now (ppm), in the cells that the spots are."""
    hot = model.temperature
    anorthite = lambda x: jnp.interp(x, GRID.centres, model.anorthite)
    arrhenius = -1e3 * model.activation / GAS * (1 / hot - 1 / AMID)

    def diffusivity(c: Any, temperature: Any, x: Any) -> Any:
        return jnp.exp(model.log_d + arrhenius + ANORTHITE * (anorthite(x) - MIDDLE))

    energy = lambda x: -1e3 * model.partition / FARADAY * anorthite(x)  # eV
    flux = djx.fluxes.Drift(djx.diffusivity.Custom(diffusivity), energy)
    rim = djx.grid.FixedValue(local["rim"])
    solution = djx.solve(
        djx.equations.Diffusion(flux, djx.grid.Walls(x=(rim, djx.grid.NoFlux()))),
        GRID,
        first(model, local),
        djx.Anneal(model.time, hot),
        rtol=1e-6,
        atol=1e-6,
        adjoint=diffrax.ForwardMode(),
        throw=False,
    )
    good = solution.result == djx.RESULTS.successful
    return jnp.where(good, solution.at(at), jnp.nan)


TIME = inv.Free("time", inv.Log(), scale=2.3, unit="s")
FREE = [
    TIME,
    inv.Free("temperature", prior=inv.Normal(HOT, 20.0), unit="K"),
    inv.Free("log_d", name="ln D"),
    inv.Free("activation", name="Q", unit="kJ/mol"),
]
PARTITION = inv.Free("partition", scale=20.0, name="A", unit="kJ/mol")
LAW = inv.MultivariateNormal(
    ("ln D", "Q"), np.array([LOG_D, ACTIVATION]), np.diag([0.2**2, 10.0**2])
)


def crystal(scan: Scan) -> inv.Measured:
    data = inv.Profile(X, scan.value, scan.sigma, "Mg")
    start = {
        "rim": inv.Free(init=float(scan.value[0]), scale=10.0, unit="ppm"),
        "level": inv.Free(init=4.2, scale=1.0),
        "slope": inv.Free(init=5.0, scale=3.0),
    }
    return inv.Measured(data, profile, start)


def measured() -> Scan | None:
    """The scan from rim to core, if it is here."""
    if not PATH.exists():
        print(f"../{FILE} is not here: the numbers are made up")
        return None
    try:
        table = djx.storage.CsvTable(PATH)
    except ModuleNotFoundError as error:
        print(f"{error} The numbers are made up")
        return None
    value, sigma, anorthite = (
        table.numbers(djx.storage.Column(name, "arbitrary"), "composition")
        for name in ("Mg", "Mg_se", "An")
    )
    return Scan(value, sigma, 0.01 * anorthite)


def made_up() -> Scan:
    """A crystal that was hot for 240 years, with A = 20 kJ/mol."""
    random = np.random.default_rng(23)
    zones = 0.05 * np.exp(-(((X / STEP - [[21], [46]]) / 3) ** 2)).sum(axis=0)
    anorthite = 0.36 + zones + 0.11 / (1 + np.exp(62 - X / STEP))
    scan = Scan(np.full(SPOTS, 43.0), np.full(SPOTS, 2.0), anorthite)
    local = {"rim": 43.0, "level": 4.0, "slope": 11.0}
    local = {name: jnp.asarray(one) for name, one in local.items()}
    clean = np.asarray(profile(magma(scan, 240.0, 20.0), local, jnp.asarray(X)))
    sigma = 0.036 * clean
    noisy = anorthite + 0.01 * random.normal(size=SPOTS)
    return Scan(clean + sigma * random.normal(size=SPOTS), sigma, noisy)


def fitted(scan: Scan, partition: float | None) -> inv.Fit:
    """With A held, or found if it is `None`."""
    begin = magma(scan, 50.0, 0.0 if partition is None else partition)
    free = [*FREE, PARTITION] if partition is None else FREE
    return inv.fit(begin, crystal(scan), free, priors=LAW)


def draw(scan: Scan, fits: dict[float | None, inv.Fit]) -> Any:
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    left.errorbar(1e6 * X, scan.value, scan.sigma, fmt=".", color="0.4", lw=0.7)
    for partition, colour in ((EXPERIMENTS, "C3"), (None, "C0")):
        fit = fits[partition]
        a = float(fit.model.partition)
        label = f"A = {a:.0f} kJ/mol" + (", found" if partition is None else "")
        middle, low, high = fit.band(0, X)
        left.plot(1e6 * X, middle, color=colour, label=label)
        left.fill_between(1e6 * X, low, high, color=colour, alpha=0.25, lw=0)
        start = first(fit.model, fit.local[0])
        left.plot(1e6 * X, start, ":", color=colour)
    twin = left.twinx()
    twin.plot(1e6 * X, 100 * scan.anorthite, color="0.75", lw=0.8)
    twin.set(ylabel="anorthite (grey), mol%", ylim=(25, 100))
    left.set(xlabel="from the rim, µm", ylabel="Mg, ppm", ylim=(0, 140))
    left.plot([], ":", color="0.4", label="what they began with")
    left.legend(loc="upper left", fontsize=8)
    for row, (partition, fit) in enumerate(fits.items()):
        one, colour = fit["time"], {EXPERIMENTS: "C3", None: "C0"}.get(partition, "0.5")
        ends = np.array([one.lower, one.upper]) / YEAR
        right.plot(ends, [row, row], color=colour, lw=3)
        right.plot(one.value / YEAR, row, "o", color=colour)
        words = f"$\\chi^2$/dof {fit.chi2 / fit.dof:.1f}"
        right.text(one.value / YEAR, row + 0.15, words, ha="center", fontsize=8)
    names = ["found" if a is None else f"{a:g}" for a in fits]
    right.set_yticks(range(len(names)), names)
    right.set(xscale="log", xlabel="time, years", ylabel="A, kJ/mol")
    right.set(xlim=(0.5, 5e3), ylim=(-0.5, len(names) - 0.3))
    return figure


def main(path: str = "how_long_in_the_magma.png") -> None:
    scan = measured() or made_up()
    print("-- no prior of D:")
    alone = inv.Free("log_d", name="ln D", scale=1.0)
    print(inv.identify(magma(scan, 240.0, 20.0), crystal(scan), [TIME, alone]))
    fits: dict[float | None, inv.Fit] = {}
    for partition in (*TRIED, None):
        fits[partition] = fitted(scan, partition)
    found = fits[None]
    print(f"-- with the law and the temperature:\n{found.table}")
    print(found.budget("time"))
    for partition, fit in fits.items():
        one, free = fit["time"], "found" if partition is None else "held"
        low, middle, high = (t / YEAR for t in (one.lower, one.value, one.upper))
        print(
            f"A = {float(fit.model.partition):5.1f} kJ/mol, {free}: {middle:.0f} years "
            f"({low:.0f} to {high:.0f}), chi2/dof {fit.chi2 / fit.dof:.1f}"
        )
    draw(scan, fits).savefig(path, dpi=130)


if __name__ == "__main__":
    main(*sys.argv[1:])
