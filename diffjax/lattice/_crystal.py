"""What a crystal is to an atom that hops: a lattice with sites in its cell."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._checks import finite, known, real, require, traced, value_of
from .._shapes import Numbers


SAME = 1e-5  # of a cell: positions closer than this are one


class Crystal(eqx.Module):
    r"""A lattice of equal cells, each with the same sites.

    $$x_{s, n} = \sum_i (u_{s, i} + n_i)\, a_i$$

    In one, two or three dimensions. The sites are those on which the moving atom or
    vacancy may stand: all atoms of a metal, or the holes between them.

    **Attributes:**

    - `vectors`: $a_i$ in its rows, in m; shape `(d, d)`.
    - `basis`: $u_s$, in parts of the vectors, no unit; shape `(sites, d)`.
    - `kinds`: a name for the type of each site.
    """

    vectors: Float[Array, "d d"]
    basis: Float[Array, "sites d"]
    kinds: tuple[str, ...] = eqx.field(static=True)

    def __init__(
        self,
        vectors: Numbers,
        basis: Numbers | None = None,
        kinds: Sequence[str] | None = None,
    ):
        """**Arguments:**

        - `vectors`: the lattice vectors in rows, in m; shape `(d, d)`, d = 1, 2 or 3.
        - `basis`: the sites of one cell, in parts of the vectors, no unit; shape
            `(sites, d)`. By default one site, at the origin.
        - `kinds`: a name for each site's type. By default all are of one.

        **Raises:** `ValueError` if shapes disagree, the vectors are not independent,
        or two sites are one.

        !!! example

            ```python
            rutile = djx.lattice.Crystal(
                [[4.6e-10, 0, 0], [0, 4.6e-10, 0], [0, 0, 2.96e-10]],
                basis=[[0, 0, 0], [0.5, 0.5, 0.5]],
            )
            ```
        """
        a = real(vectors)
        if a.shape not in ((1, 1), (2, 2), (3, 3)):
            raise ValueError(
                "`Crystal(vectors=...)` must have shape `(d, d)` with d = 1, 2 or 3, a "
                f"lattice vector (m) in each row; got {a.shape}."
            )
        d = a.shape[0]
        u = real(np.zeros((1, d))) if basis is None else real(basis)
        if u.ndim != 2 or u.shape[1] != d or u.shape[0] == 0:
            raise ValueError(
                f"`Crystal(basis=...)` must have shape `(sites, {d})`, in parts of the "
                f"lattice vectors (no unit); got {u.shape}."
            )
        names = ("",) * u.shape[0] if kinds is None else tuple(kinds)
        if len(names) != u.shape[0] or not all(isinstance(n, str) for n in names):
            raise ValueError(
                f"`Crystal(kinds=...)` must have {u.shape[0]} names, one per site; got "
                f"{kinds!r}."
            )
        if not traced(a):
            _require_independent(known(a))
        if not traced(u):
            _require_apart(known(u))
        self.vectors, self.kinds = a, names
        self.basis = real(known(u).astype(a.dtype))

    @property
    def dimension(self) -> int:
        """Of space: 1, 2 or 3."""
        return self.vectors.shape[0]

    @property
    def sites(self) -> int:
        """How many sites a cell has."""
        return self.basis.shape[0]

    @property
    def types(self) -> tuple[str, ...]:
        """The different kinds of sites, in order of appearance."""
        return tuple(dict.fromkeys(self.kinds))

    @property
    def volume(self) -> Float[Array, ""]:
        """Of a cell, in m³ (m² in the plane, m on a line); a scalar."""
        return jnp.abs(jnp.linalg.det(self.vectors))

    @property
    def positions(self) -> Float[Array, "sites d"]:
        """Of the sites of the first cell, in m; shape `(sites, d)`."""
        return self.basis @ self.vectors

    def deformed(self, strain: Numbers) -> "Crystal":
        r"""The crystal under a uniform strain, $a_i' = (1 + \varepsilon)\, a_i$.

        **Arguments:**

        - `strain`: $\varepsilon$, no unit; shape `(d, d)`.

        **Raises:** `ValueError` if it has another shape.
        """
        e = real(strain)
        if e.shape != self.vectors.shape:
            raise ValueError(
                f"`deformed(strain=...)` must have shape {self.vectors.shape} (no "
                f"unit); got {e.shape}."
            )
        e = e.astype(self.vectors.dtype)
        moved = self.vectors + self.vectors @ jnp.transpose(e)
        return Crystal(moved, self.basis, self.kinds)


def _require_independent(vectors: np.ndarray) -> None:
    lengths = np.linalg.norm(vectors, axis=1)
    fine = bool(np.all(finite(vectors))) and bool(np.all(lengths > 0))
    # Scaled to unit length: the volume is then 1 for a cube and 0 in a plane.
    share = abs(np.linalg.det(vectors / lengths[:, None])) if fine else 0.0
    require(
        None,
        share > SAME,
        lambda: (
            "`Crystal(vectors=...)` must be independent, so that a cell has a volume "
            f"(m); got {' '.join(value_of(vectors).split())}."
        ),
    )


def _require_apart(basis: np.ndarray) -> None:
    require(
        None, finite(basis), "`Crystal(basis=...)` must hold finite numbers (no unit)."
    )
    gaps = basis[:, None] - basis[None]
    close = np.all(abs(gaps - np.round(gaps)) < SAME, axis=-1)
    pairs = np.argwhere(np.triu(close, 1))
    require(
        None,
        pairs.size == 0,
        lambda: (
            f"`Crystal(basis=...)` must keep its sites apart; {pairs[0][0]} and "
            f"{pairs[0][1]} are one site."
        ),
    )
