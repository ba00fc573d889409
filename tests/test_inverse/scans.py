"""Made-up scans as CSV files, and cases for them."""

import numpy as np
from scipy.special import erf, erfc


D, TIME = 1e-14, 3.6e5  # m²/s, s: a length of 60 µm

COUPLE = """\
title = "a made-up couple"

[[experiment]]
kind = "couple"
file = "scan.csv"
position = { column = "dis", unit = "um" }
value = { column = "X", unit = "mole fraction" }
sigma = 0.002
temperature = "1000 degC"
time = "100 h"

[law]
kind = "constant"
"""


def write_scan(folder, kind="couple", name="scan.csv", noise=0.002, points=41):
    """A scan from the closed form with Gaussian noise, and its true origin in m."""
    random = np.random.default_rng(7)
    length = 2 * np.sqrt(D * TIME)
    x = np.linspace(0.0, 600e-6, points)
    if kind == "couple":
        origin = 310e-6
        value = 0.5 * (1 + erf((x - origin) / length))
    elif kind == "half-space":
        origin, value = 0.0, 0.8 * erfc(x / length)
    else:
        origin = 0.0
        value = 0.5 * np.exp(-((x / length) ** 2))
    value = value + noise * random.standard_normal(points)
    lines = [f"{1e6 * p!r},{v!r}" for p, v in zip(x.tolist(), value.tolist())]
    text = "\n".join(["dis,X", *lines]) + "\n"
    (folder / name).write_text(text, encoding="utf-8")
    return origin


def write_case(folder, text=COUPLE, *changes):
    """A case with parts of the text replaced; each must be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    return path
