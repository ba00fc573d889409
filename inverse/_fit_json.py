"""A fit as `fit.json`, and a fit from it."""

import json
import os
from pathlib import Path
from typing import Any

import diffjax as djx

from ._estimates import Fit
from ._kept import plain, revived
from ._tensor_found import tensor_found


def title_of(fit: Fit) -> str:
    """What a fit is called where nobody says."""
    return f"Fit of {', '.join(e.data.name for e in fit.experiments)}"


def fit_words(fit: Fit, title: str) -> dict[str, Any]:
    """What `fit.json` holds: `fit.to_dict()`, what people asked next, and under `fit`
    everything that `Fit.load` needs.

    **Arguments:**

    - `fit`: the result, SI units.
    - `title`: for people.
    """
    return {
        **fit.to_dict(),
        "title": title,
        "result": fit.result,
        "iterations": fit.iterations,
        "verdicts": list(fit.verdicts),
        "laplace_warnings": list(fit.laplace_check.warnings),
        "intervals_95": {p.name: [p.lower, p.upper] for p in fit.parameters},
        "diagnostics": [
            {"name": d.name, "runs_z": d.runs_z, "lag1": d.lag1, "warning": d.warning}
            for d in fit.diagnostics
        ],
        "knots_aicc": None if fit.knots_table is None else list(fit.knots_table),
        "tensor": _tensor(fit),
        "fit": plain(fit),
    }


def _tensor(fit: Fit) -> dict[str, Any] | None:
    """The tensor of oriented traverses, in m²/s; `None` of other fits."""
    found = tensor_found(fit)
    if found is None:
        return None
    return {
        "temperature_K": found.temperature,
        "D_m2_s": found.matrix,
        "stderr": found.errors,
        "principal_m2_s": found.principal[0],
        "principal_intervals_95": found.principal[1:].T,
        "axes": found.axes,
    }


def fit_text(fit: Fit, title: str) -> str:
    """`fit.json` as strict JSON: all that people read line by line, `fit` on one line.

    **Arguments:**

    - `fit`: the result, SI units.
    - `title`: for people.
    """
    words = djx.storage.strict(fit_words(fit, title))
    kept = json.dumps(words.pop("fit"), ensure_ascii=False, allow_nan=False)
    text = json.dumps(words, indent=2, ensure_ascii=False, allow_nan=False)
    return text.removesuffix("\n}") + ',\n  "fit": ' + kept + "\n}\n"


def save_fit(fit: Fit, path: str | os.PathLike, title: str = "") -> None:
    """Writes `fit.json` alone; see `Fit.save`."""
    path = Path(path)
    with djx.storage.whole_folder(path.absolute().parent) as folder:
        text = fit_text(fit, title or title_of(fit))
        (folder / path.name).write_text(text, encoding="utf-8")


def load_fit(path: str | os.PathLike, like: Any = None) -> Fit:
    """Reads `fit.json`; see `Fit.load`."""
    path = Path(path)
    path = path / "fit.json" if path.is_dir() else path
    try:
        words = json.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise djx.storage.CaseError(f"{path}: cannot be read ({e.strerror}).") from None
    except ValueError as e:
        raise djx.storage.CaseError(f"{path}: not JSON ({e}).") from None
    kept = words.get("fit") if isinstance(words, dict) else None
    if not isinstance(kept, dict) or not {"arrays", "tree"} <= set(kept):
        raise djx.storage.CaseError(
            f"{path}: holds no fit that can be loaded; `fit.save` and `fit.report` "
            "write one."
        )
    try:
        fit = revived(kept, like)
    except (ValueError, KeyError, TypeError) as e:
        raise djx.storage.CaseError(f"{path}: {e}") from None
    if not isinstance(fit, Fit):
        raise djx.storage.CaseError(f"{path}: holds something else than a fit.")
    return fit
