"""Stabilised explicit steps: many cheap stages instead of a linear solve."""

from collections.abc import Callable
from typing import Any, ClassVar

import diffrax
import equinox as eqx
import equinox.internal as eqxi
import jax
import jax.lax as lax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from ._rosenbrock import _structured, RosenbrockInterpolation
from ._term import AbstractStructuredTerm


class Rkl2(diffrax.AbstractAdaptiveSolver):
    r"""Runge–Kutta–Legendre super time stepping, second order.

    An explicit method whose stages follow the Legendre polynomials' recurrence. With
    $s$ stages it is stable while

    $$h \varrho \le \tfrac12 (s^2 + s - 2) ,$$

    where $\varrho$ bounds the spectrum of $\partial f / \partial y$, which must lie
    near the negative real axis, as that of diffusion does. A step $s^2 / 4$ times
    longer than explicit Euler's costs $s$ evaluations, no matrix and no solve: for many
    cells in two or three dimensions. The number of stages is chosen step by step, odd,
    with a margin of 5 % in $\varrho$ and at least one stage to spare, so that fields
    with a monotone discretisation stay within their bounds.

    A step that would need more than `max_stages` is not taken: its error estimate is
    infinite, so that an adaptive controller shortens it; with a constant step the state
    turns to NaN rather than grow unnoticed.

    **Error:** order 2 in the step, for right-hand sides that depend on time too; the
    error estimate falls with the third power. Between the steps order 2 as well (cubic
    Hermite). Modes far beyond the resolved ones are damped by about a half per step,
    not at once as by the linearly implicit methods.

    Reverse mode costs some 11 to 15 forward runs and forward mode some 2 per direction
    (measured on a CPU, 128 by 128 cells): a stage is cheap, its way back is not.

    ??? cite "Reference"

        Meyer, Balsara & Aslam, *Journal of Computational Physics* **257** (2014). The
        error estimate is that of Sommeijer, Shampine & Verwer, *Journal of
        Computational and Applied Mathematics* **88** (1998).
    """

    max_stages: int = eqx.field(static=True)
    loop: str = eqx.field(static=True)
    checkpoints: int = eqx.field(static=True)

    term_structure: ClassVar = AbstractStructuredTerm
    interpolation_cls: ClassVar[Callable[..., RosenbrockInterpolation]] = (
        RosenbrockInterpolation
    )

    def __init__(
        self,
        max_stages: int = 101,
        loop: str = "checkpointed",
        checkpoints: int = 16,
    ):
        """**Arguments:**

        - `max_stages`: at most so many stages a step (no unit), at least 3.
        - `loop`: how the stages are looped over: `"checkpointed"` for reverse mode
            (`jax.grad`), `"lax"` for forward mode (`diffrax.ForwardMode`), `"bounded"`
            for both at a higher price.
        - `checkpoints`: states kept inside one step for the way back (no unit), with
            `"checkpointed"`; beyond that many stages some are computed again.

        **Raises:** `ValueError` if a number is too small or `loop` is another word.
        """
        if max_stages < 3:
            raise ValueError(
                f"`Rkl2(max_stages=...)` must be at least 3; got {max_stages}."
            )
        if loop not in ("lax", "checkpointed", "bounded"):
            raise ValueError(
                '`Rkl2(loop=...)` must be "lax", "checkpointed" or "bounded"; got '
                f"{loop!r}."
            )
        if checkpoints < 1:
            raise ValueError(
                f"`Rkl2(checkpoints=...)` must be at least 1; got {checkpoints}."
            )
        # Odd, because an odd number of stages damps every mode without changing sign.
        self.max_stages = max_stages - 1 + max_stages % 2
        self.loop = loop
        self.checkpoints = min(checkpoints, self.max_stages)

    def order(self, terms: Any) -> int:
        """Order of the method; no unit."""
        del terms
        return 2

    def error_order(self, terms: Any) -> int:
        """Power of the step with which the error estimate falls; no unit."""
        del terms
        return 3

    def init(self, terms: Any, t0: Any, t1: Any, y0: PyTree, args: Any) -> PyTree:
        """The rate at the start, which each step hands on to the next."""
        del t1
        return terms.vf(t0, y0, args)

    def step(
        self,
        terms: diffrax.AbstractTerm,
        t0: Any,
        t1: Any,
        y0: PyTree,
        args: Any,
        solver_state: PyTree,
        made_jump: Any,
    ) -> tuple[PyTree, PyTree, dict[str, Any], PyTree, diffrax.RESULTS]:
        """One step from `t0` to `t1` (s): state, error estimate and dense output."""
        dtype = jnp.result_type(*jax.tree.leaves(y0))
        t0, span = jnp.asarray(t0), jnp.asarray(t1 - t0)
        h = span.astype(dtype)
        f0 = solver_state
        if made_jump is not False:
            f0 = lax.cond(
                eqxi.unvmap_any(made_jump), lambda: terms.vf(t0, y0, args), lambda: f0
            )
        stages, allowed = self._stages(terms, t0, t0 + span, y0, args)
        w = lax.stop_gradient(4 / (stages**2 + stages - 2))

        def stage(carry):
            j, c1, c2, d1, d2 = carry
            mu = (2 * j - 1) / j * _b(j) / _b(j - 1)
            nu = -(j - 1) / j * _b(j) / _b(j - 2)
            by_rate = mu * w
            by_first = -(1 - _b(j - 1)) * by_rate
            time = t0 + c1.astype(span.dtype) * span
            rate = terms.vf(time, jax.tree.map(jnp.add, y0, d1), args)
            # Changes from y0, not states: round-off stays relative to the change.
            d = jax.tree.map(
                lambda a, b, f, g: mu * a + nu * b + h * (by_rate * f + by_first * g),
                d1,
                d2,
                rate,
                f0,
            )
            return j + 1, mu * c1 + nu * c2 + by_rate + by_first, c1, d, d1

        first = jax.tree.map(lambda f: h * w / 3 * f, f0)
        two = jnp.asarray(2, dtype)
        carry = (two, w / 3, jnp.zeros_like(w), first, jax.tree.map(jnp.zeros_like, y0))
        change = eqxi.while_loop(
            lambda carry: carry[0] <= stages,
            stage,
            carry,
            max_steps=self.max_stages - 1,
            kind=self.loop,  # pyright: ignore[reportArgumentType]
            checkpoints=self.checkpoints if self.loop == "checkpointed" else None,
        )[3]
        y1 = jax.tree.map(lambda y, d: jnp.where(allowed, y + d, jnp.nan), y0, change)
        f1 = terms.vf(t0 + span, y1, args)
        error = jax.tree.map(
            lambda d, f, g: jnp.where(allowed, 0.4 * h * (f + g) - 0.8 * d, jnp.inf),
            change,
            f0,
            f1,
        )
        bend0 = jax.tree.map(lambda f, d: h * f - d, f0, change)
        bend1 = jax.tree.map(lambda f, g, d: 2 * d - h * (f + g), f0, f1, change)
        dense_info = dict(y0=y0, y1=y1, bends=(bend0, bend1))
        return y1, error, dense_info, f1, diffrax.RESULTS.successful

    def func(
        self, terms: AbstractStructuredTerm, t0: Any, y0: PyTree, args: Any
    ) -> Any:
        """The right-hand side, for the choice of the first step."""
        return terms.vf(t0, y0, args)

    def _stages(
        self, terms: Any, t0: Any, t1: Any, y0: PyTree, args: Any
    ) -> tuple[Float[Array, ""], Array]:
        """How many stages a step takes, and whether they suffice."""
        dtype = jnp.result_type(*jax.tree.leaves(y0))
        term, still = _structured(terms), lax.stop_gradient
        term, y0, args = (
            jax.tree.map(lambda x: still(x) if eqx.is_inexact_array(x) else x, tree)
            for tree in (term, y0, args)
        )
        # At both ends, because a ramp may heat while the step runs.
        ends = [term.spectral_bound(still(t), y0, args) for t in (t0, t1)]
        bound = still(jnp.maximum(*ends)).astype(dtype)
        reach = 1.05 * still(jnp.abs(t1 - t0)).astype(dtype) * bound
        least = 0.5 * (jnp.sqrt(9 + 8 * reach) - 1) + 1
        odd = 2 * jnp.ceil((least - 1) / 2) + 1
        allowed = odd <= self.max_stages
        return jnp.where(allowed, jnp.maximum(odd, 3), 3), allowed


def _b(j: Float[Array, ""]) -> Float[Array, ""]:
    safe = jnp.maximum(j, 1)
    return jnp.where(j <= 2, 1 / 3, (j * j + j - 2) / (2 * safe * (safe + 1)))
