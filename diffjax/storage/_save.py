"""A solution as files: numbers for a spreadsheet, a summary for a program."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import equinox as eqx
import numpy as np

from .._solution import Solution
from ._versions import versions


SCHEMA = 1


def strict(x: Any) -> Any:
    """Anything as lists, numbers and words that strict JSON can hold.

    **Arguments:**

    - `x`: arrays, Equinox modules, dictionaries, numbers of any unit.

    **Returns:**

    The same; numbers that are not finite become `None`.
    """
    if isinstance(x, dict):
        return {str(k): strict(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return [strict(v) for v in x]
    if isinstance(x, str | bool | int) or x is None:
        return x
    if isinstance(x, eqx.Module):
        return {k: strict(v) for k, v in vars(x).items()}
    array = np.asarray(x)
    if array.dtype == object:
        return str(x)
    if array.ndim:
        return [strict(v) for v in array]
    value = array.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_json(path: Path, data: Any) -> None:
    """Writes strict JSON.

    **Arguments:**

    - `path`: the file.
    - `data`: anything that `strict` understands; units as they are.
    """
    text = json.dumps(strict(data), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def save_solution(solution: Solution, folder: str | Path, title: str = "") -> None:
    """Writes `solution.csv` and `solution.json` into a folder that exists.

    **Arguments:**

    - `solution`: of [`diffjax.solve`][].
    - `folder`: [`diffjax.storage.whole_folder`][] gives one that is never half-written.
    - `title`: for people.

    The table has a row per cell of the body: its centre (m; a column per axis), then
    the composition at each time (s).
    The summary has the times, the balance, the statistics and the versions.
    """
    folder = Path(folder)
    ts, ys, d = (
        np.asarray(solution.ts),
        np.asarray(solution.ys),
        solution.grid.dimension,
    )
    solid = getattr(solution.grid, "solid", None)
    body = np.ones(ys[0].size, bool) if solid is None else np.asarray(solid).ravel()
    with open(folder / "solution.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        axes = ["position_m"] if d == 1 else [f"{n}_m" for n in ("x", "y", "z")[:d]]
        writer.writerow([*axes, *(f"value_at_{t:.9g}_s" for t in ts)])
        places = np.asarray(solution.grid.centres).reshape(-1, d)[body]
        for place, row in zip(places, ys.reshape(len(ts), -1)[:, body].T):
            writer.writerow([repr(float(number)) for number in (*place, *row)])
    summary = {
        "schema": SCHEMA,
        "title": title,
        "times_s": ts,
        "cells": solution.grid.shape,
        "geometry": solution.grid.geometry,
        "balance": solution.balance,
        "stats": solution.stats,
        "versions": versions(),
    }
    write_json(folder / "solution.json", summary)
