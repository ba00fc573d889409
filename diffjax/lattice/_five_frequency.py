"""The five-frequency model of a solute in fcc by its polynomial."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import all_numbers
from .._shapes import Numbers


def escape_factor(ratio: Numbers) -> Float[Array, "..."]:
    r"""The share $F$ of dissociations in fcc after which a vacancy does not come back.

    $$7F = 7 - \frac{10\xi^4 + 180.3\xi^3 + 924.3\xi^2 + 1338.1\xi}
    {2\xi^4 + 40.1\xi^3 + 253.3\xi^2 + 596\xi + 435.3}, \qquad
    \xi = \omega_4 / \omega_0$$

    **Arguments:**

    - `ratio`: $\xi \ge 0$, no unit; any shape.

    **Returns:** $F$ in 2/7 ... 1, no unit; same shape.

    **Raises:** `ValueError` if a ratio is negative.

    **Error:** 2e-6 up to $\xi = 1$, at most 3e-4, near $\xi = 10$.

    ??? cite "Reference"

        M. Koiwa, S. Ishioka, Phil. Mag. A 47 (1983) 927.
    """
    x = all_numbers(ratio, "escape_factor(ratio=...)", "no unit", ">= 0")
    # In 1/x where x > 1: nothing overflows.
    large = x > 1
    y = jnp.where(large, 1 / jnp.where(large, x, 1), x)
    up, down = (10.0, 180.3, 924.3, 1338.1, 0.0), (2.0, 40.1, 253.3, 596.0, 435.3)
    row = lambda numbers: jnp.asarray(numbers, x.dtype)
    share = jnp.where(
        large,
        jnp.polyval(row(up[::-1]), y) / jnp.polyval(row(down[::-1]), y),
        jnp.polyval(row(up), y) / jnp.polyval(row(down), y),
    )
    return 1 - share / 7


def five_frequency_factor(
    solvent: Numbers,
    rotation: Numbers,
    exchange: Numbers,
    dissociation: Numbers,
    association: Numbers,
) -> Float[Array, "..."]:
    r"""The correlation factor of a dilute solute in fcc, by the polynomial of $F$.

    $$f_2 = \frac{2\omega_1 + 7F\omega_3}{2\omega_1 + 2\omega_2 + 7F\omega_3}$$

    The solute diffuses with
    $D_2 = f_2\, a^2 f_v\, \omega_2\, \omega_4 / \omega_3$.
    [`diffjax.lattice.SoluteNetwork`][] is exact, and knows other crystals.

    **Arguments:**

    - `solvent`: $\omega_0 > 0$, far from the solute, in 1/s; any shape.
    - `rotation`, `exchange`, `dissociation`, `association`: $\omega_1$ to $\omega_4$,
        > 0, in 1/s; of the same shape.

    **Returns:** $f_2$, no unit; same shape.

    **Raises:** `ValueError` if a rate is not > 0.

    **Error:** 1e-6 up to $\omega_4 = \omega_0$, at most 2e-4.

    ??? cite "Reference"

        M. Koiwa, S. Ishioka, Phil. Mag. A 47 (1983) 927.
    """
    given = dict(
        solvent=solvent,
        rotation=rotation,
        exchange=exchange,
        dissociation=dissociation,
        association=association,
    )
    w0, w1, w2, w3, w4 = (
        all_numbers(x, f"five_frequency_factor({name}=...)", "1/s", "> 0")
        for name, x in given.items()
    )
    leave = 2 * w1 + 7 * escape_factor(w4 / w0) * w3
    return leave / (leave + 2 * w2)
