r"""The profile of a step couple in the Boltzmann variable: no time march.

Where nothing but time sets a length (a couple of two half spaces, or one with a fixed
surface, at one temperature), $c$ depends on $\eta = x / \sqrt t$ alone.
"""

import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.lax as lax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from .._checks import in_precision, one_number, real
from .._results import raise_failure, RESULTS
from .._shapes import Numbers
from .._smooth import bernoulli_pair
from ..diffusivity import AbstractDiffusivity, Custom, Point
from ..grid import interpolate
from ..linear import Tridiagonal


# The nodes reach 8 sqrt(D_max), where erfc leaves 1.5e-8 of the step; they are
# 0.55 times as far apart in the middle as evenly spaced ones.
_REACH = 8.0
_STRETCH = 2.0
_MOST_ITERATIONS = 80


class Similarity(eqx.Module):
    """The similarity solution of a couple; made by [`diffjax.equations.similarity`][].

    **Attributes:**

    - `eta`: Boltzmann variable of the nodes, in m/√s; shape `(nodes,)`.
    - `composition`: there; shape `(nodes,)`.
    - `result`: a [`diffjax.RESULTS`][].
    - `iterations`: of the damped Newton method; no unit.
    """

    eta: Float[Array, " nodes"]
    composition: Float[Array, " nodes"]
    result: RESULTS
    iterations: Array

    def at(self, position: Numbers, time: Numbers) -> Float[Array, "..."]:
        """Composition at a position and a time.

        **Arguments:**

        - `position`: from the Matano plane of a couple (from the surface of a half
            space), positive towards `right`, in m; any shape.
        - `time`: > 0, in s; any shape that broadcasts with it.

        **Returns:**

        Composition; the broadcast shape. Differentiable in both and in all that went
        into the solution.
        """
        eta = real(position) / jnp.sqrt(real(time))
        return interpolate(self.eta, self.composition, eta)


def similarity(
    law: AbstractDiffusivity,
    left: ArrayLike,
    right: ArrayLike,
    temperature: ArrayLike,
    *,
    cells: int = 400,
    half_space: bool = False,
    throw: bool = True,
) -> Similarity:
    r"""Solves a couple, or a half space with a fixed surface, without a time march.

    $$-\frac{\eta}{2} \frac{dc}{d\eta} = \frac{d}{d\eta}\Big(D(c) \frac{dc}{d\eta}\Big),
    \qquad \eta = \frac{x}{\sqrt t}$$

    with $c \to c_{left}$ at $-\infty$ (at $\eta = 0$ for a half space) and $c \to
    c_{right}$ at $+\infty$. The origin of $x$ is the Matano plane.

    **Arguments:**

    - `law`: the diffusivity in m²/s; must not depend on position (it is told NaN).
    - `left`, `right`: compositions of the two sides (of the surface and of the far end,
        for a half space); scalars.
    - `temperature`: in K; a scalar.
    - `cells`: number of cells in $\eta$ (no unit), at least 20.
    - `half_space`: whether `left` is a fixed surface.
    - `throw`: whether a failure is raised, or only told in `result`. Without it, traced
        arguments are not checked either.

    **Returns:**

    A [`diffjax.equations.Similarity`][]. First derivatives by everything are exact for
    the discrete solution, forward and reverse (second derivatives are not).

    **Raises:**

    - `ValueError` at the call, if an argument is not a number or `cells` is too small.
    - `equinox.EquinoxRuntimeError` if it fails and `throw` is on.

    **Error:** second order in `1 / cells`: about 2e-5 of the step with 400 cells and
    constant D. Exponentially fitted, so that the profile stays between its ends and
    monotone for any D(c).

    !!! example

        ```python
        law = djx.diffusivity.Exponential(5e-13, -1.2)
        couple = djx.equations.similarity(law, 0.0, 1.0, temperature=1273.0)
        couple.at(jnp.linspace(-1e-3, 1e-3, 101), time=3.6e5)
        ```
    """
    if not isinstance(law, AbstractDiffusivity):
        law = Custom(law)
    if isinstance(cells, bool) or not isinstance(cells, int) or cells < 20:
        raise ValueError(
            f"`similarity(cells=...)` must be an integer >= 20; got {cells!r}."
        )
    left = one_number(left, "similarity(left=...)", "composition", traced=throw)
    right = one_number(right, "similarity(right=...)", "composition", traced=throw)
    temperature = one_number(
        temperature, "similarity(temperature=...)", "K", "> 0", throw
    )
    solution = _similarity(law, left, right, temperature, cells, half_space)
    return raise_failure(solution, solution.result) if throw else solution


