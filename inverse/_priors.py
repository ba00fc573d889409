"""What is known of a parameter before the data: one residual row each."""

import abc

import equinox as eqx
import jax.numpy as jnp
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
