"""Makes the scan that `diffjax fit` fits when no case is given.

Independent of this project: SciPy's collocation solves the similarity equation of a
couple, and an electron microprobe is imitated by counting. Run from the repository's
root: `python benchmarks/built_in_scan.py` writes `inverse/cases/couple.csv`.
"""

from pathlib import Path

import numpy as np
from scipy.integrate import solve_bvp
from scipy.special import erf


HOURS = 100.0
ORIGIN = 2080e-6  # m, on the scan's own scale
COUNTS, BACKGROUND = 40_000.0, 200.0  # of the pure element, and of none
OUT = Path(__file__).parents[1] / "inverse" / "cases" / "couple.csv"


def diffusivity(c):
    """The truth, in m²/s: like bcc Ti-Zr at 1000 degC, and no spline."""
    return 5.0e-13 * np.exp(-0.35 * c - 0.9 * c**2 - 0.4 * c**3)


def couple(position, time):
    """Mole fraction in a couple of the pure elements; position from the joint, in m."""
    unit = np.sqrt(diffusivity(0.0))  # of x / sqrt(t)

    def slope(s, y):
        c, flux = y  # flux is D c', with D relative to D(0)
        gradient = flux / (diffusivity(c) / diffusivity(0.0))
        return np.array([gradient, -0.5 * s * gradient])

    s = np.linspace(-9.0, 9.0, 401)
    bell = np.exp(-(s**2) / 4) / np.sqrt(4 * np.pi)
    guess = np.array([0.5 * (1 + erf(s / 2)), bell])
    ends = lambda low, high: np.array([low[0], high[0] - 1.0])
    solution = solve_bvp(slope, ends, s, guess, tol=1e-10, max_nodes=100_000)
    assert solution.success, solution.message
    return solution.sol(np.clip(position / (unit * np.sqrt(time)), -9, 9))[0]


def main():
    """Writes the scan."""
    random = np.random.default_rng(20240229)
    position = np.arange(0.0, 3501.0, 50.0) * 1e-6
    truth = couple(position - ORIGIN, HOURS * 3600)
    zr = random.poisson(COUNTS * truth + BACKGROUND)
    ti = random.poisson(COUNTS * (1 - truth) + BACKGROUND)
    a, b = zr - BACKGROUND, ti - BACKGROUND
    fraction = a / (a + b)
    error = np.sqrt(b**2 * zr + a**2 * ti) / (a + b) ** 2
    lines = [
        "# Synthetic EPMA scan over a Ti-Zr-like couple, 1000 degC, 100 h.",
        "# Made by benchmarks/built_in_scan.py with SciPy, not by diffjax.",
        "distance,Zr,Zr_err",
    ]
    for row in zip(position * 1e6, 100 * fraction, 100 * error):
        lines.append("{:.0f},{:.4f},{:.4f}".format(*row))
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{OUT.name}: {len(position)} points, joint at {ORIGIN * 1e6:.0f} um")
    for c in np.linspace(0, 1, 11):
        print(f"  D({c:.1f}) = {diffusivity(c):.4e} m^2/s")


if __name__ == "__main__":
    main()
