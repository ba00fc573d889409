"""Rosenbrock and W-methods as diffrax solvers."""

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PyTree

from ._term import AbstractStructuredTerm


@dataclasses.dataclass(frozen=True)
class Tableau:
    """Coefficients of a Rosenbrock method, in the form without matrix products.

    **Attributes** (no unit):

    - `gamma`: the diagonal; each stage solves with $I/(γh) - J$.
    - `nodes`: $α_i$, the stages' times.
    - `drifts`: $γ_i$, the factors of $h ∂f/∂t$.
    - `states`: rows $a_{ij}$ of the stages' states.
    - `mixes`: rows $c_{ij}$ of what earlier stages add to the right-hand side.
    - `weights`: $m_i$ of the step.
    - `dense`: rows $d_i$ that give the state between the ends; none for a straight
        line.
    - `order`: of the step.
    - `estimate`: weights of the error estimate; the last stage alone if empty.
    - `any_matrix`: whether the order holds with any matrix in place of the Jacobian, so
        that an approximate inverse will do.
    """

    gamma: float
    nodes: tuple[float, ...]
    drifts: tuple[float, ...]
    states: tuple[tuple[float, ...], ...]
    mixes: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]
    dense: tuple[tuple[float, ...], ...]
    order: int
    estimate: tuple[float, ...] = ()
    any_matrix: bool = False


def _combine(weights: tuple[float, ...], stages: list[PyTree]) -> PyTree | None:
    """Sum of weight times stage, zeros left out; `None` where nothing is left."""
    used = [(w, k) for w, k in zip(weights, stages) if w != 0]
    if not used:
        return None
    return jax.tree.map(
        lambda *ks: sum(w * k for (w, _), k in zip(used, ks)), *(k for _, k in used)
    )


def _structured(terms: Any) -> AbstractStructuredTerm:
    """The term itself, out of diffrax's wrapper for the direction of time."""
    while not isinstance(terms, AbstractStructuredTerm):
        terms = terms.term
    return terms


class RosenbrockInterpolation(diffrax.AbstractLocalInterpolation):
    r"""The state inside one step, with $s = (t - t_0) / (t_1 - t_0)$:

    $$y(t) = (1 - s) y_0 + s\,[y_1 + (1 - s)(k_0 + s\,k_1)]$$

    **Attributes:** `t0`, `t1` in s; `y0`, `y1` and the rows `bends` ($k_0$, $k_1$) as
    the state.
    """

    t0: Any
    t1: Any
    y0: PyTree
    y1: PyTree
    bends: tuple[PyTree, ...]

    def evaluate(self, t0: Any, t1: Any | None = None, left: bool = True) -> PyTree:
        """State at `t0` (s), or its change from `t0` to `t1`; like the state."""
        del left
        if t1 is not None:
            return jax.tree.map(jnp.subtract, self.evaluate(t1), self.evaluate(t0))
        span = self.t1 - self.t0
        s = jnp.where(span == 0, 0.0, (t0 - self.t0) / jnp.where(span == 0, 1.0, span))

        def inside(y0, y1, *bends):
            x = s.astype(y0.dtype)
            bend = jnp.zeros_like(y0)
            for k in reversed(bends):
                bend = k + x * bend
            return (1 - x) * y0 + x * (y1 + (1 - x) * bend)

        return jax.tree.map(inside, self.y0, self.y1, *self.bends)


