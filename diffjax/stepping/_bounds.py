"""Steps in time that leave the range a state must keep are taken again, shorter."""

from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree


class WithinBounds(diffrax.AbstractAdaptiveStepSizeController):
    """A step size controller that counts leaving a range as an error.

    Nothing is clipped. What the state would overstep by is added to the estimated error
    of every entry, so that one entry alone decides, however many there are.

    **Attributes:**

    - `controller`: any adaptive controller of diffrax.
    - `lower`, `upper`: the range, in the unit of the state.
    - `weight`: how much overstepping counts, against an error of the same size; no
        unit.
    """

    controller: diffrax.AbstractAdaptiveStepSizeController
    lower: float = eqx.field(static=True)
    upper: float = eqx.field(static=True)
    weight: float = eqx.field(static=True)

    def __init__(
        self,
        controller: diffrax.AbstractAdaptiveStepSizeController,
        lower: float,
        upper: float,
        weight: float = 10.0,
    ):
        """**Arguments:** as the attributes."""
        self.controller = controller
        self.lower, self.upper, self.weight = lower, upper, weight

    @property
    def atol(self) -> Any:
        """That of the controller."""
        return self.controller.atol

    @property
    def rtol(self) -> Any:
        """That of the controller."""
        return self.controller.rtol

    @property
    def norm(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """That of the controller."""
        return self.controller.norm

    def wrap(self, direction: Any) -> "WithinBounds":
        """As diffrax's: told of the direction of time."""
        inner = self.controller.wrap(direction)
        assert isinstance(inner, diffrax.AbstractAdaptiveStepSizeController)
        return WithinBounds(inner, self.lower, self.upper, self.weight)

    def init(self, *args: Any, **kwargs: Any) -> Any:
        """The first step: that of the controller."""
        return self.controller.init(*args, **kwargs)

    def adapt_step_size(
        self,
        t0: Any,
        t1: Any,
        y0: PyTree,
        y1_candidate: PyTree,
        args: Any,
        y_error: PyTree,
        error_order: Any,
        controller_state: Any,
    ) -> Any:
        """Whether a step counts, and the next one; see diffrax."""
        field = y1_candidate.composition
        over = self.weight * overstep(field, self.lower, self.upper)
        worse = jnp.abs(y_error.composition) + jax.lax.stop_gradient(over)
        y_error = eqx.tree_at(lambda e: e.composition, y_error, worse)
        return self.controller.adapt_step_size(
            t0, t1, y0, y1_candidate, args, y_error, error_order, controller_state
        )


def overstep(
    field: Float[Array, "..."], lower: float, upper: float
) -> Float[Array, ""]:
    """By how much a field leaves a range at most; 0 inside, in its unit; a scalar.

    **Arguments:**

    - `field`: any shape and unit.
    - `lower`, `upper`: the range.
    """
    outside = jnp.maximum(lower - field, field - upper)
    return jnp.maximum(jnp.max(outside), 0.0)
