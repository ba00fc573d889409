"""Laws that are learned: ln D as a neural network, free or monotone."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import finite, in_precision, one_number, real, require
from .._shapes import Numbers
from ._law import AbstractDiffusivity, Point


class Network(AbstractDiffusivity):
    r"""A diffusivity whose logarithm is a neural network.

    $$\ln D(c) = \ln D_{ref} + N(u), \qquad u = 2\,\frac{c - c_1}{c_2 - c_1} - 1$$

    Positive whatever the weights are, and of any magnitude: a network sees numbers
    between -1 and 1, and gives numbers near 0. With `temperatures` it sees two numbers,
    $u$ and

    $$v = 2\,\frac{1/T - 1/T_1}{1/T_2 - 1/T_1} - 1,$$

    so that one that is linear in $v$ is an Arrhenius law at each composition. Where
    one activation energy serves all compositions, [`diffjax.diffusivity.Activated`][]
    around a network of composition alone needs less data.

    **Attributes:**

    - `module`: $N$.
    - `log_value`: $\ln D_{ref}$, with $D$ in m²/s; a scalar.
    - `compositions`: $c_1$ and $c_2$; shape `(2,)`.
    - `temperatures`: $T_1$ and $T_2$ in K, shape `(2,)`, or `None`.
    """

    module: Callable[[Float[Array, "..."]], Any]
    log_value: Float[Array, ""]
    compositions: Float[Array, " 2"]
    temperatures: Float[Array, " 2"] | None

    def __init__(
        self,
        module: Callable,
        value: ArrayLike,
        compositions: Numbers = (0.0, 1.0),
        temperatures: Numbers | None = None,
    ):
        """**Arguments:**

        - `module`: any Equinox module, or function, of one scalar (of shape `(2,)` if
            `temperatures` are given), whose result is one number; its weights are
            brought to the precision of `value`. Let its activations be smooth: a kink
            in $D(c)$ is a kink of the profile's slope.
        - `value`: $D_{ref} > 0$, in m²/s; a scalar: the size of $D$ to be expected.
        - `compositions`: between which the network is used, $c_1 < c_2$; two numbers.
        - `temperatures`: the same of temperature, in K, $0 < T_1 < T_2$; `None` for a
            network that does not know of it.

        **Raises:** `ValueError` if `module` cannot be called, `value` is not > 0, or a
        range is not two increasing numbers.

        !!! example

            ```python
            layers = eqx.nn.MLP(
                "scalar", "scalar", 16, 2, jnp.tanh, key=jax.random.key(0)
            )
            law = djx.diffusivity.Network(layers, value=1e-13)
            ```
        """
        if not callable(module):
            raise ValueError(
                "`Network(module=...)` must be a module or function of one number "
                f"between -1 and 1; got {module!r}."
            )
        value = one_number(value, "Network(value=...)", "m²/s", "> 0")
        self.log_value = jnp.log(value)
        self.module = in_precision(module, value.dtype)
        ends = _range(compositions, "compositions", "composition")
        self.compositions = ends.astype(value.dtype)
        if temperatures is not None:
            temperatures = _range(temperatures, "temperatures", "K")
            temperatures = require(
                temperatures,
                lambda t: t > 0,
                "`Network(temperatures=...)` must be > 0 (K).",
            ).astype(value.dtype)
        self.temperatures = temperatures

    def at(self, point: Point) -> Float[Array, ""]:
        """$D$ at the point, in m²/s; a scalar."""
        seen = _even(point.composition, *self.compositions)
        if self.temperatures is not None:
            first, last = 1 / self.temperatures
            seen = jnp.stack([seen, _even(1 / point.temperature, first, last)])
        given = jnp.asarray(self.module(seen))
        if given.size != 1:
            raise ValueError(
                "`Network(module=...)` must give one number, ln(D/D_ref); got shape "
                f"{given.shape}."
            )
        return jnp.exp(self.log_value + given.reshape(()))


class MonotoneMLP(eqx.Module):
    r"""A network of one number that rises, or falls, whatever its weights are.

    $$N(u) = b \pm \Big(s(a)\, u + \sum_{k=1}^{K} s(w_k) \tanh\big(s(v_k)\, (u -
    t_k)\big)\Big), \qquad s(x) = \ln(1 + e^x)$$

    Every slope is positive because $s$ is. A sum of steps comes as near to any
    continuous monotone function as wanted, with $K$ large enough.

    **Attributes:** `level` ($b$) and `slope` ($a$), scalars; `heights` ($w$),
    `steepnesses` ($v$) and `places` ($t$), shape `(width,)`; `rising`.
    """

    level: Float[Array, ""]
    slope: Float[Array, ""]
    heights: Float[Array, " width"]
    steepnesses: Float[Array, " width"]
    places: Float[Array, " width"]
    rising: bool = eqx.field(static=True)

    def __init__(self, width: int = 8, rising: bool = True, *, key: Array):
        """**Arguments:**

        - `width`: number of steps $K$ (no unit), at least 1.
        - `rising`: `True` for $N$ that rises with $u$, `False` for one that falls.
        - `key`: of `jax.random`, for the places of the steps.

        **Raises:** `ValueError` if `width` is below 1.
        """
        if isinstance(width, bool) or not isinstance(width, int) or width < 1:
            raise ValueError(
                f"`MonotoneMLP(width=...)` must be an integer >= 1; got {width!r}."
            )
        # Flat enough to be nearly a constant, with steps over the whole range.
        dtype = jnp.zeros(()).dtype
        shift = jax.random.uniform(key, (width,), dtype, minval=-0.5, maxval=0.5)
        self.level = jnp.zeros((), dtype)
        self.slope = jnp.asarray(_raw(0.05), dtype)
        self.heights = jnp.full((width,), _raw(0.5 / width), dtype)
        self.steepnesses = jnp.full((width,), _raw(1 + 0.25 * width), dtype)
        even = jnp.asarray((2 * np.arange(width) + 1) / width - 1, dtype)
        self.places = even + shift / width
        self.rising = rising

    def __call__(self, u: Float[Array, ""]) -> Float[Array, ""]:
        """**Arguments:**

        - `u`: no unit; a scalar.

        **Returns:** $N(u)$, no unit; a scalar.
        """
        s = jax.nn.softplus
        steps = s(self.heights) * jnp.tanh(s(self.steepnesses) * (u - self.places))
        risen = s(self.slope) * u + jnp.sum(steps)
        return self.level + (risen if self.rising else -risen)


def _range(given: Numbers, name: str, unit: str) -> Float[Array, " 2"]:
    ends = real(given)
    if ends.shape != (2,):
        raise ValueError(
            f"`Network({name}=...)` must be two numbers ({unit}); got shape "
            f"{ends.shape}."
        )
    return require(
        ends,
        lambda e: finite(e) & (e[1] > e[0]),
        f"`Network({name}=...)` must be two finite, increasing numbers ({unit}).",
    )


def _even(x: Float[Array, ""], first: Any, last: Any) -> Float[Array, ""]:
    """From -1 at `first` to 1 at `last`."""
    return 2 * (x - first) / (last - first) - 1


def _raw(positive: float) -> float:
    """Whose softplus is `positive`."""
    return float(np.log(np.expm1(positive)))
