"""One couple, six parameters: our fit beside lmfit's and SciPy's, in the same run.

Run: `python benchmarks/fit_peers.py [COUPLES]`; lmfit's rows appear where it is
installed. ln D at four knots, the joint and one end are unknown. All fit the same
profiles by the same similarity solution, compiled; lmfit and SciPy's `curve_fit` take
slopes by differences, as their users do, and SciPy is also given our exact Jacobian.

A fit has succeeded if its chi2 is within 0.5 of the best that any of them has found.
Poor starts are wrong by up to a factor 30 in D at each knot, and by three diffusion
lengths at the joint.
"""

import importlib.util
import math
import sys
import time
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.optimize as so
from common import record, show

import diffjax as djx
import inverse as inv


jax.config.update("jax_enable_x64", True)

HOT, TIME, NOISE, POINTS, STARTS = 1273.15, 3.6e5, 0.005, 60, 16
KNOTS = jnp.array([0.0, 0.33, 0.67, 1.0])
X = np.linspace(-1.2e-3, 1.2e-3, POINTS)
LAW = djx.diffusivity.LogSpline(KNOTS, 1e-13)
ANNEAL = djx.Anneal(TIME, HOT)
NAMES = ("a", "b", "c", "d", "origin", "right")


def profile(u: Any) -> Any:
    """Of ln D at the knots, the joint (1e-4 m) and the right end (0.05)."""
    law = eqx.tree_at(lambda law: law.log_values, LAW, u[:4])
    similar = djx.equations.similarity(law, 0.0, 0.05 * u[5], HOT, throw=False)
    return similar.at(jnp.asarray(X) - 1e-4 * u[4], TIME)


PROFILE, SLOPES = jax.jit(profile), jax.jit(jax.jacfwd(profile))


def rows(u: Any, values: np.ndarray) -> np.ndarray:
    """Residuals; large where the solver has failed, as NaN would stop the peers."""
    out = (np.asarray(PROFILE(jnp.asarray(u))) - values) / NOISE
    return np.where(np.isfinite(out), out, 1e3)


def slopes(u: Any, values: np.ndarray) -> np.ndarray:
    del values
    out = np.asarray(SLOPES(jnp.asarray(u))) / NOISE
    return np.where(np.isfinite(out), out, 0.0)


def ours(values: np.ndarray, u: np.ndarray | None) -> float:
    """Chi2 of `inverse.fit`; `None` starts at the data."""
    measured = inv.Profile(X, values, NOISE)
    given: Any = 1e-13 if u is None else np.exp(u[:4])
    law = djx.diffusivity.LogSpline(KNOTS, given)
    free: dict[str, Any] = dict(origin=None, right=None)
    if u is not None:
        free = dict(
            origin=inv.Free(init=1e-4 * u[4], scale=1e-4, unit="m"),
            right=inv.Free(init=0.05 * u[5], scale=0.05),
        )
    couple = inv.Couple(measured, ANNEAL, left=0.0, **free)
    start = "data" if u is None else "model"
    return inv.fit(law, [couple], start=start, throw=False).chi2


def by_scipy(values: np.ndarray, u: np.ndarray, jac: Any = "2-point") -> float:
    found = so.least_squares(rows, u, jac, args=(values,), max_nfev=200)
    return 2 * found.cost


def by_curve_fit(values: np.ndarray, u: np.ndarray) -> float:
    curve = lambda x, *u: rows(np.array(u), 0 * values) * NOISE
    try:
        found, _ = so.curve_fit(curve, X, values, p0=u, sigma=np.full(POINTS, NOISE))
    except RuntimeError:  # it gave up
        return math.inf
    return float(np.sum(rows(found, values) ** 2))


def by_lmfit(values: np.ndarray, u: np.ndarray) -> float:
    import lmfit  # pyright: ignore

    start = lmfit.Parameters()
    for name, value in zip(NAMES, u):
        start.add(name, value=float(value))
    unpacked = lambda p: rows(np.array([p[name].value for name in NAMES]), values)
    return float(lmfit.minimize(unpacked, start).chisqr)


def guessed(values: np.ndarray) -> np.ndarray:
    """What our fit would start from, for the peers: they have no start of their own."""
    couple = inv.Couple(inv.Profile(X, values, NOISE), ANNEAL, left=0.0)
    guess = couple.guess()
    right = guess.local["right"]
    logs = np.interp(
        np.asarray(KNOTS) * right, guess.composition, guess.log_diffusivity
    )
    return np.array([*logs, guess.local["origin"] / 1e-4, right / 0.05])


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    random = np.random.default_rng(0)
    peers: dict[str, Callable] = {
        "SciPy least_squares, our Jacobian": lambda v, u: by_scipy(v, u, slopes),
        "SciPy least_squares, differences": by_scipy,
        "SciPy curve_fit, differences": by_curve_fit,
    }
    if importlib.util.find_spec("lmfit"):
        peers["lmfit leastsq, differences"] = by_lmfit
    chi2: dict[str, list[list[float]]] = {}
    seconds: dict[str, list[float]] = {}
    for number in range(-1, count):  # the first compiles, and is left out
        level, slope = random.uniform(-30.5, -28.5), random.uniform(-2, 2)
        bend = random.uniform(-1, 1)
        c = np.asarray(KNOTS)
        logs = level + slope * (c - 0.5) + bend * (2 * c - 1) ** 2
        truth = np.array([*logs, random.uniform(-1, 1), 20 * random.uniform(0.8, 1.0)])
        values = np.asarray(PROFILE(jnp.asarray(truth)))
        values = values + NOISE * random.normal(size=POINTS)
        length = math.sqrt(math.exp(level) * TIME) / 1e-4
        poor = [
            truth
            + np.array([*4 * [random.uniform(-3.4, 3.4)], 0, 0])
            + np.array([0, 0, 0, 0, length * random.uniform(-3, 3), 0])
            for _ in range(1 if number < 0 else STARTS)
        ]
        start = time.perf_counter()
        data = guessed(values)
        found = {"guess": [time.perf_counter() - start]}
        tries: dict[str, Any] = {"ours, data start": (ours, [None])}
        tries["ours, poor start"] = (ours, poor)
        for name, peer in peers.items():
            tries[f"{name}, data start"] = (peer, [data])
            tries[f"{name}, poor start"] = (peer, poor)
        for name, (method, starts) in tries.items():
            start = time.perf_counter()
            ends = [method(values, u) for u in starts]
            found[name] = [(time.perf_counter() - start) / len(starts)]
            if number >= 0:
                finite = [e if math.isfinite(e) else math.inf for e in ends]
                chi2.setdefault(name, []).append(finite)
        if number >= 0:
            for name, spent in found.items():
                seconds.setdefault(name, []).extend(spent)
    best = [min(min(ends[k]) for ends in chi2.values()) for k in range(count)]
    table: dict[str, float] = {}
    for name, ends in chi2.items():
        solved = [e < best[k] + 0.5 for k in range(count) for e in ends[k]]
        table[f"{name}: solved, %"] = 100 * float(np.mean(solved))
        table[f"{name}: ms a fit"] = 1e3 * float(np.median(seconds[name]))
    table["the guess itself, ms"] = 1e3 * float(np.median(seconds["guess"]))
    show(f"{count} couples, {STARTS} poor starts each", table)
    record("fit_peers", table)


if __name__ == "__main__":
    main()
