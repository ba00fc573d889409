r"""The profiles of a couple of mixtures in the Boltzmann variable: no time march."""

import equinox as eqx
import jax
import jax.lax as lax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from .._checks import (
    in_precision,
    one_number,
    real,
    require,
    sum_slack,
    traced,
    value_of,
)
from .._results import raise_failure, RESULTS
from .._shapes import Numbers
from ..diffusivity import Multicomponent
from ..fluxes import Counterflow, Mixture
from ..grid import interpolate
from ..linear import BlockTridiagonal
from ._kirkendall import kirkendall_planes, KirkendallPlanes
from ._similarity import line_in_eta, LineInEta, relax


class MixtureSimilarity(eqx.Module):
    """Profiles of a couple of mixtures; made by
    [`diffjax.equations.mixture_similarity`][].

    **Attributes:**

    - `eta`: Boltzmann variable of the nodes, in m/√s; shape `(nodes,)`.
    - `composition`: fractions there; shape `(nodes, n)`.
    - `faces`: Boltzmann variable between the nodes, in m/√s; shape `(nodes - 1,)`.
    - `speed`: $v \\sqrt t$ of the lattice at the faces, in m/√s; shape `(nodes - 1,)`.
    - `result`: a [`diffjax.RESULTS`][].
    - `iterations`: of the damped Newton method; no unit.
    """

    eta: Float[Array, " nodes"]
    composition: Float[Array, "nodes n"]
    faces: Float[Array, " faces"]
    speed: Float[Array, " faces"]
    result: RESULTS
    iterations: Array

    def at(self, position: Numbers, time: Numbers) -> Float[Array, "... n"]:
        """Fractions at a position and a time.

        **Arguments:**

        - `position`: from the Matano plane, positive towards `right`, in m; any shape.
        - `time`: > 0, in s; any shape that broadcasts with it.

        **Returns:** fractions; the broadcast shape, then one per component.
        """
        eta = real(position) / jnp.sqrt(real(time))
        along = lambda values: interpolate(self.eta, values, eta)
        return jax.vmap(along, in_axes=-1, out_axes=-1)(self.composition)

    def planes(self, time: Numbers, most: int = 5) -> KirkendallPlanes:
        """Where markers from the first contact are at a time.

        **Arguments:**

        - `time`: > 0, in s; a scalar.
        - `most`: how many planes at most are looked for; no unit.

        **Returns:** [`diffjax.equations.KirkendallPlanes`][], from the Matano plane.
        """
        root = jnp.sqrt(real(time))
        return kirkendall_planes(
            self.faces * root, self.speed / root, time, 0.0, most=most
        )


def mixture_similarity(
    law: Multicomponent,
    left: Numbers,
    right: Numbers,
    temperature: ArrayLike,
    *,
    cells: int = 400,
    throw: bool = True,
) -> MixtureSimilarity:
    r"""Solves a couple of two mixtures without a time march.

    $$-\frac{\eta}{2} \frac{dx_i}{d\eta} = -\frac{d}{d\eta} \big(\sqrt t\, V_m \tilde
    J_i\big), \qquad \eta = \frac{x}{\sqrt t}$$

    **Arguments:**

    - `law`: a [`diffjax.diffusivity.Multicomponent`][].
    - `left`, `right`: fractions of the two sides; shape `(n,)`.
    - `temperature`: in K; a scalar.
    - `cells`: number of cells in $\eta$ (no unit), at least 20. Where one mixture is
        much slower than the other, its side of the profile is thin and needs more.
    - `throw`: whether a failure is raised, or only told in `result`.

    **Returns:**

    A [`diffjax.equations.MixtureSimilarity`][]. First derivatives by everything are
    exact for the discrete solution, forward and reverse.

    **Raises:**

    - `ValueError` at the call, for a wrong shape or number.
    - `equinox.EquinoxRuntimeError` if it fails and `throw` is on.

    **Error:** second order in `1 / cells`.

    !!! example

        ```python
        brass = djx.diffusivity.Multicomponent({"Cu": 1e-14, "Zn": 4e-14})
        couple = djx.equations.mixture_similarity(
            brass, jnp.array([0.7, 0.3]), jnp.array([1.0, 0.0]), 1058.0
        )
        couple.planes(time=3.6e5).positions
        ```
    """
    if not isinstance(law, Multicomponent):
        raise ValueError(
            "`mixture_similarity(law=...)` must be a "
            f"`diffjax.diffusivity.Multicomponent`; got {law!r}."
        )
    if isinstance(cells, bool) or not isinstance(cells, int) or cells < 20:
        raise ValueError(
            f"`mixture_similarity(cells=...)` must be an integer >= 20; got {cells!r}."
        )
    first = _mixture(law, left, "mixture_similarity(left=...)", throw)
    last = _mixture(law, right, "mixture_similarity(right=...)", throw)
    hot = one_number(
        temperature, "mixture_similarity(temperature=...)", "K", "> 0", throw
    )
    solution = _similarity(law, first, last, hot, cells)
    return raise_failure(solution, solution.result) if throw else solution


