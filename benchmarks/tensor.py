"""Full tensors in two and three dimensions: we, a hand-written loop, and our peers.

Four parts: how fast the bonds are applied (against a loop in numba and against a plain
copy of the field); one run to an error of 1e-3 (against FiPy and py-pde, set up as
their manuals say); what derivatives cost; how costs grow with the number of cells.

    pip install ".[bench]"
    python benchmarks/tensor.py              all parts; writes history/tensor.json
    python benchmarks/tensor.py bonds growth these parts alone; the others' rows stay
    python benchmarks/tensor.py --quick      small sizes, nothing written
    python benchmarks/tensor.py --table      prints the tables of the last full run

The machine must be idle. Peers that are not installed are left out.
"""

import importlib.util
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from common import fastest, HISTORY, record, show

import diffjax as djx


jax.config.update("jax_enable_x64", True)

REPEATS = 10  # applications in one call
HOLD = djx.Anneal(1.0, 1273.15)
TARGET = 1e-3
HAVE_NUMBA = importlib.util.find_spec("numba") is not None


def tensor_of(dimension: int) -> jax.Array:
    """Principal values 1, 0.2 (and 0.4), turned; no unit of time or length matters."""
    values = jnp.array([1.0, 0.2, 0.4][:dimension])
    if dimension == 2:
        return djx.tensors.from_principal(values, djx.tensors.rotation(jnp.pi / 6))
    turned = djx.tensors.rotation_from_euler([0.6, 0.9, -0.4])
    return djx.tensors.from_principal(values, turned)


def law_of(dimension: int, kind: str) -> djx.diffusivity.AbstractDiffusivity:
    """`"isotropic"` or `"full"`, followed by `" varying"` if it depends on position."""
    full = kind.startswith("full")
    law = djx.diffusivity.Tensor(tensor_of(dimension))
    if not full:
        law = djx.diffusivity.Constant(1.0)
    if kind.endswith("varying"):
        return djx.diffusivity.Scaled(law, lambda c, t, x: 1 + 0.3 * jnp.sin(x[0]))
    return law


def generator_of(shape: tuple[int, ...], kind: str, precision: str) -> Any:
    """Our bonds on a periodic grid of cells of width 1."""
    dimension = len(shape)
    grid = djx.grid.uniform((0.0,) * dimension, tuple(map(float, shape)), shape)
    walls = djx.grid.Walls(*(djx.grid.Periodic(),) * dimension)
    equation = djx.equations.Diffusion(law_of(dimension, kind), walls)
    equation = equation.ready(grid, jnp.zeros(shape), HOLD)
    made = equation.generator(grid, HOLD.temperature)
    # Periodic walls let nothing out.
    made = eqx.tree_at(lambda g: g.exits, made, None, is_leaf=lambda x: x is None)
    return jax.tree.map(lambda x: x.astype(precision), made)


def ten_times(step: float) -> Callable:
    """Ten Euler steps with a generator, as one compiled call."""

    @jax.jit
    def run(generator, field):
        h = jnp.asarray(step, field.dtype)
        one = lambda _, c: c + h * generator.apply(c)
        return jax.lax.fori_loop(0, REPEATS, one, field)

    return run