class AbstractRosenbrock(diffrax.AbstractAdaptiveSolver):
    r"""A linearly implicit one-step method for $\dot y = f(t, y)$.

    With $J = \partial f / \partial y$ at the start of the step, each stage solves

    $$\Big(\frac{1}{\gamma h} I - J\Big) u_i = f\Big(t_0 + \alpha_i h, y_0 + \sum_{j<i}
    a_{ij} u_j\Big) + \sum_{j<i} \frac{c_{ij}}{h} u_j + \gamma_i h \frac{\partial f}
    {\partial t}$$

    and $y_1 = y_0 + \sum_i m_i u_i$. No Newton iteration, one matrix per step; linear
    invariants of $f$ (mass) are kept to round-off. The methods here are L-stable: a
    step in the initial state is damped and does not ring.

    **Attributes:**

    - `preconditioner`: handed on to the `solver` of the linearised equation, which may
        use it where it iterates; what it is depends on the equation. `None` leaves the
        choice to the equation.
    """

    preconditioner: eqx.AbstractVar[Any]

    term_structure: ClassVar = AbstractStructuredTerm
    interpolation_cls: ClassVar[Callable[..., RosenbrockInterpolation]] = (
        RosenbrockInterpolation
    )
    tableau: eqx.AbstractClassVar[Tableau]

    def order(self, terms: Any) -> int:
        """Order of the method; no unit."""
        del terms
        return self.tableau.order

    def init(self, terms: Any, t0: Any, t1: Any, y0: PyTree, args: Any) -> None:
        """Nothing is carried from step to step."""
        del terms, t0, t1, y0, args
        return None

    def step(
        self,
        terms: diffrax.AbstractTerm,
        t0: Any,
        t1: Any,
        y0: PyTree,
        args: Any,
        solver_state: None,
        made_jump: Any,
    ) -> tuple[PyTree, PyTree, dict[str, Any], None, diffrax.RESULTS]:
        """One step from `t0` to `t1` (s): state, error estimate and dense output."""
        del solver_state, made_jump
        table = self.tableau
        dtype = jnp.result_type(*jax.tree.leaves(y0))
        h = jnp.asarray(t1 - t0, dtype=dtype)
        here = _structured(terms).linearise(t0, y0, args)
        shift = 1 / (table.gamma * h)
        if table.any_matrix:
            solve = here.split_solver(shift)
        else:
            solve = here.solver(shift, self.preconditioner)
        # Traced once for all stages, and so are their derivatives; XLA writes them out.
        solved = jax.jit(lambda right: solve(right))
        rate = jax.jit(lambda time, y: terms.vf(time, y, args))
        stages: list[PyTree] = []
        # Written out, not looped over: each stage then costs only what it needs.
        for node, drift, state, mix in zip(
            table.nodes, table.drifts, table.states, table.mixes
        ):
            moved = _combine(state, stages)
            if moved is None:
                right = here.rate
            else:
                time = t0 + node * (t1 - t0)
                right = rate(time, jax.tree.map(jnp.add, y0, moved))
            past = _combine(mix, stages)
            if past is not None:
                right = jax.tree.map(lambda f, k: f + k / h, right, past)
            if drift != 0:
                right = jax.tree.map(lambda f, d: f + drift * h * d, right, here.drift)
            stages.append(solved(right))
        y1 = jax.tree.map(jnp.add, y0, _combine(table.weights, stages))
        error = _combine(table.estimate, stages) if table.estimate else stages[-1]
        bends = tuple(_combine(row, stages) for row in table.dense)
        dense_info = dict(y0=y0, y1=y1, bends=bends)
        return y1, error, dense_info, None, diffrax.RESULTS.successful

    def func(
        self, terms: AbstractStructuredTerm, t0: Any, y0: PyTree, args: Any
    ) -> Any:
        """The right-hand side, for the choice of the first step."""
        return terms.vf(t0, y0, args)


class Rodas3(AbstractRosenbrock):
    """Four stages, order 3 with an error estimate of order 2; stiffly accurate.

    **Error:** order 3 in the step, between the steps too.

    ??? cite "Reference"

        Sandu, Verwer, Blom, Spee, Carmichael & Potra, *Atmospheric Environment* **31**
        (1997). The dense output was derived here from the order conditions.
    """

    preconditioner: Any = None

    tableau: ClassVar[Tableau] = Tableau(
        gamma=0.5,
        nodes=(0.0, 0.0, 1.0, 1.0),
        drifts=(0.5, 1.5, 0.0, 0.0),
        states=((), (), (2.0, 0.0), (2.0, 0.0, 1.0)),
        mixes=((), (4.0,), (1.0, -1.0), (1.0, -1.0, -8 / 3)),
        weights=(2.0, 0.0, 1.0, 1.0),
        dense=((3.0, -1.0, 0.0, 0.0),),
        order=3,
    )


