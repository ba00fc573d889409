"""Polynomials of composition: Redlich and Kister's pairs, with triples by Muggianu."""

import functools
import operator
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._temperature import of_temperature, OfTemperature, Stack, stacked


Parameter = OfTemperature | Numbers


class Product(NamedTuple):
    """How one parameter enters: the fractions that multiply it, and an odd power.

    `pair` gives the two fractions of the difference that is taken to `power`; `triple`
    the three of Muggianu's share, the first of which it belongs to.
    """

    factors: tuple[int, ...]
    pair: tuple[int, int] = (0, 0)
    power: int = 0
    triple: tuple[int, ...] = ()


class Expansion(eqx.Module):
    r"""A quantity as a polynomial in the fractions with coefficients in temperature.

    $$E(x, T) = \sum_i x_i E_i + \sum_{i<j} x_i x_j \sum_\nu L^\nu_{ij} (x_i - x_j)^\nu
    + \sum_{i<j<k} x_i x_j x_k (L_i v_i + L_j v_j + L_k v_k)$$

    with $v_i = x_i + (1 - x_i - x_j - x_k)/3$. In more than two components pairs keep
    their plain difference $x_i - x_j$, which is Muggianu's extension. Energies,
    activations of jumps, Curie temperatures and moments all have this form;
    [`diffjax.thermo.redlich_kister`][] makes one.
    """

    products: tuple[Product, ...] = eqx.field(static=True)
    parameters: Stack

    def __init__(
        self, products: Sequence[Product], parameters: Sequence[OfTemperature]
    ):
        """**Arguments:**

        - `products`: how each parameter enters; indices of fractions, no unit.
        - `parameters`: one for each product, in the unit of the quantity.
        """
        self.products = tuple(products)
        self.parameters = stacked(parameters)

    def at(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, ""]:
        """The quantity at one point; a scalar, in the unit of its parameters.

        **Arguments:**

        - `fractions`: that sum to one, no unit; shape `(n,)`.
        - `temperature`: in K; a scalar.
        """
        if not self.products:
            return jnp.zeros((), dtype=fractions.dtype)
        weights = _weights(self.products, fractions)
        values = self.parameters(temperature)
        terms = [weight * value for weight, value in zip(weights, values)]
        return functools.reduce(operator.add, terms)


def _weights(
    products: Sequence[Product], fractions: Float[Array, " n"]
) -> list[Float[Array, ""]]:
    """What multiplies each parameter. What several have in common is written once: each
    operation here is compiled again in every derivative."""
    x = list(fractions)
    gap = functools.cache(lambda pair: x[pair[0]] - x[pair[1]])
    share = functools.cache(lambda triple: (1 - sum(x[i] for i in triple)) / 3)

    @functools.cache
    def weight(factors: tuple[int, ...], pair: tuple[int, int], power: int):
        # By multiplication, not `**`: every derivative is finite at a difference of 0.
        if power:
            return weight(factors, pair, power - 1) * gap(pair)
        if len(factors) > 1:
            return weight(factors[:-1], pair, 0) * x[factors[-1]]
        return x[factors[0]] if factors else jnp.ones_like(x[0])

    def whole(product: Product) -> Float[Array, ""]:
        found = weight(product.factors, product.pair, product.power)
        if product.triple:
            own = x[product.triple[0]] + share(tuple(sorted(product.triple)))
            found = found * own
        return found

    return [whole(product) for product in products]