def by_hand(generator: Any, step: float) -> Callable | None:
    """The same ten steps as a numba loop over rows in parallel, rims filled first."""
    if not HAVE_NUMBA:
        return None
    import numba  # pyright: ignore[reportMissingImports]

    offsets, reach = generator.offsets, 2
    reach = max(abs(e) for offset in offsets for e in offset)
    dimension, shape = len(generator.shape), generator.shape
    varying = bool(generator.weights[0].ndim)
    lines = ["def sweep(c, out, weights, h):", "    for i in numba.prange(SX):"]
    names, pad = "ijk"[:dimension], "    "
    for axis, name in enumerate(names[1:], 1):
        lines.append(f"{pad * (axis + 1)}for {name} in range(S{'XYZ'[axis]}):")
    deep = pad * (dimension + 1)
    at = lambda e, sign=1: ", ".join(
        f"{n} + {reach + sign * s}" for n, s in zip(names, e)
    )
    zero = (0,) * dimension
    lines += [f"{deep}here = c[{at(zero)}]", f"{deep}rate = here * zero"]
    for m, offset in enumerate(offsets):
        one = f"weights[{m}, {at(zero)}]" if varying else f"weights[{m}]"
        other = f"weights[{m}, {at(offset, -1)}]" if varying else f"weights[{m}]"
        lines.append(f"{deep}rate += {one} * (c[{at(offset)}] - here)")
        lines.append(f"{deep}rate += {other} * (c[{at(offset, -1)}] - here)")
    lines.append(f"{deep}out[{at(zero)}] = here + h * rate")
    kind = np.dtype(generator.weights[0].dtype)
    scope: dict[str, Any] = dict(numba=numba, zero=kind.type(0))
    scope |= dict(zip(("SX", "SY", "SZ"), shape))
    exec("\n".join(lines), scope)
    sweep = numba.njit(parallel=True, fastmath=True)(scope["sweep"])

    wide = lambda x: np.pad(np.asarray(x), reach, mode="wrap")
    if varying:
        rows = []
        for k in range(len(offsets)):
            there, _ = generator.bonds(k)
            rows.append(wide(there))
        weights = np.stack(rows)
    else:
        weights = np.array([float(w) for w in generator.weights], dtype=kind)
    inner = (slice(reach, -reach),) * dimension
    both = [np.zeros([n + 2 * reach for n in shape], dtype=kind) for _ in range(2)]

    def rim(c):
        for axis in range(dimension):
            index: list[Any] = [slice(None)] * dimension
            cut = lambda s: (*index[:axis], s, *index[axis + 1 :])
            c[cut(slice(0, reach))] = c[cut(slice(-2 * reach, -reach))]
            c[cut(slice(-reach, None))] = c[cut(slice(reach, 2 * reach))]

    def run(field):
        both[0][inner] = field
        for k in range(REPEATS):
            rim(both[k % 2])
            sweep(both[k % 2], both[1 - k % 2], weights, kind.type(step))
        return both[REPEATS % 2][inner]

    return run


def copies(field: np.ndarray) -> Callable:
    """Ten copies of a field, as fast as the machine makes them."""
    if not HAVE_NUMBA:
        plain = jax.jit(lambda c: jax.lax.fori_loop(0, REPEATS, lambda _, x: x + 1, c))
        return lambda: plain(field)
    import numba  # pyright: ignore[reportMissingImports]

    @numba.njit(parallel=True)
    def copy(a, b):
        for i in numba.prange(a.size):
            b[i] = a[i]

    one, two = field.ravel().copy(), np.zeros_like(field.ravel())

    def run():
        for k in range(REPEATS):
            copy(*((one, two) if k % 2 == 0 else (two, one)))

    return run


def stencils(quick: bool, precisions: Any = ("float64", "float32")) -> dict[str, Any]:
    """Part 1: one application of the bonds."""
    sizes = ((64, 64), (16,) * 3) if quick else ((1024, 1024), (128,) * 3)
    rows = {}
    for shape in sizes:
        for precision in precisions:
            key = jax.random.key(0)
            field = jax.random.uniform(key, shape, dtype=precision)
            given = np.asarray(field)
            calls: dict[str, Callable] = {"copy": copies(given)}
            facts = {}
            for kind in ("isotropic", "full", "isotropic varying", "full varying"):
                generator = generator_of(shape, kind, precision)
                rates = sum(float(jnp.max(2 * w)) for w in generator.weights)
                ours = ten_times(0.5 / rates)
                hand = by_hand(generator, 0.5 / rates)
                calls[kind] = lambda ours=ours, g=generator: ours(g, field)
                if hand is not None:
                    same = np.max(abs(np.asarray(ours(generator, field)) - hand(given)))
                    assert same < (1e-12 if precision == "float64" else 1e-5), same
                    calls[kind + ", numba"] = lambda hand=hand: hand(given)
                facts[kind] = len(generator.offsets)
            times = fastest(calls, 3 if quick else 9)
            copy = times["copy"] / REPEATS
            for kind, offsets in facts.items():
                ms = times[kind] / REPEATS
                hand_ms = times.get(kind + ", numba", float("nan")) / REPEATS
                base = "isotropic varying" if "varying" in kind else "isotropic"
                name = f"{' x '.join(map(str, shape))} {precision} {kind}"
                rows[name] = dict(
                    offsets=offsets,
                    ms=ms,
                    numba_ms=hand_ms,
                    to_numba=ms / hand_ms,
                    to_copy=ms / copy,
                    to_isotropic=ms / (times[base] / REPEATS),
                    cells_per_second=float(np.prod(shape)) / (1e-3 * ms),
                )
    return rows


