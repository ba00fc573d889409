"""Energies that depend on temperature: sums of powers, in ranges."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._checks import finite, real, require
from .._shapes import Numbers


Terms = tuple[tuple[int, int], ...]
USUAL: Terms = ((0, 0), (1, 0), (1, 1))


class OfTemperature(eqx.Module):
    r"""A molar energy (or another quantity) as a sum of powers of temperature.

    $$E(T) = \sum_k a_k\, T^{p_k} (\ln T)^{q_k}$$

    in each range of temperature. With the usual terms, $E = a + b T + c T \ln T$.
    """

    coefficients: Float[Array, "ranges terms"]
    terms: Terms = eqx.field(static=True)
    limits: tuple[float, ...] = eqx.field(static=True)

    def __init__(
        self,
        coefficients: Numbers,
        terms: Terms | None = None,
        limits: Sequence[float] = (),
    ):
        """**Arguments:**

        - `coefficients`: $a_k$, in J/mol over the term's power of K; a scalar, shape
            `(terms,)`, or `(ranges, terms)`.
        - `terms`: for each coefficient the integers $(p_k, q_k)$; if not given,
            `(0, 0), (1, 0), (1, 1)`, as many of them as there are coefficients.
        - `limits`: temperatures between one range and the next, in K, increasing. The
            first and the last range go on for ever.

        **Raises:** `ValueError` if shapes disagree, or a coefficient is not finite.
        """
        array = real(coefficients)
        array = array.reshape(1, -1) if array.ndim < 2 else array
        limits = tuple(float(limit) for limit in limits)
        if terms is None:
            terms = USUAL[: array.shape[-1]]
        terms = tuple((int(p), int(q)) for p, q in terms)
        if array.shape != (len(limits) + 1, len(terms)) or not terms:
            raise ValueError(
                "`OfTemperature(coefficients=...)` must have shape (ranges, terms) = "
                f"{(len(limits) + 1, len(terms))} for these `terms` and `limits`; got "
                f"{array.shape}. Without `terms`, give at most 3 (a + b T + c T ln T)."
            )
        require(
            limits,
            all(np.diff([0.0, *limits]) > 0),
            f"`OfTemperature(limits=...)` must increase and be > 0 (K); got {limits}.",
        )
        self.coefficients = require(
            array, finite, "`OfTemperature(coefficients=...)` must be finite."
        )
        self.terms, self.limits = terms, limits

    def at(self, temperature: Float[Array, ""]) -> Float[Array, ""]:
        """The value at one temperature (K), in J/mol; a scalar."""
        alone = Stack(self.coefficients[:, None], self.terms, self.limits)
        return alone(temperature)[0]


class Stack(eqx.Module):
    """Several functions of temperature in one table, evaluated together."""

    table: Float[Array, "ranges rows terms"]
    terms: Terms = eqx.field(static=True)
    limits: tuple[float, ...] = eqx.field(static=True)

    def __call__(self, temperature: Float[Array, ""]) -> Float[Array, " rows"]:
        """Their values at one temperature (K), in J/mol; shape `(rows,)`."""
        log = jnp.log(temperature)
        powers = jnp.stack([temperature**p * log**q for p, q in self.terms])
        if not self.limits:
            return self.table[0] @ powers
        limits = jnp.asarray(self.limits, dtype=self.table.dtype)
        return self.table[jnp.sum(temperature >= limits)] @ powers


def stacked(functions: Sequence[OfTemperature]) -> Stack:
    """One table of several functions, on the union of their terms and limits.

    **Arguments:**

    - `functions`: any number of them, in J/mol; terms and limits may differ.

    **Returns:** a function of temperature (K) that gives shape `(rows,)`.
    """
    terms = tuple(sorted({t for f in functions for t in f.terms})) or ((0, 0),)
    limits = tuple(sorted({limit for f in functions for limit in f.limits}))
    if not functions:
        return Stack(jnp.zeros((1, 0, 1), dtype=float), terms, limits)
    starts = (0.0, *limits)
    rows = []
    for function in functions:
        place = [sum(s >= limit for limit in function.limits) for s in starts]
        values = function.coefficients[np.asarray(place)]
        wide = jnp.zeros((len(starts), len(terms)), dtype=values.dtype)
        columns = np.asarray([terms.index(term) for term in function.terms])
        rows.append(wide.at[:, columns].set(values))
    return Stack(jnp.stack(rows, axis=1), terms, limits)


def of_temperature(given: OfTemperature | Numbers, name: str) -> OfTemperature:
    """What a user gave for one parameter: numbers, or an `OfTemperature`.

    **Arguments:**

    - `given`: in J/mol, over K for `b` and `c`; or an `OfTemperature`.
    - `name`: how a sentence names it.

    **Raises:** `ValueError` with a sentence if it is none of these.
    """
    if isinstance(given, OfTemperature):
        return given
    array = real(given)
    if array.ndim > 1 or array.size not in (1, 2, 3):
        raise ValueError(
            f"`{name}` must be one number a, (a, b) for a + b T, (a, b, c) for a + b T "
            f"+ c T ln T (J/mol), or an `OfTemperature`; got an array of shape "
            f"{array.shape}."
        )
    return OfTemperature(array)
