"""Makes the picture of the README: a scan, its fit, and D(c) with its 95 % band.

Run it as `python examples/00_readme_picture.py docs/images/readme.png`; with no path
the picture lands in the folder where it is run. The scan is that of the built-in case.
"""

import importlib.resources
import sys
import tomllib

import jax
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402
import inverse as inv  # noqa: E402


BLUE, ORANGE, GREY = "#2f5d9b", "#d9662b", "#8a8f98"


def read() -> tuple[inv.Profile, tuple[list[float], list[float]]]:
    """The built-in scan, and the D(c) that it was made with."""
    cases = importlib.resources.files("inverse") / "cases"
    with importlib.resources.as_file(cases) as folder:
        case = tomllib.loads((folder / "couple.toml").read_text(encoding="utf-8"))
        scan = inv.read_profile(
            folder / "couple.csv",
            position=inv.Column("distance", "um"),
            value=inv.Column("Zr", "at%"),
            sigma=inv.Column("Zr_err", "at%"),
        )
    truth = case["compare"]
    diffusivities = [float(word.split()[0]) for word in truth["diffusivity"]]  # m²/s
    return scan, (truth["composition"], diffusivities)


def main(path: str = "readme.png") -> None:
    scan, (known, diffusivities) = read()
    anneal = djx.Anneal(duration=100 * 3600.0, temperature=1273.15)
    fit = inv.fit_log_spline([inv.Couple(scan, anneal)])
    print(fit.table)

    plt.rcParams.update({"font.size": 10, "axes.spines.top": False})
    plt.rcParams.update({"axes.spines.right": False, "legend.frameon": False})
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.6, 3.9), layout="constrained", width_ratios=(1.15, 1)
    )

    x = np.asarray(scan.position)
    fine = np.linspace(x[0], x[-1], 400)
    middle, low, high = fit.band(0, fine)
    plane = fit.matano_plane[0]
    left.axvline(1e3 * plane, color=GREY, lw=0.8, ls="--")
    left.annotate(
        "Matano plane",
        (1e3 * plane, 0.9),
        xytext=(-6, 0),
        textcoords="offset points",
        ha="right",
        color=GREY,
    )
    left.plot(1e3 * x, scan.value, "o", ms=4, mfc="white", mec=BLUE, label="scan")
    left.fill_between(1e3 * fine, low, high, color=ORANGE, alpha=0.3, lw=0)
    left.plot(1e3 * fine, middle, color=ORANGE, lw=1.6, label="fit")
    left.set(xlabel="position (mm)", ylabel="mole fraction of Zr")
    left.legend(loc="center left")

    c = np.linspace(0.005, 0.995, 200)
    d, lower, upper = fit.diffusivity(c)
    right.fill_between(c, lower, upper, color=ORANGE, alpha=0.3, lw=0, label="95 %")
    right.plot(c, d, color=ORANGE, lw=1.6, label="fit")
    right.plot(known, diffusivities, "k.", ms=5, label="truth")
    right.set(yscale="log", xlabel="mole fraction of Zr", ylabel="$D$ (m²/s)")
    right.legend(loc="lower left")
    figure.savefig(path, dpi=160)
    plt.close(figure)

    inside = (np.asarray(known) > 0.05) & (np.asarray(known) < 0.95)
    found, _, _ = fit.diffusivity(np.asarray(known)[inside])
    error = np.max(np.abs(np.log(found / np.asarray(diffusivities)[inside])))
    assert fit.converged and error < 0.1
    print(f"{path}: D(c) within {100 * error:.1f} % of the truth")


if __name__ == "__main__":
    main(*sys.argv[1:])
