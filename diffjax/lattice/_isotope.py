"""What two isotopes tell of the mechanism."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import all_numbers, require
from .._shapes import Numbers


def isotope_effect(
    ratio: Numbers, light: Numbers, heavy: Numbers
) -> Float[Array, "*batch"]:
    r"""The isotope effect that two measured diffusivities give.

    $$E = \frac{D_\alpha/D_\beta - 1}{\sqrt{m_\beta/m_\alpha} - 1} = f\, \Delta K$$

    $f$ is the correlation factor and $\Delta K \le 1$ the share of the kinetic energy
    at the saddle that the jumping atom has.

    **Arguments:**

    - `ratio`: $D_\alpha/D_\beta > 0$ of the light isotope over the heavy one, no unit;
        shape `(*batch,)`.
    - `light`, `heavy`: $m_\alpha$ and $m_\beta > 0$, of one unit; scalars.

    **Returns:** $E$, no unit; shape `(*batch,)`.

    **Raises:** `ValueError` if a number is not > 0, or the masses are equal.
    """
    d = all_numbers(ratio, "isotope_effect(ratio=...)", "no unit", "> 0")
    return (d - 1) / _lag("isotope_effect", light, heavy).astype(d.dtype)


def isotope_ratio(
    effect: Numbers, light: Numbers, heavy: Numbers
) -> Float[Array, "*batch"]:
    r"""The other way: the ratio of diffusivities that an isotope effect makes.

    $$\frac{D_\alpha}{D_\beta} = 1 + E \big(\sqrt{m_\beta/m_\alpha} - 1\big)$$

    **Arguments:**

    - `effect`: $E = f \Delta K$, no unit; shape `(*batch,)`.
    - `light`, `heavy`: $m_\alpha$ and $m_\beta > 0$, of one unit; scalars.

    **Returns:** $D_\alpha/D_\beta$, no unit; shape `(*batch,)`.

    **Raises:** as [`diffjax.lattice.isotope_effect`][].
    """
    e = all_numbers(effect, "isotope_ratio(effect=...)", "no unit")
    return 1 + e * _lag("isotope_ratio", light, heavy).astype(e.dtype)


def manning_factor(correlation: Numbers) -> Float[Array, "*batch"]:
    r"""Manning's factor, $M_0 = 2 f/(1 - f)$: 7.15 in fcc, 5.33 in bcc.

    In a random alloy of many components it weighs how the vacancy wind couples the
    fluxes.

    **Arguments:**

    - `correlation`: $f$, within (0, 1), no unit; shape `(*batch,)`.

    **Returns:** $M_0$, no unit; shape `(*batch,)`.

    **Raises:** `ValueError` if $f$ lies outside.
    """
    f = all_numbers(correlation, "manning_factor(correlation=...)", "no unit", "> 0")
    f = require(
        f, lambda v: v < 1, "`manning_factor(correlation=...)` must be < 1 (no unit)."
    )
    return 2 * f / (1 - f)


def _lag(door: str, light: Numbers, heavy: Numbers) -> Float[Array, "..."]:
    a = all_numbers(light, f"{door}(light=...)", "any unit", "> 0")
    b = all_numbers(heavy, f"{door}(heavy=...)", "any unit", "> 0")
    a = require(
        a, (a != b), f"`{door}(light=..., heavy=...)` must be two different masses."
    )
    return jnp.sqrt(b / a) - 1