class _Mesh(NamedTuple):
    """Fixed faces and nodes, in units of sqrt(D_max); the end nodes are the walls."""

    faces: np.ndarray
    nodes: np.ndarray


def _mesh(cells: int, half_space: bool) -> _Mesh:
    s = np.linspace(0.0 if half_space else -1.0, 1.0, cells + 1)
    faces = _REACH * np.sinh(_STRETCH * s) / math.sinh(_STRETCH)
    centres = 0.5 * (faces[1:] + faces[:-1])
    return _Mesh(faces, np.concatenate([faces[:1], centres, faces[-1:]]))


@eqx.filter_jit
def _similarity(
    law: AbstractDiffusivity,
    left: Float[Array, ""],
    right: Float[Array, ""],
    temperature: Float[Array, ""],
    cells: int,
    half_space: bool,
) -> Similarity:
    dtype = jnp.result_type(left, right)
    left, right = left.astype(dtype), right.astype(dtype)
    mesh = _mesh(cells, half_space)
    law, temperature = in_precision((law, temperature), dtype)
    problem = _Problem(law, left, right - left, temperature, mesh)
    u, result, iterations = _relax(problem, half_space)
    # One more Newton step, differentiated: the implicit function theorem.
    u = u - problem.newton_step(u)
    ends = jnp.array([0.0, 1.0], dtype=dtype)
    fractions = jnp.concatenate([ends[:1], u, ends[1:]])
    eta = jnp.sqrt(problem.largest) * jnp.asarray(mesh.nodes, dtype=dtype)
    return Similarity(eta, left + (right - left) * fractions, result, iterations)


class _Problem(eqx.Module):
    """The scaled equation: lengths by sqrt(D_max), u from 0 (left) to 1 (right)."""

    law: AbstractDiffusivity
    left: Float[Array, ""]
    span: Float[Array, ""]
    temperature: Float[Array, ""]
    largest: Float[Array, ""]
    faces: Float[Array, " faces"]
    gaps: Float[Array, " faces"]

    def __init__(self, law, left, span, temperature, mesh: _Mesh):
        self.law, self.temperature = law, temperature
        self.left, self.span = left, span
        self.faces = jnp.asarray(mesh.faces, dtype=left.dtype)
        self.gaps = jnp.asarray(np.diff(mesh.nodes), dtype=left.dtype)
        self.largest = jnp.max(
            self.diffusivity(jnp.linspace(0, 1, 65, dtype=left.dtype))
        )

    def diffusivity(self, u: Float[Array, " n"]) -> Float[Array, " n"]:
        nowhere = jnp.full_like(self.temperature, jnp.nan)
        at = lambda c: self.law.at(Point(c, self.temperature, nowhere))
        return jax.vmap(at)(self.left + self.span * u)

    def scaled(self, u: Float[Array, " n"]) -> Float[Array, " n"]:
        return self.diffusivity(u) / self.largest

    def residual(self, u: Float[Array, " cells"]) -> Float[Array, " cells"]:
        return self._assemble(u)[0]

    def newton_step(self, u: Float[Array, " cells"]) -> Float[Array, " cells"]:
        bands = jax.tree.map(lax.stop_gradient, self._assemble(u)[1])
        return bands.factor().solve(self.residual(u))

    def _assemble(
        self, u: Float[Array, " cells"]
    ) -> tuple[Float[Array, " cells"], Tridiagonal]:
        """d/dξ(-D u' - ξ u / 2) + u / 2 over each cell, and its bands.

        Scharfetter–Gummel faces: exact for constant flux, an M-matrix for any D.
        """
        faces, gaps, one = self.faces, self.gaps, jnp.ones_like(u)
        k, dk = jax.jvp(self.scaled, (u,), (one,))
        nil = jnp.zeros_like(u[:1])
        ends = self.scaled(jnp.concatenate([nil, nil + 1]))
        lefts = (jnp.concatenate([nil, u]), jnp.concatenate([ends[:1], k]))
        rights = (jnp.concatenate([u, nil + 1]), jnp.concatenate([k, ends[1:]]))

        def flux(a, ka, b, kb):
            mean = 0.5 * (ka + kb)
            peclet = -0.5 * faces * gaps / mean
            down, up = bernoulli_pair(peclet)
            return mean / gaps * (up * a - down * b)

        point = (*lefts, *rights)
        zero = jnp.zeros_like(faces)
        left_seed = (jnp.concatenate([nil, one]), jnp.concatenate([nil, dk]))
        right_seed = (jnp.concatenate([one, nil]), jnp.concatenate([dk, nil]))
        value, by_left = jax.jvp(flux, point, (*left_seed, zero, zero))
        _, by_right = jax.jvp(flux, point, (zero, zero, *right_seed))
        widths = faces[1:] - faces[:-1]
        residual = value[1:] - value[:-1] + 0.5 * widths * u
        diagonal = by_left[1:] - by_right[:-1] + 0.5 * widths
        lower = (-by_left[:-1]).at[0].set(0.0)
        upper = by_right[1:].at[-1].set(0.0)
        return residual, Tridiagonal(lower, diagonal, upper)


