"""What is known of a parameter before the data: one residual row each."""

import abc
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import jax.scipy.linalg as jsl
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx


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