def _mixture(
    law: Multicomponent, given: Numbers, name: str, throw: bool
) -> Float[Array, " n"]:
    names, x = law.components, real(given)
    if x.shape != (len(names),):
        raise ValueError(
            f"`{name}` must have shape ({len(names)},), fractions of "
            f"{', '.join(names)}; got {x.shape}."
        )
    if traced(x) and not throw:
        return x
    slack = sum_slack(x.dtype)
    return require(
        x,
        lambda v: (abs(v.sum() - 1) <= slack) & (v >= 0) & (v <= 1),
        lambda: (
            f"`{name}` must hold fractions from 0 to 1 that sum to 1 (no unit); got "
            f"{value_of(x)}."
        ),
    )


@eqx.filter_jit
def _similarity(
    law: Multicomponent,
    left: Float[Array, " n"],
    right: Float[Array, " n"],
    temperature: Float[Array, ""],
    cells: int,
) -> MixtureSimilarity:
    dtype = jnp.result_type(left, right)
    left, right = left.astype(dtype), right.astype(dtype)
    law, temperature = in_precision((law, temperature), dtype)
    mesh = line_in_eta(cells, half_space=False)
    problem = _Problem(law, left, right, temperature, mesh)
    faces = problem.faces
    share = 0.5 * (1 + jax.scipy.special.erf(0.25 * (faces[1:] + faces[:-1])))
    start = left[None] * (1 - share[:, None]) + right[None] * share[:, None]
    x, result, iterations = relax(problem, lax.stop_gradient(start[:, :-1]))
    failed = result == RESULTS.similarity_not_converged
    result = RESULTS.where(failed & problem.unmixes(), RESULTS.inside_spinodal, result)
    # One more Newton step, differentiated: the implicit function theorem.
    matrix = jax.tree.map(lax.stop_gradient, problem.assemble(x)[1])
    x = x - matrix.factor().solve(problem.residual(x))
    full = problem.whole(x)
    scale = jnp.sqrt(problem.largest)
    _, speed = problem.flows(problem.seen(full))
    eta = scale * jnp.asarray(mesh.nodes, dtype=dtype)
    return MixtureSimilarity(
        eta, full, scale * faces, scale * speed, result, iterations
    )