class Case:
    """Part 2's problem: a Gaussian between far walls, in units of its own."""

    def __init__(self, cells: int, spot: float = 0.5, half: float = 8.0):
        self.cells, self.half, self.time = cells, half, 1.0
        self.width = 2 * half / cells
        self.tensor = np.asarray(
            djx.tensors.from_principal([1.0, 0.2], djx.tensors.rotation(jnp.pi / 4))
        )
        self.grid = djx.grid.uniform((-half,) * 2, (half,) * 2, (cells,) * 2)
        self.start = np.asarray(self._at(0.0, spot))
        self.end = np.asarray(self._at(self.time, spot))

    def _at(self, t: float, spot: float) -> Any:
        half = 0.5 * spot**2 * np.eye(2) + t * self.tensor
        x = self.grid.centres
        return djx.exact.point_source(x, 1.0, half, 2 * np.pi * spot**2)

    def error(self, field: Any) -> float:
        """Relative L2 error against the closed form: space and time together."""
        return float(np.linalg.norm(field - self.end) / np.linalg.norm(self.end))


def ours_to_the_end(case: Case, scheme: Any) -> Callable:
    """Ours as a user would write it, but for a tolerance as an argument."""
    walls = djx.grid.Walls(x=djx.grid.Periodic(), y=djx.grid.Periodic())
    law = djx.diffusivity.Tensor(case.tensor)
    equation = djx.equations.Diffusion(law, walls, scheme=scheme)
    anneal = djx.Anneal(case.time, 1273.15)
    start = jnp.asarray(case.start)
    return lambda rtol: djx.solve(equation, case.grid, start, anneal, rtol=rtol).ys[-1]


def fipy_to_the_end(case: Case) -> Callable:
    """FiPy: implicit steps with a tensor as the coefficient of its `DiffusionTerm`."""
    import fipy  # pyright: ignore[reportMissingImports]

    n = case.cells
    mesh = fipy.PeriodicGrid2D(nx=n, ny=n, dx=case.width, dy=case.width)
    field = fipy.CellVariable(mesh=mesh, hasOld=True)
    equation = fipy.TransientTerm() == fipy.DiffusionTerm(coeff=[case.tensor.tolist()])

    def run(steps):
        field.setValue(case.start.T.ravel())  # FiPy counts x fastest
        for _ in range(steps):
            field.updateOld()
            equation.solve(var=field, dt=case.time / steps)
        return np.array(field.value).reshape(n, n).T

    return run


def pde_to_the_end(case: Case) -> Callable:
    """py-pde: an expression with second derivatives, compiled by numba, explicit."""
    import pde  # pyright: ignore[reportMissingImports]

    n, h = case.cells, case.half
    grid = pde.CartesianGrid([(-h, h), (-h, h)], [n, n], periodic=True)
    (a, b), (_, c) = case.tensor.tolist()
    # The mixed derivative is a gradient of a gradient, as the expressions offer it.
    right = f"{a} * d2_dx2(c) + {c} * d2_dy2(c) + {2 * b} * d_dx(d_dy(c))"
    equation = pde.PDE({"c": right})
    state = pde.ScalarField(grid, case.start)

    def run(tolerance, end=case.time):
        found: Any = equation.solve(
            state,
            t_range=end,
            dt=min(1e-4, end),
            adaptive=True,
            solver="euler",
            tolerance=tolerance,
            backend="numba",
            tracker=None,
        )
        return found.data

    return run