_LAST = (6.019134481288629, 12.53708332932087, -0.687886036105895)


class Rodas4(AbstractRosenbrock):
    """Six stages, order 4, error estimate of order 3; stiffly accurate. The default.

    **Error:** order 4 in the step, between the steps too. On walls whose values
    change quickly in time the order falls towards 3 or less, as for every one-step
    method of this kind.

    ??? cite "Reference"

        The method RODAS of Hairer & Wanner, *Solving Ordinary Differential Equations
        II*, Springer 1996.
    """

    preconditioner: Any = None

    tableau: ClassVar[Tableau] = Tableau(
        gamma=0.25,
        nodes=(0.0, 0.386, 0.21, 0.63, 1.0, 1.0),
        drifts=(0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0),
        states=(
            (),
            (1.544,),
            (0.9466785280815826, 0.2557011698983284),
            (3.314825187068521, 2.896124015972201, 0.9986419139977817),
            (1.221224509226641, *_LAST),
            (1.221224509226641, *_LAST, 1.0),
        ),
        mixes=(
            (),
            (-5.6688,),
            (-2.430093356833875, -0.2063599157091915),
            (-0.1073529058151375, -9.594562251023355, -20.47028614809616),
            (
                7.496443313967647,
                -10.24680431464352,
                -33.99990352819905,
                11.70890893206160,
            ),
            (
                8.083246795921522,
                -7.981132988064893,
                -31.52159432874371,
                16.31930543123136,
                -6.058818238834054,
            ),
        ),
        weights=(1.221224509226641, *_LAST, 1.0, 1.0),
        dense=(
            (
                10.12623508344586,
                -7.487995877610167,
                -34.80091861555747,
                -7.992771707568823,
                1.025137723295662,
                0.0,
            ),
            (
                -0.6762803392801253,
                6.087714651680015,
                16.43084320892478,
                24.76722511418386,
                -6.594389125716872,
                0.0,
            ),
        ),
        order=4,
    )


_GAMMA = 1 - 0.5**0.5


class Ros2(AbstractRosenbrock):
    r"""Two stages, order 2 with *any* matrix, error estimate of order 1: a W-method.

    The matrix need not be the Jacobian: each stage takes the `split_solver` of the
    linearised equation, for example a product of inverses along one axis each, instead
    of a solve that couples all axes. With the exact inverse it is L-stable.

    **Error:** order 2 in the step, between the steps (a straight line) too.

    With a product of one-axis inverses, modes that are stiff along two axes at once are
    hardly damped by a step that is far too long for them, and change sign. Under error
    control from a small first step that does not happen. Of the two values of $\gamma$
    that give L-stability the smaller is used: on graded steps from a disc it kept the
    bounds to round-off and erred some 25 times less than the larger, although only the
    larger never changes the sign of a mode.

    ??? cite "Reference"

        Verwer, Spee, Blom & Hundsdorfer, *SIAM Journal on Scientific Computing* **20**
        (1999).
    """

    preconditioner: Any = None

    tableau: ClassVar[Tableau] = Tableau(
        gamma=_GAMMA,
        nodes=(0.0, 1.0),
        drifts=(_GAMMA, -_GAMMA),
        states=((), (1 / _GAMMA,)),
        mixes=((), (-2 / _GAMMA,)),
        weights=(1.5 / _GAMMA, 0.5 / _GAMMA),
        dense=(),
        order=2,
        estimate=(0.5 / _GAMMA, 0.5 / _GAMMA),
        any_matrix=True,
    )
