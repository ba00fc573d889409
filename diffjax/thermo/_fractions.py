"""One composition in many words: mole, weight and site fractions, and u-fractions."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import all_numbers, require, value_of
from .._shapes import Numbers


def u_from_mole(mole: Numbers) -> Float[Array, "..."]:
    r"""Atoms of an interstitial for each atom on the sites of the metals.

    $$u = \frac{x}{1 - x}$$

    Interstitials come and go while the metals stay, so that $u$ is proportional to the
    amount in a piece of lattice, and $x$ is not.

    **Arguments:**

    - `mole`: $x$, mole fraction of the one interstitial, from 0 to 1, 1 excluded; no
        unit, any shape.

    **Returns:** no unit; the same shape.

    **Raises:** `ValueError` if a known number is outside.
    """
    x = all_numbers(mole, "u_from_mole(mole=...)", "no unit", ">= 0")
    x = require(
        x,
        lambda v: v < 1,
        lambda: f"`u_from_mole(mole=...)` must be < 1 (no unit); got {value_of(mole)}.",
    )
    return x / (1 - x)


def mole_from_u(u: Numbers) -> Float[Array, "..."]:
    r"""The inverse of [`diffjax.thermo.u_from_mole`][]: $x = u / (1 + u)$.

    **Arguments:**

    - `u`: u-fraction >= 0; no unit, any shape.

    **Returns:** mole fraction of the interstitial, no unit; the same shape.

    **Raises:** `ValueError` if a known number is negative.
    """
    full = all_numbers(u, "mole_from_u(u=...)", "no unit", ">= 0")
    return full / (1 + full)


def u_from_site(site: Numbers, ratio: Numbers = 1.0) -> Float[Array, "..."]:
    r"""u-fraction of an interstitial on a share $y$ of its sites: $u = r y$.

    **Arguments:**

    - `site`: $y$, from 0 to 1; no unit, any shape.
    - `ratio`: $r$ > 0, interstitial sites for each of the metals: 1 in fcc, 3 in bcc
        (octahedral); no unit, a shape that broadcasts with it.

    **Returns:** no unit; the broadcast shape.

    **Raises:** `ValueError` if a known number is outside.
    """
    y = all_numbers(site, "u_from_site(site=...)", "no unit", ">= 0")
    y = require(
        y,
        lambda v: v <= 1,
        lambda: (
            f"`u_from_site(site=...)` must be <= 1 (no unit); got {value_of(site)}."
        ),
    )
    return y * all_numbers(ratio, "u_from_site(ratio=...)", "no unit", "> 0")


def site_from_u(u: Numbers, ratio: Numbers = 1.0) -> Float[Array, "..."]:
    r"""The inverse of [`diffjax.thermo.u_from_site`][]: $y = u / r$.

    **Arguments:**

    - `u`: u-fraction, from 0 to `ratio`; no unit, any shape.
    - `ratio`: as there.

    **Returns:** share of the interstitial sites that are full, no unit; the broadcast
    shape.

    **Raises:** `ValueError` if a known number is outside.
    """
    full = all_numbers(u, "site_from_u(u=...)", "no unit", ">= 0")
    r = all_numbers(ratio, "site_from_u(ratio=...)", "no unit", "> 0")
    y = full / r
    return require(
        y,
        lambda v: v <= 1,
        lambda: (
            "`site_from_u(u=...)` must be <= `ratio`, where all sites are full (no "
            f"unit); got {value_of(u)} of {value_of(ratio)}."
        ),
    )


def u_from_weight(
    percent: Numbers, mass: Numbers, matrix_mass: Numbers
) -> Float[Array, "..."]:
    r"""u-fraction of an interstitial from its weight percent of the whole.

    $$u = \frac{w / M_I}{(100 - w) / M}$$

    **Arguments:**

    - `percent`: $w$, from 0 to 100, 100 excluded, in weight percent; any shape.
    - `mass`: $M_I$ > 0, molar mass of the interstitial, in kg/mol; a shape that
        broadcasts with it.
    - `matrix_mass`: $M$ > 0, mean molar mass of the metals $\sum_k y_k M_k$, in kg/mol;
        likewise.

    **Returns:** no unit; the broadcast shape.

    **Raises:** `ValueError` if a known number is outside.

    !!! example

        ```python
        djx.thermo.u_from_weight(0.8, mass=0.012011, matrix_mass=0.055845)  # 0.0375
        ```
    """
    door = "u_from_weight"
    w = all_numbers(percent, f"{door}(percent=...)", "weight percent", ">= 0")
    w = require(
        w,
        lambda v: v < 100,
        lambda: (
            f"`{door}(percent=...)` must be < 100 (weight percent); got "
            f"{value_of(percent)}."
        ),
    )
    light, heavy = _masses(door, mass, matrix_mass)
    return w / (100 - w) * (heavy / light)


def weight_from_u(
    u: Numbers, mass: Numbers, matrix_mass: Numbers
) -> Float[Array, "..."]:
    r"""The inverse of [`diffjax.thermo.u_from_weight`][].

    $$w = \frac{100\, u M_I}{M + u M_I}$$

    **Arguments:**

    - `u`: u-fraction >= 0; no unit, any shape.
    - `mass`, `matrix_mass`: as there.

    **Returns:** in weight percent of the whole; the broadcast shape.

    **Raises:** `ValueError` if a known number is outside.
    """
    full = all_numbers(u, "weight_from_u(u=...)", "no unit", ">= 0")
    light, heavy = _masses("weight_from_u", mass, matrix_mass)
    return 100 * full * light / (heavy + full * light)


def mole_from_weight(percent: Numbers, masses: Numbers) -> Float[Array, "... n"]:
    r"""Mole fractions of n components from weight percents.

    $$x_i = \frac{w_i / M_i}{\sum_k w_k / M_k}$$

    **Arguments:**

    - `percent`: $w_i$ >= 0, in weight percent, or in any other unit of mass, since
        only their ratios count; shape `(..., n)`, components last.
    - `masses`: molar masses $M_i$ > 0, in kg/mol; shape `(n,)`.

    **Returns:** no unit; shape `(..., n)`; they sum to one.

    **Raises:** `ValueError` if shapes disagree, a known number is outside, or all
    components are absent.

    !!! example

        ```python
        # Fe, Si and C of a steel, and from them the u-fractions.
        x = djx.thermo.mole_from_weight([95.7, 3.8, 0.5], [0.05585, 0.02809, 0.01201])
        carbon = djx.thermo.u_from_mole(x[2])
        iron, silicon = x[:2] / (1 - x[2])
        ```
    """
    door = "mole_from_weight"
    w = all_numbers(percent, f"{door}(percent=...)", "weight percent", ">= 0")
    amounts = w / _in_last_axis(door, "percent", w, masses)
    return _to_one(door, "percent", amounts)


def weight_from_mole(mole: Numbers, masses: Numbers) -> Float[Array, "... n"]:
    r"""The inverse of [`diffjax.thermo.mole_from_weight`][].

    $$w_i = \frac{100\, x_i M_i}{\sum_k x_k M_k}$$

    **Arguments:**

    - `mole`: $x_i$ >= 0, no unit, only ratios count; shape `(..., n)`.
    - `masses`: as there.

    **Returns:** in weight percent; shape `(..., n)`; they sum to 100.

    **Raises:** as there.
    """
    door = "weight_from_mole"
    x = all_numbers(mole, f"{door}(mole=...)", "no unit", ">= 0")
    return 100 * _to_one(door, "mole", x * _in_last_axis(door, "mole", x, masses))


def _masses(door: str, mass: Numbers, matrix_mass: Numbers) -> tuple[Array, Array]:
    return (
        all_numbers(mass, f"{door}(mass=...)", "kg/mol", "> 0"),
        all_numbers(matrix_mass, f"{door}(matrix_mass=...)", "kg/mol", "> 0"),
    )


def _in_last_axis(door: str, name: str, x: Array, masses: Numbers) -> Array:
    m = all_numbers(masses, f"{door}(masses=...)", "kg/mol", "> 0")
    if m.ndim != 1 or x.ndim == 0 or x.shape[-1:] != m.shape:
        raise ValueError(
            f"`{door}({name}=...)` must have one number for each of `masses` in its "
            f"last axis; got shapes {x.shape} and {m.shape}."
        )
    return jnp.broadcast_to(m, x.shape)


def _to_one(door: str, name: str, amounts: Array) -> Float[Array, "... n"]:
    total = jnp.sum(amounts, axis=-1, keepdims=True)
    total = require(
        total,
        lambda v: v > 0,
        f"`{door}({name}=...)` must hold a component that is there (> 0).",
    )
    return amounts / total