def end_to_end(quick: bool) -> dict[str, Any]:
    """Part 2: each with the loosest setting that brings its error to the target."""
    cells, target = (48, 0.2) if quick else (256, TARGET)
    case = Case(cells)
    rtols = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
    counts = (16, 64)  # a second each, of first order: the target is out of reach
    tolerances = (1e-3, 1e-5, 1e-6)
    makers: dict[str, tuple[Callable, tuple, str]] = {
        "diffjax, monotone": (
            lambda: ours_to_the_end(case, djx.schemes.Monotone()), rtols, "rtol"),
        "diffjax, central": (
            lambda: ours_to_the_end(case, djx.schemes.Central()), rtols, "rtol"),
        "py-pde, numba": (lambda: pde_to_the_end(case), tolerances, "tolerance"),
        "FiPy": (lambda: fipy_to_the_end(case), counts, "n"),
    }  # fmt: skip
    rows = {}
    for name, (make, settings, word) in makers.items():
        try:
            run = make()
        except ImportError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
            continue
        begin = time.perf_counter()
        jax.block_until_ready(run(settings[0]))
        first = time.perf_counter() - begin
        chosen, missed, ms = settings[-1], float("nan"), float("nan")
        for setting in settings:
            chosen, begin = setting, time.perf_counter()
            missed = case.error(np.asarray(run(chosen)))
            ms = 1e3 * (time.perf_counter() - begin)
            print(f"{name}, {word} = {chosen:g}: {missed:.2e} in {ms:.0f} ms")
            if missed <= target:
                break
        if name.startswith("diffjax"):  # the others take seconds: once is enough
            ms = fastest({name: lambda: run(chosen)}, 5)[name]
        if name.startswith("py-pde"):  # compiles anew in every call: leave that out
            ms -= fastest({name: lambda: run(chosen, 1e-9)}, 1)[name]
        rows[name] = dict(ms=ms, error=missed, first_call_s=first)
        rows[name] |= {"setting": f"{word} = {chosen:g}", "reached": missed <= target}
    base = rows["diffjax, monotone"]["ms"]
    for row in rows.values():
        row["relative"] = row["ms"] / base
    return rows


def derivatives(quick: bool) -> dict[str, Any]:
    """Part 3: gradients in units of the run itself."""
    case = Case(32 if quick else 128)
    walls = djx.grid.Walls(x=djx.grid.Periodic(), y=djx.grid.Periodic())
    anneal, end = djx.Anneal(case.time, 1273.15), jnp.asarray(case.end)
    scheme = djx.schemes.Monotone(offsets=((1, 0), (0, 1), (1, 1)))

    def field(tensor, start, adjoint=None):
        law = djx.diffusivity.Tensor(tensor)
        equation = djx.equations.Diffusion(law, walls, scheme=scheme)
        return djx.solve(
            equation, case.grid, start, anneal, rtol=1e-3, adjoint=adjoint, throw=False
        ).ys[-1]

    loss = lambda d, c: jnp.sum((field(d, c) - end) ** 2)
    pushed = lambda d, dot, c: jax.jvp(
        lambda d: field(d, c, diffrax.ForwardMode()), (d,), (dot,)
    )[1]
    by_field = jax.jit(jax.grad(loss, argnums=1))
    by_tensor = jax.jit(jax.grad(loss))
    forward, tangent = jax.jit(field), jax.jit(pushed)
    d, c = jnp.asarray(case.tensor), jnp.asarray(case.start)
    times = fastest(
        {
            "forward": lambda: forward(d, c),
            "reverse, by the initial field": lambda: by_field(d, c),
            "reverse, by the tensor": lambda: by_tensor(d, c),
            "forward mode, one direction": lambda: tangent(d, jnp.eye(2), c),
        },
        3 if quick else 9,
    )
    base = times["forward"]
    return {k: dict(ms=ms, relative=ms / base) for k, ms in times.items()}


