"""A case that works, and how to break it."""

GOOD = """\
title = "a slab"

[law]
kind = "arrhenius"
prefactor = "1e-5 m^2/s"
activation = "2.0 eV"

[grid]
upper = "100 um"
cells = 20

[walls]
lower = { kind = "fixed-value", value = "100 at%" }

[anneal]
temperature = "1000 degC"
time = "1 h"

[initial]
kind = "uniform"
value = 0.0
"""


def write(folder, text=GOOD, *changes):
    """A file `case.toml` with parts of the text replaced; each must be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    return path
