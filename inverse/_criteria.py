"""What makes a plan good: logarithms of variances, as functions of the information."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


Criterion = str | Callable[[Any], Any]
# E-optimality is the mean of so high a power of the eigenvalues, so that it is smooth.
_POWER = 12
# Local parameters that a plan leaves open are given this share of what the others have.
_RIDGE = 1e-10


class Goal(eqx.Module):
    r"""A criterion, as the logarithm of a variance that is to be small.

    With the covariance $C = M^{-1}$ of the shared parameters in their scales:

    | kind | $\Phi$ |
    | --- | --- |
    | `"D"` | $\frac1p \ln \det C$ |
    | `"A"` | $\ln \operatorname{tr} C / p$ |
    | `"E"` | $\ln$ of the largest eigenvalue (a mean of its 12th power) |
    | `"c"` | $\ln \operatorname{tr} G C G^\top / m$, slopes $G$ of $m$ quantities |

    Each is convex in $M$, and falls by $\ln s$ if $M$ grows by a factor $s$.
    """

    kind: str = eqx.field(static=True)

    def value(
        self, matrix: Float[Array, "k k"], slopes: Float[Array, "m p"]
    ) -> Float[Array, ""]:
        r"""$\Phi$ of an information matrix whose first `p` rows are shared parameters;
        `slopes` only matter for `"c"`."""
        size, shared = matrix.shape[0], slopes.shape[1]
        root = jnp.sqrt(jnp.diag(matrix) + 1e-300)
        even = matrix / root[:, None] / root[None, :]
        even = even + _RIDGE * jnp.eye(size)
        if self.kind == "D":
            # Of the block: the determinant of all over that of the rest.
            rest = jnp.linalg.slogdet(even[shared:, shared:])[1]
            whole = jnp.linalg.slogdet(even)[1]
            return (rest - whole) / shared - 2 * jnp.mean(jnp.log(root[:shared]))
        right = jnp.eye(size)[:, :shared] / root[:, None]
        block = (jnp.linalg.solve(even, right) / root[:, None])[:shared]
        if self.kind == "A":
            return jnp.log(jnp.trace(block) / shared)
        if self.kind == "E":
            block = 0.5 * (block + block.T)
            largest = jax.lax.stop_gradient(jnp.linalg.norm(block))
            high = jnp.linalg.matrix_power(block / largest, _POWER)
            return jnp.log(jnp.trace(high) / shared) / _POWER + jnp.log(largest)
        return jnp.log(jnp.trace(slopes @ block @ slopes.T) / slopes.shape[0])

    @property
    def exponent(self) -> float:
        """Of the multiplicative rule: as large as it may be without overshooting."""
        return {"D": 1.0, "E": 1.0 / (_POWER + 1)}.get(self.kind, 0.5)

    @property
    def words(self) -> str:
        """What is small where the criterion is."""
        return {
            "D": "volume of the error ellipsoid",
            "A": "mean variance in scales",
            "E": "variance of the worst combination",
            "c": "variance asked for",
        }[self.kind]


def goal_of(criterion: Criterion, names: tuple[str, ...]) -> Goal:
    """The goal that a word or a function stands for.

    **Arguments:**

    - `criterion`: as in [`inverse.design`][].
    - `names`: of the shared parameters.

    **Raises:** `ValueError` if there is no such criterion, or no such parameter.
    """
    if callable(criterion):
        return Goal("c")
    if criterion in ("D", "A", "E"):
        return Goal(criterion)
    if isinstance(criterion, str) and criterion.startswith("c:"):
        if criterion[2:] in names:
            return Goal("c")
        raise ValueError(
            f"`criterion={criterion!r}`: the parameters are {', '.join(names)}."
        )
    raise ValueError(
        "`criterion` must be 'D', 'A', 'E', 'c:NAME', or a function from the model to "
        f"numbers; got {criterion!r}."
    )


def slopes_of(criterion: Criterion, question: Any, free: np.ndarray) -> np.ndarray:
    """Slopes of what is asked for along the shared part of a free vector; shape
    `(m, p)`; zeros where the criterion asks for no quantity.

    **Arguments:**

    - `criterion`: as in [`inverse.design`][].
    - `question`: with `objective`, `shared`, `names` and `told`.
    - `free`: free vector; no unit.
    """
    shared = question.shared
    if callable(criterion):
        at = _slopes(criterion, question.objective, jnp.asarray(free))
        return np.asarray(at).reshape(-1, free.size)[:, :shared]
    out = np.zeros((1, shared))
    if criterion.startswith("c:"):
        row = question.told.rows[question.names.index(criterion[2:])]
        out[0] = row[:shared]
    return out


@eqx.filter_jit
def _slopes(criterion, objective, free):
    return jax.jacfwd(lambda u: criterion(objective.model(u)))(free)


def mean_value(
    goal: Goal,
    matrices: Float[Array, "samples k k"],
    slopes: Float[Array, "samples m p"],
) -> Float[Array, ""]:
    """The criterion, averaged over samples of the parameters."""
    return jnp.mean(jax.vmap(goal.value)(matrices, slopes))