def growth(quick: bool) -> dict[str, Any]:
    """Part 4: cost against cells, and the exponent of a straight line through it."""
    flat = (32, 64, 128) if quick else (64, 128, 256, 512, 1024, 2048)
    deep = (8, 16, 24) if quick else (32, 64, 96, 128, 192)
    march = (32, 64) if quick else (64, 128, 256, 512)
    rows = {}
    for name, shapes in (
        ("apply, 2-D", [(n, n) for n in flat]),
        ("apply, 3-D", [(n, n, n) for n in deep]),
        ("solve, 2-D, same time", [(n, n) for n in march]),
    ):
        spent = []
        for shape in shapes:
            if name.startswith("apply"):
                generator = generator_of(shape, "full", "float64")
                rates = sum(float(jnp.max(2 * w)) for w in generator.weights)
                ten, c = ten_times(0.5 / rates), jnp.ones(shape)
                run = lambda ten=ten, g=generator, c=c: ten(g, c)
                spent.append(fastest({"": run}, 5)[""] / REPEATS)
            else:
                ours = ours_to_the_end(Case(shape[0]), djx.schemes.Monotone())
                spent.append(fastest({"": lambda ours=ours: ours(1e-3)}, 3)[""])
        cells = [int(np.prod(shape)) for shape in shapes]
        slope = np.polyfit(np.log(cells), np.log(spent), 1)[0]
        rows[name] = dict(cells=cells, ms=spent, exponent=float(slope))
    return rows


def table(rows: dict[str, Any], columns: dict[str, str]) -> str:
    """Rows as Markdown; `columns` maps the keys of a row to headings."""
    text = lambda v: f"{v:.3g}" if isinstance(v, float) else str(v)
    lines = ["| | " + " | ".join(columns.values()) + " |"]
    lines.append("| --- " * (len(columns) + 1) + "|")
    for name, row in rows.items():
        cells = " | ".join(text(row[key]) for key in columns)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


COLUMNS = {
    "bonds": {
        "ms": "ms",
        "cells_per_second": "cells/s",
        "to_numba": "of numba's time",
        "to_copy": "of a copy's time",
        "to_isotropic": "of isotropic",
    },
    "end to end": {
        "ms": "ms",
        "relative": "relative",
        "error": "error",
        "setting": "setting",
        "first_call_s": "first call, s",
    },
    "derivatives": {"ms": "ms", "relative": "relative"},
}


def tables(parts: dict[str, Any]) -> str:
    """All parts, as `docs/benchmarks.md` has them."""
    out = [f"### {k}\n\n{table(parts[k], v)}" for k, v in COLUMNS.items() if k in parts]
    for name, row in parts.get("growth", {}).items():
        pairs = ", ".join(f"{n}: {ms:.3g}" for n, ms in zip(row["cells"], row["ms"]))
        out.append(f"{name}: cells to the power {row['exponent']:.2f} (ms: {pairs})")
    return "\n\n".join(out)


PARTS = {
    "bonds": stencils,
    "end": end_to_end,
    "derivatives": derivatives,
    "growth": growth,
}


def main(*words: str) -> None:
    if "--table" in words:
        print(tables(held()))
        return
    quick = "--quick" in words
    named = [word for word in words if word in PARTS]
    parts = held() if named and not quick else {}
    for word in named or PARTS:
        name = "end to end" if word == "end" else word
        begin = time.perf_counter()
        parts[name] = PARTS[word](quick)
        took = f"{name}, {time.perf_counter() - begin:.0f} s"
        show(took, {k: v.get("ms") for k, v in parts[name].items()})
        if not quick:
            record("tensor", parts)
    print("\n" + tables(parts))


def held() -> dict[str, Any]:
    """The rows of the last run."""
    text = (HISTORY / "tensor.json").read_text(encoding="utf-8")
    return json.loads(text)["rows"]


if __name__ == "__main__":
    main(*sys.argv[1:])
