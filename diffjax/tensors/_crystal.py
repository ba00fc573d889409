"""The forms that crystal symmetry leaves to a symmetric tensor."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import real
from .._shapes import Numbers
from ._packing import pack, unpack


# For each system, the groups of packed components (xx, yy, zz, yz, xz, xy) that are
# one value; what is in no group is zero. The tensor has the symmetry of the crystal,
# and no class asks more of a symmetric tensor of second rank than its system.
_GROUPS: dict[str, tuple[tuple[int, ...], ...]] = {
    "cubic": ((0, 1, 2),),
    "hexagonal": ((0, 1), (2,)),
    "tetragonal": ((0, 1), (2,)),
    "trigonal": ((0, 1), (2,)),
    "orthorhombic": ((0,), (1,), (2,)),
    "monoclinic": ((0,), (1,), (2,), (4,)),
    "triclinic": ((0,), (1,), (2,), (3,), (4,), (5,)),
}


def independent_values(system: str) -> int:
    """How many numbers a symmetric tensor has in a crystal system.

    **Arguments:**

    - `system`: cubic (1), hexagonal, tetragonal, trigonal (2), orthorhombic (3),
        monoclinic (4) or triclinic (6).

    **Returns:** the number of independent values; no unit.

    **Raises:** `ValueError` if there is no such system.
    """
    return len(_groups(system))


def _groups(system: str) -> tuple[tuple[int, ...], ...]:
    if system not in _GROUPS:
        raise ValueError(
            f"`system` must be one of {', '.join(_GROUPS)}; got {system!r}."
        )
    return _GROUPS[system]


def crystal_tensor(system: str, values: Numbers) -> Float[Array, "*batch 3 3"]:
    """A tensor of a crystal, in the crystal's own axes.

    Turn it into the grid with [`diffjax.tensors.rotate`][].

    | system | values | axes |
    | --- | --- | --- |
    | cubic | D | any |
    | hexagonal, tetragonal, trigonal | D_a, D_c | z along c |
    | orthorhombic | D_a, D_b, D_c | along a, b, c |
    | monoclinic | D_xx, D_yy, D_zz, D_xz | y along b, the unique axis |
    | triclinic | D_xx, D_yy, D_zz, D_yz, D_xz, D_xy | any |

    **Arguments:**

    - `system`: its name, one of these.
    - `values`: the independent values, any unit; shape `(*batch, values)`. For a cubic
        crystal a number will do.

    **Returns:** the tensor, same unit; shape `(*batch, 3, 3)`.

    **Raises:** `ValueError` if there is no such system, or the values are not as many.

    !!! example

        ```python
        zinc = djx.tensors.crystal_tensor("hexagonal", [1e-13, 2e-13])  # m²/s
        ```
    """
    groups = _groups(system)
    array = real(values)
    if len(groups) == 1 and array.ndim == 0:
        array = array[None]
    if array.ndim == 0 or array.shape[-1] != len(groups):
        raise ValueError(
            f"`crystal_tensor(values=...)` must have {len(groups)} numbers in its last "
            f"axis for a {system} crystal; got shape {array.shape}."
        )
    owner = {place: k for k, group in enumerate(groups) for place in group}
    zero = jnp.zeros_like(array[..., 0])
    parts = [array[..., owner[p]] if p in owner else zero for p in range(6)]
    return unpack(jnp.stack(parts, axis=-1))


def crystal_values(system: str, tensor: Numbers) -> Float[Array, "*batch values"]:
    """The independent values of a tensor in a crystal's own axes.

    The inverse of [`diffjax.tensors.crystal_tensor`][]; of a tensor that does not have
    the symmetry, the values of the nearest that does.

    **Arguments:**

    - `system`: as in [`diffjax.tensors.crystal_tensor`][].
    - `tensor`: symmetric, any unit; shape `(*batch, 3, 3)`.

    **Returns:** the values, same unit; shape `(*batch, values)`.

    **Raises:** `ValueError` if there is no such system, or the shape is another.
    """
    groups = _groups(system)
    array = real(tensor)
    if array.ndim < 2 or array.shape[-2:] != (3, 3):
        raise ValueError(
            "`tensor` of a crystal must have shape `(*batch, 3, 3)`; got "
            f"{array.shape}."
        )
    parts = pack(array)
    means = [sum(parts[..., p] for p in group) / len(group) for group in groups]
    return jnp.stack(means, axis=-1)


def project(tensor: Numbers, system: str) -> Float[Array, "*batch 3 3"]:
    """The nearest tensor that has the symmetry of a crystal system.

    The mean over the rotations that bring the crystal to itself. It is also the nearest
    in the sum of squares over all nine components.

    **Arguments:**

    - `tensor`: symmetric, in the crystal's own axes, any unit; shape `(*batch, 3, 3)`.
    - `system`: as in [`diffjax.tensors.crystal_tensor`][].

    **Returns:** the tensor, same unit; shape `(*batch, 3, 3)`.

    **Raises:** `ValueError` if there is no such system, or the shape is another.
    """
    return crystal_tensor(system, crystal_values(system, tensor))
