"""A fit in words and numbers: its table as text, its dictionary for JSON."""

import importlib.metadata
import math
from typing import Any

import numpy as np
from jaxtyping import ArrayLike

from ._estimates import Fit
from ._many import in_rows, Together


def fit_table(fit: Fit) -> str:
    """The estimates, and what is to be said of them, as text.

    **Arguments:**

    - `fit`: the result, SI units.
    """
    rows = [("parameter", "value", "± stderr", "unit", "verdict")]
    for one in in_rows(fit.parameters):
        if isinstance(one, Together):
            rows.append((one.title, "", "", "", one.verdict))
            continue
        size, error = f"{one.value:.6g}", f"{one.stderr:.2g}"
        rows.append((one.name, size, error, one.unit, one.verdict))
    widths = [max(len(row[k]) for row in rows) for k in range(4)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [row[k].rjust(widths[k]) for k in (1, 2)]
        lines.append("  ".join([*cells, row[3].ljust(widths[3]), row[4]]).rstrip())
    sigma = fit.sigma if isinstance(fit.sigma, tuple) else (fit.sigma,)
    known = (
        fit.origin_of_sigma
        if fit.sigma is None
        else ", ".join(f"{s:.3g}" for s in sigma)
    )
    lines.append(
        f"chi2 {fit.chi2:.4g}, dof {fit.dof}, sigma {known}, "
        f"AICc {fit.aicc:.4g}, residual rms {fit.residual_rms:.3g}, "
        f"{fit.iterations} iterations"
    )
    if fit.starts is not None:
        lines.append(str(fit.starts))
    warnings = [one.warning for one in fit.diagnostics if one.warning]
    lines += [f"- {sentence}" for sentence in (*fit.verdicts, *warnings)]
    if not fit.converged:
        lines.append(f"NOT CONVERGED: {fit.result}")
    return "\n".join(lines)


def fit_dict(fit: Fit, compositions: ArrayLike | None = None) -> dict[str, Any]:
    """What `fit.json` holds; arguments as in `Fit.to_dict`."""
    planes = [fit.matano_from_ends(i) for i in range(len(fit.experiments))]
    origins = list(fit.matano_plane)
    sigma = list(fit.sigma) if isinstance(fit.sigma, tuple) else fit.sigma
    return _plain(
        {
            "schema": 1,
            "parameters": [
                {
                    "name": one.name,
                    "value": one.value,
                    "stderr": one.stderr,
                    "unit": one.unit,
                    "verdict": one.verdict,
                }
                for one in fit.parameters
            ],
            "chi2": fit.chi2,
            "dof": fit.dof,
            "sigma": sigma,
            "aicc": fit.aicc,
            "diffusivity": _curve(fit, compositions),
            "matano_plane_m": planes[0] if len(planes) == 1 else planes,
            "x0_m": origins[0] if len(origins) == 1 else origins,
            "residual_rms": fit.residual_rms,
            "converged": fit.converged,
            "versions": {
                name: importlib.metadata.version(name)
                for name in ("diffjax", "jax", "equinox", "diffrax", "optimistix")
            },
        }
    )


def _curve(fit: Fit, compositions: ArrayLike | None) -> dict[str, Any] | None:
    """D(c) of the first profile; `None` without one."""
    if not fit.traverses:
        return None
    if compositions is None:
        compositions = np.linspace(*fit.composition_range, 101)
    c = np.atleast_1d(np.asarray(compositions, dtype=float))
    d, lower, upper = fit.diffusivity(c, experiment=fit.traverses[0])
    return {
        "composition": c.tolist(),
        "D_m2_s": d.tolist(),
        "lower": lower.tolist(),
        "upper": upper.tolist(),
    }


def _plain(x: Any) -> Any:
    """Without infinities and NaN, which JSON cannot hold."""
    if isinstance(x, dict):
        return {key: _plain(value) for key, value in x.items()}
    if isinstance(x, list):
        return [_plain(value) for value in x]
    if isinstance(x, float) and not math.isfinite(x):
        return None
    return x
