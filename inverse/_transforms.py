"""Smooth one-to-one maps between a parameter and the real line."""

import abc

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx


class AbstractTransform(eqx.Module):
    """A map from a parameter, in its own unit, to an unbounded number and back.

    To add one: subclass this and write the three methods.
    """

    @abc.abstractmethod
    def forward(self, value: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """From the parameter, in its unit, to the real line; same shape."""

    @abc.abstractmethod
    def inverse(self, free: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """From the real line back to the parameter, in its unit; same shape."""

    @abc.abstractmethod
    def describe(self, name: str) -> str:
        """How sentences call the transformed parameter, e.g. `"ln D"`."""


class Identity(AbstractTransform):
    """The parameter itself: any real number."""

    def forward(self, value: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """`value`, in its unit; same shape."""
        return value

    def inverse(self, free: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """`free`, in its unit; same shape."""
        return free

    def describe(self, name: str) -> str:
        """`name`."""
        return name


class Log(AbstractTransform):
    r"""$u = \ln x$: the parameter stays positive, and errors are relative."""

    def forward(self, value: Float[Array, "*s"]) -> Float[Array, "*s"]:
        r"""$\ln x$ of a value > 0 in its unit; same shape."""
        return jnp.log(value)

    def inverse(self, free: Float[Array, "*s"]) -> Float[Array, "*s"]:
        r"""$e^u > 0$, in the parameter's unit; same shape."""
        return jnp.exp(free)

    def describe(self, name: str) -> str:
        """`"ln "` and the name."""
        return f"ln {name}"


class Interval(AbstractTransform):
    r"""The parameter stays between two bounds.

    $$u = \ln \frac{x - a}{b - x}$$
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
        message = "`Interval(lower, upper)` needs finite numbers with `lower < upper`."
        self.lower = djx.require(low, good, message)
        self.upper = high

    def forward(self, value: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """The logit of where `value` (in its unit) lies between the bounds."""
        return jnp.log((value - self.lower) / (self.upper - value))

    def inverse(self, free: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """A value strictly between the bounds, in the parameter's unit; same shape."""
        # 1/(1 + e^-u) as a tanh: no overflow, and finite slopes.
        share = 0.5 * (1 + jnp.tanh(0.5 * free))
        return self.lower + (self.upper - self.lower) * share

    def describe(self, name: str) -> str:
        """`"logit "` and the name."""
        return f"logit {name}"
