"""Tables of measured diffusivities, and the bias of the laboratory behind them."""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._data import Readings
from ._experiment import law_of
from ._measured import Measured
from ._noise import AbstractNoise
from ._parameters import Free


def diffusivities(
    temperature: ArrayLike,
    value: ArrayLike,
    error: ArrayLike | None = None,
    composition: ArrayLike = 0.0,
    *,
    law: Callable | None = None,
    bias: ArrayLike | Free = 0.0,
    name: str = "diffusivities",
    noise: AbstractNoise | None = None,
) -> Measured:
    r"""A table of measured diffusivities $D(T, c)$ as an experiment.

    Tracer, interdiffusion or intrinsic diffusivities: `law` says which of the model's
    they are. Compared as logarithms, since their errors are relative:

    $$r = \frac{\ln D_{model}(T, c) + b - \ln D}{\sigma}$$

    **Arguments:**

    - `temperature`: in K; shape `(points,)`.
    - `value`: $D > 0$, in m²/s; shape `(points,)`.
    - `error`: $\sigma$, standard deviation of $\ln D$ (relative error, no unit); one
        number, shape `(points,)`, or `None` if it is to be estimated.
    - `composition`: $c$, in the unit of the law; one number or shape `(points,)`.
    - `law`: picks the law from the model; `None` if the model is the law.
    - `bias`: $b$, what this laboratory adds to $\ln D$ (no unit): held, or
        `Free(prior=inv.Normal(0.0, 0.2))`.
    - `name`: how reports call it.
    - `noise`: as in [`inverse.Readings`][].

    **Returns:**

    An [`inverse.Measured`][] whose readings are $\ln D$, with `at` holding temperature
    and composition; shape `(points, 2)`.

    **Raises:** `ValueError` if shapes disagree or a diffusivity or a temperature is not
    > 0.

    !!! example

        ```python
        table = inv.diffusivities(
            temperature=jnp.array([1100.0, 1200.0, 1300.0]),
            value=jnp.array([1e-15, 6e-15, 3e-14]),
            error=0.1,
        )
        fit = inv.fit(djx.diffusivity.Arrhenius(1e-5, 2.0), table)
        ```
    """
    t, d, c = djx.real(temperature), djx.real(value), djx.real(composition)
    if d.ndim != 1 or t.shape != d.shape or c.shape not in ((), d.shape):
        raise ValueError(
            "`diffusivities` needs `temperature` (K) and `value` (m²/s) of one shape "
            "`(points,)`, and `composition` one number or of that shape; got "
            f"{t.shape}, {d.shape} and {c.shape}."
        )
    t = djx.require(t, t > 0, "`diffusivities(temperature=...)` must be > 0 K.")
    d = djx.require(d, d > 0, "`diffusivities(value=...)` must be > 0 m²/s.")
    at = jnp.stack([t, jnp.broadcast_to(c, t.shape)], axis=1)
    alone = np.ptp(np.asarray(c)) == 0
    axis = "temperature (K)" if alone else "composition"
    data = Readings(jnp.log(d), error, at, name, noise, "ln D (m²/s)", axis)
    return Measured(data, _LogDiffusivity(law), {"bias": bias})


class _LogDiffusivity:
    """ln D and a bias; equal, so that nothing is compiled anew, if the law is."""

    def __init__(self, pick: Callable | None):
        self.pick = pick

    def __call__(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points 2"],
    ) -> Float[Array, " points"]:
        law = law_of(model, self.pick)
        return jnp.log(law.over(at[:, 1], at[:, 0])) + local["bias"]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _LogDiffusivity) and other.pick is self.pick

    def __hash__(self) -> int:
        return hash((type(self), self.pick))