class _Problem(eqx.Module):
    """The scaled equation: lengths by the root of the largest diffusivity."""

    flux: Counterflow
    left: Float[Array, " n"]
    right: Float[Array, " n"]
    temperature: Float[Array, ""]
    largest: Float[Array, ""]
    faces: Float[Array, " faces"]
    gaps: Float[Array, " faces"]

    def __init__(self, law, left, right, temperature, mesh: LineInEta):
        self.flux, self.temperature = Counterflow(law), temperature
        self.left, self.right = left, right
        self.faces = jnp.asarray(mesh.faces, dtype=left.dtype)
        self.gaps = jnp.asarray(np.diff(mesh.nodes), dtype=left.dtype)
        # Eigenvalues are real and positive: none is above their sum.
        trace = lambda x: jnp.trace(law.interdiffusion(x, temperature))
        self.largest = jnp.max(jax.vmap(trace)(self.straight()))

    def straight(self) -> Float[Array, "33 n"]:
        """Mixtures on the straight line between the two sides."""
        s = jnp.linspace(0, 1, 33, dtype=self.left.dtype)[:, None]
        return self.left[None] * (1 - s) + self.right[None] * s

    def unmixes(self) -> Bool[Array, ""]:
        """Whether one of these is inside the spinodal."""
        slowest = lambda x: self.flux.law.slowest(x, self.temperature)
        found = jax.vmap(slowest)(lax.stop_gradient(self.straight()))
        return jnp.any(found <= 0)

    def whole(self, x: Float[Array, "cells k"]) -> Float[Array, "nodes n"]:
        """All fractions at all nodes, the ends too."""
        last = 1 - jnp.sum(x, axis=1, keepdims=True)
        inner = jnp.concatenate([x, last], axis=1)
        return jnp.concatenate([self.left[None], inner, self.right[None]])

    def seen(self, full: Float[Array, "nodes n"]) -> Mixture:
        at = lambda x: self.flux.seen(x, self.temperature)
        sides = jax.vmap(at)(full)
        return Mixture(sides.fractions, sides.tracers / self.largest, sides.levels)

    def flows(
        self, sides: Mixture
    ) -> tuple[Float[Array, "faces n"], Float[Array, " faces"]]:
        left, right = (jax.tree.map(lambda x: x[cut], sides) for cut in _SIDES)
        return self.between(left, right)

    def between(self, left: Mixture, right: Mixture):
        sweep = -0.5 * self.faces
        return jax.vmap(self.flux.through)(left, right, self.gaps, sweep)

    def residual(self, x: Float[Array, "cells k"]) -> Float[Array, "cells k"]:
        return self._rest(x, self.flows(self.seen(self.whole(x)))[0])

    def damped(self, matrix: BlockTridiagonal, pace: Float[Array, ""]):
        widths = (self.faces[1:] - self.faces[:-1]) / pace
        one = jnp.eye(matrix.diagonal.shape[-1], dtype=widths.dtype)
        diagonal = matrix.diagonal + widths[:, None, None] * one[None]
        return eqx.tree_at(lambda m: m.diagonal, matrix, diagonal)

    def assemble(
        self, x: Float[Array, "cells k"]
    ) -> tuple[Float[Array, "cells k"], BlockTridiagonal]:
        """Fluxes in minus fluxes out, with x / 2 over each cell, and its blocks."""
        sides, grow = jax.linearize(lambda x: self.seen(self.whole(x)), x)
        basis = jnp.eye(x.shape[1], dtype=x.dtype)
        slopes = jax.vmap(lambda e: grow(jnp.broadcast_to(e, x.shape)))(basis)
        left, right = (jax.tree.map(lambda x: x[cut], sides) for cut in _SIDES)
        nil = jax.tree.map(jnp.zeros_like, left)
        through = lambda a, b: self.between(a, b)[0]
        by = lambda *seeds: jax.jvp(through, (left, right), seeds)[1]
        first, last = (jax.tree.map(lambda s: s[:, cut], slopes) for cut in _SIDES)
        blocks = lambda columns: jnp.moveaxis(columns[:, :, :-1], 0, -1)
        by_left = blocks(jax.vmap(lambda d: by(d, nil))(first))
        by_right = blocks(jax.vmap(lambda d: by(nil, d))(last))
        widths = self.faces[1:] - self.faces[:-1]
        half = 0.5 * widths[:, None, None] * basis[None]
        matrix = BlockTridiagonal(
            (-by_left[:-1]).at[0].set(0.0),
            by_left[1:] - by_right[:-1] + half,
            by_right[1:].at[-1].set(0.0),
        )
        return self._rest(x, through(left, right)), matrix

    def _rest(self, x, fluxes) -> Float[Array, "cells k"]:
        widths = self.faces[1:] - self.faces[:-1]
        return (fluxes[1:] - fluxes[:-1])[:, :-1] + 0.5 * widths[:, None] * x


_SIDES = slice(None, -1), slice(1, None)