def redlich_kister(
    components: Sequence[str],
    ends: Mapping[str, Parameter] | None = None,
    pairs: Mapping[tuple[str, str], Parameter | Sequence[Parameter]] | None = None,
    triples: Mapping[tuple[str, str, str], Parameter | Sequence[Parameter]]
    | None = None,
) -> Expansion:
    r"""An expansion in the names of components; see [`diffjax.thermo.Expansion`][].

    **Arguments:**

    - `components`: names, in the order of the fractions.
    - `ends`: $E_i$ by component; what is not given is 0. Each parameter is a number
        $a$, a tuple $(a, b)$ for $a + b T$, $(a, b, c)$ for $a + b T + c T \ln T$, or
        an [`diffjax.thermo.OfTemperature`][]; in J/mol, or the quantity's unit.
    - `pairs`: by pair of names $(i, j)$ a *list* of parameters, $L^0, L^1, ...$; or
        one number, which is $L^0$. The order of the names is that of $x_i - x_j$. So
        `[1e3, 2.0]` is $L^0$ and $L^1$, `[(1e3, 2.0)]` is $L^0 = a + b T$; without the
        list `(1e3, 2.0)` is refused.
    - `triples`: by three names a list of three parameters $L_i, L_j, L_k$, or one
        number or a list of one parameter that stands for all three.

    **Returns:** an `Expansion`.

    **Raises:** `ValueError` for a component that is not there, or given twice, and for
    several numbers outside of a list.
    """
    names = component_names(components, "redlich_kister(components=...)")
    products, parameters = [], []
    for name, given in (ends or {}).items():
        products.append(Product(_places(names, (name,), "ends")))
        parameters.append(of_temperature(given, f"ends[{name!r}]"))
    seen: set[frozenset[int]] = set()
    for pair, given in (pairs or {}).items():
        i, j = _places(names, pair, "pairs", 2, seen)
        for power, value in enumerate(_listed(given, f"pairs[{pair!r}]", "L0, L1")):
            products.append(Product((i, j), (i, j), power))
            parameters.append(of_temperature(value, f"pairs[{pair!r}][{power}]"))
    for triple, given in (triples or {}).items():
        places = _places(names, triple, "triples", 3, seen)
        values = _listed(given, f"triples[{triple!r}]", "L_i, L_j, L_k")
        if len(values) == 1:
            products.append(Product(places))
            parameters.append(of_temperature(values[0], f"triples[{triple!r}]"))
            continue
        if len(values) != 3:
            raise ValueError(
                f"`triples[{triple!r}]` must be one parameter or a list of three "
                f"(J/mol); got {len(values)}."
            )
        for turn, value in enumerate(values):
            share = (*places[turn:], *places[:turn])
            products.append(Product(places, triple=share))
            parameters.append(of_temperature(value, f"triples[{triple!r}][{turn}]"))
    return Expansion(products, parameters)


def component_names(components: Sequence[str], door: str) -> tuple[str, ...]:
    """The names as a tuple; a sentence if there are none, or one comes twice."""
    names = (components,) if isinstance(components, str) else tuple(components)
    if not names or len(set(names)) != len(names):
        raise ValueError(f"`{door}` must be names, each once; got {names}.")
    return names


def _listed(
    given: Parameter | Sequence[Parameter], name: str, levels: str
) -> list[Parameter]:
    """The parameters of one pair or triple; several bare numbers could be either."""
    if isinstance(given, list):
        return list(given)  # pyright: ignore
    count = len(given) if isinstance(given, tuple) else getattr(given, "size", 1)
    if count > 1:
        raise ValueError(
            f"`{name}` is several numbers outside of a list, which could be {levels} "
            "or one parameter a + b T (J/mol): write the first as a list, "
            f"`[{levels}]`, the second as `[(a, b)]`."
        )
    return [given]  # pyright: ignore


def _places(
    names: tuple[str, ...],
    wanted: Sequence[str],
    argument: str,
    count: int = 1,
    seen: set[frozenset[int]] | None = None,
) -> tuple[int, ...]:
    wanted = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    unknown = [name for name in wanted if name not in names]
    if unknown or len(set(wanted)) != count:
        raise ValueError(
            f"`{argument}` must be given by {count} of the components "
            f"{', '.join(names)}; got {', '.join(map(str, wanted))}."
        )
    places = tuple(names.index(name) for name in wanted)
    if seen is not None:
        if frozenset(places) in seen:
            raise ValueError(
                f"`{argument}` must have each set of components once; "
                f"{', '.join(wanted)} comes twice."
            )
        seen.add(frozenset(places))
    return places
