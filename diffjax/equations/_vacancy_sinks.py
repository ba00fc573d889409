"""Where vacancies are made and lost: their equilibrium, and how near sinks are."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import arguments, one_number, require, value_of
from ..lattice import Vacancies, warn_beyond_dilute
from ._pores import Pores


class VacancySinks(eqx.Module):
    r"""Sinks and sources of vacancies, of finite strength.

    $$\dot c_v = -\frac{c_v - c_v^{eq}}{\tau}, \qquad \frac{1}{\tau} = r + z \rho D_v,
    \qquad D_v = \frac{1}{f\, c_v^{eq}} \sum_i x_i D^*_i$$

    Sites are lost with the vacancies that end at climbing dislocations or boundaries,
    and made where these emit some. A rate of 0 leaves vacancies to themselves; a large
    one holds them at equilibrium.

    **Attributes:**

    - `equilibrium`, `rate`, `dislocations`: what was given, numbers as arrays.
    - `unit`: the site fraction that fields count vacancies in; a scalar.
    - `pores`: a [`diffjax.equations.Pores`][], or `None`.
    """

    equilibrium: Float[Array, ""] | Vacancies | Callable
    rate: Float[Array, ""] | Callable
    dislocations: Float[Array, ""] | Callable
    unit: Float[Array, ""]
    pores: Pores | None

    def __init__(
        self,
        equilibrium: ArrayLike | Vacancies | Callable,
        rate: ArrayLike | Callable = 0.0,
        dislocations: ArrayLike | Callable = 0.0,
        *,
        unit: ArrayLike | None = None,
        pores: Pores | None = None,
    ):
        r"""**Arguments:**

        - `equilibrium`: $c_v^{eq}$, the fraction of sites that are vacant at
            equilibrium, 0 to 0.1, no unit: a number; a [`diffjax.lattice.Vacancies`][]
            with its energy and entropy; or a function of the fractions, shape `(n,)`,
            and temperature (K), and of position (m) if it takes three arguments.
        - `rate`: $r >= 0$, in 1/s: a number, or a function of position (m), and of
            temperature (K) if it takes two arguments.
        - `dislocations`: $z \rho >= 0$, length of dislocations in a volume times their
            efficiency (of the order of one), in 1/m²: a number, or a function of
            position (m), and of temperature if it takes two.
        - `unit`: site fraction in which fields count vacancies, > 0, no unit: about
            their equilibrium, so that they are counted in numbers near one. That number
            by default; to be given where `equilibrium` is none.
        - `pores`: a [`diffjax.equations.Pores`][], which takes up what finds no sink;
            none by default.

        **Raises:** `ValueError` if a number is out of range, or the unit is missing.

        !!! example

            ```python
            copper = djx.lattice.Vacancies(1.27, 2.0)
            boundary = lambda x: 50.0 * jnp.exp(-((x / 2e-6) ** 2))
            djx.equations.VacancySinks(copper, boundary, unit=copper.fraction(1300.0))
            ```
        """
        if not callable(equilibrium) and not isinstance(equilibrium, Vacancies):
            equilibrium = _site_fraction(equilibrium, "equilibrium")
            warn_beyond_dilute(equilibrium)
            unit = equilibrium if unit is None else unit
        if unit is None:
            raise ValueError(
                "`VacancySinks(unit=...)` must be given where `equilibrium` is no "
                "number: a site fraction about the equilibrium (no unit); got None."
            )
        if not isinstance(pores, Pores | None):
            raise ValueError(
                "`VacancySinks(pores=...)` must be a `diffjax.equations.Pores`; got "
                f"{pores!r}."
            )
        self.equilibrium = equilibrium
        self.rate = _strength(rate, "rate", "1/s")
        self.dislocations = _strength(dislocations, "dislocations", "1/m²")
        self.unit = _site_fraction(unit, "unit")
        self.pores = pores

    def equilibrium_at(
        self,
        fractions: Float[Array, " n"],
        temperature: Float[Array, ""],
        position: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Site fraction of vacancies at equilibrium at one point, no unit; a scalar.

        **Arguments:**

        - `fractions`: of the atoms, no unit; shape `(n,)`.
        - `temperature`: in K; a scalar.
        - `position`: in m; a scalar.
        """
        law = self.equilibrium
        if isinstance(law, Vacancies):
            found = law.fraction(temperature)
        elif callable(law):
            given = (fractions, temperature, position)
            found = law(*given[: max(2, arguments(law))])
        else:
            found = law
        return jnp.asarray(found, dtype=fractions.dtype).reshape(())

    def exchange_at(
        self,
        mobility: Float[Array, ""],
        equilibrium: Float[Array, ""],
        temperature: Float[Array, ""],
        position: Float[Array, ""],
    ) -> Float[Array, ""]:
        r"""How many sites are made at one point for each unit of $1 - s$.

        **Arguments:**

        - `mobility`: $D_v c_v^{eq}$, in m²/s; a scalar.
        - `equilibrium`: $c_v^{eq}$, no unit; a scalar.
        - `temperature`: in K; a scalar.
        - `position`: in m; a scalar.

        **Returns:** $c_v^{eq} / \tau$, in 1/s; a scalar.
        """
        at = lambda law: _at(law, position, temperature, mobility)
        return at(self.rate) * equilibrium + at(self.dislocations) * mobility


def _strength(x: ArrayLike | Callable, name: str, unit: str):
    return (
        x if callable(x) else one_number(x, f"VacancySinks({name}=...)", unit, ">= 0")
    )


def _site_fraction(x: ArrayLike, name: str) -> Float[Array, ""]:
    value = one_number(x, f"VacancySinks({name}=...)", "no unit", "> 0")
    return require(
        value,
        lambda v: v <= 0.1,
        lambda: (
            f"`VacancySinks({name}=...)` must be a fraction of all sites, <= 0.1 (no "
            f"unit); got {value_of(x)}."
        ),
    )


def _at(law, position, temperature, like) -> Float[Array, ""]:
    if callable(law):
        law = law(*(position, temperature)[: arguments(law)])
    return jnp.asarray(law, dtype=like.dtype).reshape(())
