"""Crystals and networks of holes that are used every day."""

import numpy as np
from jaxtyping import ArrayLike

from .._checks import known, one_number
from ._crystal import Crystal


_BCC = 0.5 * np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]])
_FCC = 0.5 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
_HEXAGON = np.array([[1.0, 0.0], [-0.5, np.sqrt(0.75)]])
_IDEAL = float(np.sqrt(8 / 3))


def simple_cubic(a: ArrayLike) -> Crystal:
    """Simple cubic; 6 neighbours at $a$.

    **Arguments:**

    - `a`: lattice constant > 0, in m; a scalar.

    **Returns:** a [`diffjax.lattice.Crystal`][] with one site in its cell.
    """
    return _scaled("simple_cubic", a, np.eye(3))


def bcc(a: ArrayLike) -> Crystal:
    r"""Body-centred cubic; 8 neighbours at $\sqrt3\, a / 2$.

    **Arguments:**

    - `a`: edge of the cube > 0, in m; a scalar.

    **Returns:** a [`diffjax.lattice.Crystal`][], the primitive cell with one site.
    """
    return _scaled("bcc", a, _BCC)


def fcc(a: ArrayLike) -> Crystal:
    r"""Face-centred cubic; 12 neighbours at $a / \sqrt2$.

    **Arguments:**

    - `a`: edge of the cube > 0, in m; a scalar.

    **Returns:** a [`diffjax.lattice.Crystal`][], the primitive cell with one site.
    """
    return _scaled("fcc", a, _FCC)


def diamond(a: ArrayLike) -> Crystal:
    r"""Diamond; 4 neighbours at $\sqrt3\, a / 4$.

    **Arguments:**

    - `a`: edge of the cube > 0, in m; a scalar.

    **Returns:** a [`diffjax.lattice.Crystal`][], the primitive cell with two sites.
    """
    return _scaled("diamond", a, _FCC, [[0.0] * 3, [0.25] * 3])


def hcp(a: ArrayLike, c: ArrayLike | None = None) -> Crystal:
    r"""Hexagonal close packed, z along c; 6 neighbours at $a$ in the basal plane and 6
    at $\sqrt{a^2/3 + c^2/4}$ out of it.

    **Arguments:**

    - `a`: distance in the basal plane > 0, in m; a scalar.
    - `c`: height of the cell > 0, in m; a scalar. By default the ideal
        $\sqrt{8/3}\, a$, at which all 12 neighbours are equally far.

    **Returns:** a [`diffjax.lattice.Crystal`][] with two sites in its cell. With
    `shells=1` at the ideal height and `shells=2` at any other,
    [`diffjax.lattice.neighbour_jumps`][] gives the two classes of jumps.
    """
    edge = known(one_number(a, "hcp(a=...)", "m", "> 0"))
    height = known(one_number(_IDEAL if c is None else c, "hcp(c=...)", "m", "> 0"))
    height = height.astype(edge.dtype) * (edge if c is None else 1)
    flat, up = np.zeros((3, 3), edge.dtype), np.diag([0, 0, 1]).astype(edge.dtype)
    flat[:2, :2] = _HEXAGON
    sites = [[0.0, 0.0, 0.0], [1 / 3, 2 / 3, 0.5]]
    return Crystal(edge * flat + height * up, sites)


def square(a: ArrayLike) -> Crystal:
    """The square lattice of the plane; 4 neighbours at $a$.

    **Arguments:**

    - `a`: lattice constant > 0, in m; a scalar.

    **Returns:** a [`diffjax.lattice.Crystal`][] with one site in its cell.
    """
    return _scaled("square", a, np.eye(2))


def triangular(a: ArrayLike) -> Crystal:
    """The triangular lattice of the plane; 6 neighbours at $a$.

    **Arguments:**

    - `a`: lattice constant > 0, in m; a scalar.

    **Returns:** a [`diffjax.lattice.Crystal`][] with one site in its cell.
    """
    return _scaled("triangular", a, _HEXAGON)


def honeycomb(a: ArrayLike) -> Crystal:
    r"""The honeycomb of the plane; 3 neighbours at $a / \sqrt3$.

    **Arguments:**

    - `a`: lattice constant > 0, in m; a scalar.

    **Returns:** a [`diffjax.lattice.Crystal`][] with two sites in its cell.
    """
    return _scaled("honeycomb", a, _HEXAGON, [[0.0, 0.0], [1 / 3, 2 / 3]])


def bcc_octahedral(a: ArrayLike) -> Crystal:
    """The octahedral holes of bcc, where carbon in iron stands; 4 neighbours at $a/2$.

    **Arguments:**

    - `a`: edge of the cube > 0, in m; a scalar.

    **Returns:** a [`diffjax.lattice.Crystal`][] with three sites in its cell: the short
    axis of hole k lies along axis k.
    """
    return _scaled("bcc_octahedral", a, _BCC, 0.5 * np.eye(3) @ np.linalg.inv(_BCC))


def bcc_tetrahedral(a: ArrayLike) -> Crystal:
    r"""The tetrahedral holes of bcc, where hydrogen stands; 4 neighbours at
    $a / \sqrt8$.

    **Arguments:**

    - `a`: edge of the cube > 0, in m; a scalar.

    **Returns:** a [`diffjax.lattice.Crystal`][] with six sites in its cell.
    """
    row = np.array([[0.5, 0.25, 0.0], [0.5, 0.0, 0.25]])
    sites = np.concatenate([np.roll(row, k, axis=1) for k in range(3)])
    return _scaled("bcc_tetrahedral", a, _BCC, sites @ np.linalg.inv(_BCC))


def fcc_interstitial(a: ArrayLike) -> Crystal:
    r"""The octahedral and tetrahedral holes of fcc; each octahedral hole has 8
    tetrahedral ones at $\sqrt3\, a / 4$, each of these 4 octahedral ones.

    **Arguments:**

    - `a`: edge of the cube > 0, in m; a scalar.

    **Returns:** a [`diffjax.lattice.Crystal`][] with one `"octahedral"` and two
    `"tetrahedral"` sites in its cell.
    """
    sites = [[0.5] * 3, [0.25] * 3, [0.75] * 3]
    kinds = ("octahedral", "tetrahedral", "tetrahedral")
    return _scaled("fcc_interstitial", a, _FCC, sites, kinds)


def _scaled(name, a, shape, basis=None, kinds=None):
    edge = known(one_number(a, f"{name}(a=...)", "m", "> 0"))
    # A known length stays known inside a compiled function, and with it the symmetry.
    return Crystal(edge * np.asarray(shape, edge.dtype), basis, kinds)