def _relax(
    problem: _Problem, half_space: bool
) -> tuple[Float[Array, " cells"], RESULTS, Array]:
    """Newton's method in pseudo-time: damped far from the solution, quadratic near it.

    The pseudo-time is ln t, in which the profile relaxes to the similarity solution.
    """
    problem = jax.tree.map(
        lambda x: lax.stop_gradient(x) if eqx.is_array(x) else x, problem
    )
    faces = problem.faces
    erf = jax.scipy.special.erf(0.25 * (faces[1:] + faces[:-1]))
    start = erf if half_space else 0.5 * (1 + erf)
    widths = faces[1:] - faces[:-1]
    tolerance = 200 * float(jnp.finfo(faces.dtype).eps)

    def arrived(change, last):
        # Round-off may end the fall a little earlier: where it does depends on how the
        # compiler orders a sum.
        stalled = (change <= 100 * tolerance) & (change > 0.5 * last)
        return (change <= tolerance) | stalled

    def unfinished(carry):
        _, (change, last), _, _, count = carry
        good = jnp.isfinite(change)
        return good & ~arrived(change, last) & (count < _MOST_ITERATIONS)

    def iterate(carry):
        u, (last, _), before, pace, count = carry
        residual, bands = problem._assemble(u)
        size = jnp.sum(jnp.abs(residual))
        # Switched evolution relaxation: the step in ln t grows as the residual falls.
        pace = pace * jnp.clip(before / jnp.where(size > 0, size, before), 0.3, 30.0)
        damped = eqx.tree_at(
            lambda b: b.diagonal, bands, bands.diagonal + widths / pace
        )
        change = damped.factor().solve(residual)
        largest = jnp.max(jnp.abs(change))
        return u - change, (largest, last), size, pace, count + 1

    first = jnp.sum(jnp.abs(problem.residual(start)))
    one = jnp.ones_like(first)
    carry = (start, (one, one), first, 3 * one, jnp.asarray(0))
    u, changes, _, _, count = lax.while_loop(unfinished, iterate, carry)
    return u, _outcome(arrived(*changes)), count


def _outcome(converged: Bool[Array, ""]) -> RESULTS:
    return RESULTS.where(
        converged, RESULTS.successful, RESULTS.similarity_not_converged
    )
