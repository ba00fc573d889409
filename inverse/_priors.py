"""What is known of a parameter before the data: one residual row each."""

import abc
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import jax.scipy.linalg as jsl
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._tails import student_rows


class AbstractPrior(eqx.Module):
    r"""Knowledge of a parameter from elsewhere, as a residual $r$ with
    $-\ln p = r^2 / 2$ + constant.

    To add one: subclass this and write the method.
    """

    @abc.abstractmethod
    def residual(self, value: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """How many standard deviations `value` lies from the centre; same shape.

        **Arguments:**

        - `value`: the parameter in its own unit; any shape.
        """


class Normal(AbstractPrior):
    r"""A bell curve: $r = (x - m) / s$."""

    mean: Float[Array, ""]
    sd: Float[Array, ""]

    def __init__(self, mean: ArrayLike, sd: ArrayLike):
        """**Arguments:**

        - `mean`: $m$, in the parameter's unit; a scalar.
        - `sd`: standard deviation $s > 0$, in the parameter's unit; a scalar.

        **Raises:** `ValueError` if `sd` is not > 0.
        """
        self.mean = djx.real(mean)
        sd = djx.real(sd)
        self.sd = djx.require(sd, sd > 0, "`Normal(sd=...)` must be > 0.")

    def residual(self, value: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """Distance from the mean in standard deviations, no unit; same shape."""
        return (value - self.mean) / self.sd


class LogNormal(AbstractPrior):
    r"""A bell curve in the logarithm: $r = \ln(x / m) / \ln f$."""

    median: Float[Array, ""]
    factor: Float[Array, ""]

    def __init__(self, median: ArrayLike, factor: ArrayLike):
        """**Arguments:**

        - `median`: $m > 0$, in the parameter's unit; a scalar.
        - `factor`: $f > 1$, one standard deviation as a factor (no unit); a scalar.

        **Raises:** `ValueError` if `median` is not > 0 or `factor` not > 1.
        """
        median, factor = djx.real(median), djx.real(factor)
        self.median = djx.require(
            median, median > 0, "`LogNormal(median=...)` must be > 0."
        )
        self.factor = djx.require(
            factor, factor > 1, "`LogNormal(factor=...)` must be > 1."
        )

    def residual(self, value: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """Distance from the median in standard deviations, no unit; same shape."""
        return jnp.log(value / self.median) / jnp.log(self.factor)


class StudentTPrior(AbstractPrior):
    r"""A bell curve with heavy tails: it gives way where the data contradict it.

    With $e = (x - m)/s$:

    $$r = \operatorname{sign}(e) \sqrt{(\nu + 1) \ln(1 + e^2/\nu)}$$
    """

    centre: Float[Array, ""]
    width: Float[Array, ""]
    dof: Float[Array, ""]

    def __init__(self, centre: ArrayLike, width: ArrayLike, dof: ArrayLike = 4.0):
        r"""**Arguments:**

        - `centre`: $m$, in the parameter's unit; a scalar.
        - `width`: $s > 0$, the scale of the distribution and not its standard
            deviation, in the parameter's unit; a scalar.
        - `dof`: degrees of freedom $\nu \ge 1$ (no unit); a scalar. Fewer: heavier
            tails.

        **Raises:** `ValueError` if `width` is not > 0 or `dof` is below 1.
        """
        width, dof = djx.real(width), djx.real(dof)
        self.centre = djx.real(centre)
        self.width = djx.require(
            width, width > 0, "`StudentTPrior(width=...)` must be > 0."
        )
        self.dof = djx.require(dof, dof >= 1, "`StudentTPrior(dof=...)` must be >= 1.")

    def residual(self, value: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """Root of twice what the distance costs, with its sign, no unit; same shape."""
        return student_rows((value - self.centre) / self.width, self.dof)


class Uniform(eqx.Module):
    """Any value between two bounds is as likely as any other, and none beyond them.

    It adds no row: a parameter with this prior is fitted as an
    [`inverse.Interval`][].
    """

    lower: Float[Array, ""]
    upper: Float[Array, ""]

    def __init__(self, lower: ArrayLike, upper: ArrayLike):
        """**Arguments:**

        - `lower`, `upper`: bounds $a < b$, finite, in the parameter's unit; scalars.

        **Raises:** `ValueError` if they are not finite and increasing.
        """
        low, high = djx.real(lower), djx.real(upper)
        good = (low < high) & jnp.isfinite(high - low)
        message = "`Uniform(lower, upper)` needs finite numbers with `lower < upper`."
        self.lower, self.upper = djx.require(low, good, message), high


def centre_of(prior: AbstractPrior) -> Float[Array, ""] | None:
    """The likeliest value of a prior of ours, in the parameter's unit."""
    match prior:
        case Normal():
            return prior.mean
        case LogNormal():
            return prior.median
        case StudentTPrior():
            return prior.centre
        case _:
            return None


class MultivariateNormal(eqx.Module):
    r"""A bell curve over several parameters whose errors belong together.

    With the transformed parameters $u$ (e.g. $\ln D_0$ where the transform is `Log`),
    their mean $m$ and covariance $C = L L^\top$ the rows are $r = L^{-1} (u - m)$.

    For a published Arrhenius law with its covariance: without the correlation of
    $\ln D_0$ and $Q$ the law is far less certain than it is.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    mean: Float[Array, " k"]
    root: Float[Array, "k k"]

    def __init__(self, names: Sequence[str], mean: ArrayLike, covariance: ArrayLike):
        """**Arguments:**

        - `names`: of the parameters, as reports call them.
        - `mean`: of the transformed parameters, in their units; shape `(k,)`.
        - `covariance`: of the transformed parameters; shape `(k, k)`.

        **Raises:** `ValueError` if shapes disagree, a name is there twice, or
        `covariance` is not symmetric and positive definite.

        !!! example

            ```python
            law = inv.MultivariateNormal(
                ("prefactor", "activation"),
                jnp.array([-11.5, 2.0]),
                jnp.array([[0.25, 0.045], [0.045, 0.01]]),
            )
            ```
        """
        names, mean, cov = tuple(names), djx.real(mean), djx.real(covariance)
        k = len(names)
        if mean.shape != (k,) or cov.shape != (k, k) or len(set(names)) < k:
            raise ValueError(
                f"`MultivariateNormal` of {k} names needs them different, `mean` of "
                f"shape ({k},) and `covariance` of shape ({k}, {k}); got {names}, "
                f"{mean.shape} and {cov.shape}."
            )
        size = jnp.sqrt(jnp.abs(jnp.diag(cov)))
        even = jnp.all(jnp.abs(cov - cov.T) <= 1e-9 * jnp.outer(size, size))
        root = jnp.linalg.cholesky(cov)
        message = (
            "`MultivariateNormal(covariance=...)` must be symmetric and positive "
            "definite."
        )
        good = even & jnp.all(jnp.isfinite(root))
        self.names, self.mean = names, mean
        self.root = djx.require(root, good, message)

    def residual(self, values: Float[Array, " k"]) -> Float[Array, " k"]:
        """Independent standard deviations from the mean, no unit; shape `(k,)`.

        **Arguments:**

        - `values`: the transformed parameters, in the order of `names`.
        """
        return jsl.solve_triangular(self.root, values - self.mean, lower=True)
