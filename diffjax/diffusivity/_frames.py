"""Two components in closed form, and fluxes seen from another frame."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import all_numbers, real
from .._shapes import Numbers


def darken(
    fraction: Numbers, first: Numbers, second: Numbers, factor: Numbers = 1.0
) -> Float[Array, "..."]:
    r"""Darken's interdiffusion coefficient of two components.

    $$\tilde D = (x_B D^*_A + x_A D^*_B)\, \Phi$$

    Each species spreads where the other is plenty. With intrinsic diffusivities in
    place of tracer ones leave $\Phi$ at 1.

    **Arguments:** any shapes that broadcast together

    - `fraction`: $x_B$ of the second component, no unit.
    - `first`, `second`: $D^*_A$, $D^*_B$, in m²/s.
    - `factor`: thermodynamic factor $\Phi$, no unit; times
        [`diffjax.diffusivity.manning_factor`][] with vacancy wind.

    **Returns:** in m²/s.

    **Raises:** `ValueError` if a known number is not finite, or a diffusivity not > 0.

    ??? cite "Reference"

        Darken, *Transactions AIME* **175** (1948).
    """
    x = all_numbers(fraction, "darken(fraction=...)", "no unit")
    a = all_numbers(first, "darken(first=...)", "m²/s", "> 0")
    b = all_numbers(second, "darken(second=...)", "m²/s", "> 0")
    return _broadcast(
        lambda x, a, b, phi: (x * a + (1 - x) * b) * phi, x, a, b, real(factor)
    )


def manning_factor(
    fraction: Numbers, first: Numbers, second: Numbers, correlation: Numbers
) -> Float[Array, "..."]:
    r"""Manning's factor: how much the vacancy wind speeds mixing up, of two components.

    $$S = 1 + \frac{1 - f}{f} \frac{x_A x_B (D^*_A - D^*_B)^2}{(x_A D^*_A + x_B
    D^*_B)(x_A D^*_B + x_B D^*_A)}, \qquad 1 \le S \le 1/f$$

    **Arguments:** any shapes that broadcast together

    - `fraction`: $x_B$ of the second component, no unit.
    - `first`, `second`: $D^*_A$, $D^*_B$, in m²/s.
    - `correlation`: $f$ of self-diffusion in the lattice, no unit.

    **Returns:** no unit.

    **Raises:** `ValueError` if a known number is not finite, or a diffusivity or $f$
    not > 0.

    ??? cite "Reference"

        Manning, *Diffusion Kinetics for Atoms in Crystals*, Van Nostrand 1968.
    """
    x = all_numbers(fraction, "manning_factor(fraction=...)", "no unit")
    a = all_numbers(first, "manning_factor(first=...)", "m²/s", "> 0")
    b = all_numbers(second, "manning_factor(second=...)", "m²/s", "> 0")
    f = all_numbers(correlation, "manning_factor(correlation=...)", "no unit", "> 0")

    def factor(x, a, b, f):
        r = b / a  # no square of something tiny
        here, there = (1 - x) + x * r, (1 - x) * r + x
        return 1 + (1 - f) / f * (1 - x) * x * (1 - r) ** 2 / (here * there)

    return _broadcast(factor, x, a, b, f)


def change_frame(
    fluxes: Numbers,
    fractions: Numbers,
    frame: str | int,
    volumes: Numbers | None = None,
) -> Float[Array, "... n"]:
    r"""Fluxes as they are seen from another frame.

    $$J'_i = J_i - x_i \frac{\sum_k a_k J_k}{\sum_k a_k x_k}$$

    so that $\sum_k a_k J'_k = 0$: with $a = 1$ no net flux of atoms (number-fixed),
    with partial molar volumes no flux of volume (volume-fixed), and with 1 for one
    component alone that component rests. It does not matter in which frame the fluxes
    are given; that of the lattice will do.

    **Arguments:**

    - `fluxes`: of the $n$ components, any unit; shape `(..., n)`.
    - `fractions`: mole fractions, no unit; same shape.
    - `frame`: `"number"`, `"volume"`, or the index of the component that rests.
    - `volumes`: partial molar volumes in m³/mol, for `"volume"`; same shape, or `(n,)`.

    **Returns:** in the unit of `fluxes`; same shape.

    **Raises:** `ValueError` if shapes disagree, the frame is unknown, or volumes are
    missing.
    """
    j, x = real(fluxes), real(fractions)
    if j.shape != x.shape or j.ndim == 0:
        raise ValueError(
            "`change_frame(fluxes=...)` must have the shape of `fractions`, "
            f"`(..., n)`; got {j.shape} and {x.shape}."
        )
    n = x.shape[-1]
    if frame == "number":
        weights = jnp.ones(n, dtype=x.dtype)
    elif frame == "volume":
        if volumes is None:
            raise ValueError(
                "`change_frame(volumes=...)` must give partial molar volumes (m³/mol) "
                'for `frame="volume"`.'
            )
        weights = all_numbers(volumes, "change_frame(volumes=...)", "m³/mol", "> 0")
        if weights.shape not in ((n,), x.shape):
            raise ValueError(
                f"`change_frame(volumes=...)` must have shape ({n},), one per "
                f"component (m³/mol); got {weights.shape}."
            )
    elif isinstance(frame, int) and not isinstance(frame, bool) and -n <= frame < n:
        weights = jnp.zeros(n, dtype=x.dtype).at[frame].set(1.0)
    else:
        raise ValueError(
            f'`change_frame(frame=...)` must be "number", "volume" or an index below '
            f"{n}; got {frame!r}."
        )
    weights = jnp.broadcast_to(weights, x.shape)
    moved = jnp.sum(weights * j, axis=-1) / jnp.sum(weights * x, axis=-1)
    return j - x * moved[..., None]


def _broadcast(function: Callable, *arrays: Array) -> Float[Array, "..."]:
    dtype = jnp.result_type(*arrays)
    shape = jnp.broadcast_shapes(*(a.shape for a in arrays))
    return function(*(jnp.broadcast_to(a, shape).astype(dtype) for a in arrays))
