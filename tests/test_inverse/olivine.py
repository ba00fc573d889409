"""Measured traverses of a block of olivine, from beside the project."""

import csv

import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import ROOT


FILE = ROOT.parent / "shared" / "data" / "olivine-h" / "Ferriss_Supplement_astable.csv"
EDGES = np.array([2200e-6, 1979e-6, 2861e-6])


def block_of_san_carlos(peak="total H", sigma=0.06):
    """All traverses of SC1-2, over the start's values; skips without the file."""
    if not FILE.exists():
        pytest.skip("../shared/data is not here")
    found: dict[tuple[str, str, str], dict[float, float]] = {}
    with open(FILE, newline="", encoding="utf-8") as file:
        for row in list(csv.reader(file))[1:]:
            if row[:2] == ["SC1-2", peak]:
                traverse = found.setdefault((row[3], row[4], row[5]), {})
                traverse[1e-6 * float(row[6])] = float(row[8])
    out = []
    for (hours, along, through), points in found.items():
        # 17 h is how long the block had been hydrated: the start.
        time = 1.0 if hours == "17" else 3600 * float(hours)
        x = np.array(sorted(points))
        name = f"{along}, {time / 3600:.0f} h"
        profile = inv.Profile(x, np.array([points[p] for p in x]), sigma, name)
        anneal = djx.Anneal(time, 1073.15)
        axes = "abc".index(along), "abc".index(through)
        out.append(
            inv.Block(profile, anneal, EDGES, *axes, _initial, _surface, law=_law)
        )
    return out


def _initial(model):
    return model.initial


def _surface(model):
    return model.surface


def _law(model):
    return model.law
