"""Tensors that stay positive definite, whatever a fit does to their free numbers."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import diffjax as djx

from ._joint import AbstractJointTransform, Part, Shapes


# In the order of `diffjax.tensors.pack`.
_LABELS = {
    1: ("11",),
    2: ("11", "22", "12"),
    3: ("11", "22", "33", "23", "13", "12"),
}
_OF_SYSTEM = {
    "cubic": ("",),
    "hexagonal": ("_a", "_c"),
    "tetragonal": ("_a", "_c"),
    "trigonal": ("_a", "_c"),
    "orthorhombic": ("_a", "_b", "_c"),
    "monoclinic": ("11", "22", "33", "13"),
    "triclinic": _LABELS[3],
}


class LogCholesky(AbstractJointTransform):
    r"""A tensor that stays symmetric and positive definite.

    $$D = L \operatorname{diag}(e^{u_1}, \dots, e^{u_d})\, L^\top$$

    with ones on the diagonal of the lower triangular $L$. The free numbers are the
    $u_i$ and what is below that diagonal: numbers of order one, whatever the unit. What
    crystal symmetry forbids is not free: a cubic crystal has 1 free number, a
    hexagonal, tetragonal or trigonal one 2, an orthorhombic one 3, a monoclinic one 4
    and a triclinic one 6.

    For an array of shape `(d, d)`, or one row of independent components: as in
    [`diffjax.tensors.pack`][] without a crystal system, as in
    [`diffjax.tensors.crystal_tensor`][] with one. Reports give the components, $D_{11}$
    and so on, with the errors that follow from those of the free numbers.
    """

    system: str | None = eqx.field(static=True)

    def __init__(self, system: str | None = None):
        """**Arguments:**

        - `system`: of the crystal, whose own axes the tensor is in; one of those in
            [`diffjax.tensors.crystal_tensor`][]. `None`: all components are free.

        **Raises:** `ValueError` if there is no such system.

        !!! example

            ```python
            free = inv.Free("value", inv.LogCholesky("monoclinic"), name="D")
            ```
        """
        if system is not None:
            djx.tensors.independent_values(system)
        self.system = system

    def size(self, shapes: Shapes) -> int:
        """1 to 6, by the crystal; see `AbstractJointTransform.size`."""
        self._dimension(shapes)
        return len(self._labels(shapes))

    def forward(self, arrays: tuple[Float[Array, "..."], ...]) -> Float[Array, " free"]:
        """The numbers $u$ and what is below the diagonal; no unit. NaN for a tensor
        that is not positive definite."""
        (array,) = arrays
        tensor = self._tensor(array)
        where = self._below(tensor.shape[-1])
        root = jnp.linalg.cholesky(tensor)
        pivots = jnp.diagonal(root)
        below = [root[i, j] / pivots[j] for i, j in where]
        logs = 2 * jnp.log(pivots)
        if self.system is not None:
            logs = logs[jnp.asarray(self._pivots())]
        return jnp.concatenate([logs, jnp.stack(below)]) if below else logs

    def inverse(
        self, free: Float[Array, " free"], shapes: Shapes
    ) -> tuple[Float[Array, "..."], ...]:
        """The tensor, or its row of components, in m²/s."""
        dimension = self._dimension(shapes)
        where = self._below(dimension)
        count = free.shape[0] - len(where)
        logs = free[:count]
        if self.system is not None:
            logs = logs[jnp.asarray(self._spread())]
        lower = jnp.eye(dimension, dtype=free.dtype)
        for number, (i, j) in enumerate(where):
            lower = lower.at[i, j].set(free[count + number])
        tensor = (lower * jnp.exp(logs)[None, :]) @ lower.T
        # Exactly symmetric, as laws ask for.
        tensor = 0.5 * (tensor + tensor.T)
        if len(shapes[0]) == 2:
            return (tensor,)
        return (self._row(tensor),)

    def report(self, arrays: tuple[Float[Array, "..."], ...]) -> Float[Array, " parts"]:
        """Independent components, in the tensor's unit."""
        (array,) = arrays
        return self._row(array) if array.ndim == 2 else array

    def parts(self, name: str, shapes: Shapes) -> tuple[Part, ...]:
        """`D11`, `D22`, ...; `D_a`, `D_c` along the axes of a crystal."""
        kind = lambda label: "real" if label in ("12", "13", "23") else "positive"
        return tuple(Part(name + one, kind(one)) for one in self._labels(shapes))

    def _labels(self, shapes: Shapes) -> tuple[str, ...]:
        if self.system is not None:
            return _OF_SYSTEM[self.system]
        return _LABELS[self._dimension(shapes)]

    def _dimension(self, shapes: Shapes) -> int:
        """1, 2 or 3, or one sentence."""
        shape = shapes[0]
        if len(shapes) == 1 and self.system is not None:
            if shape in ((3, 3), (djx.tensors.independent_values(self.system),)):
                return 3
        elif len(shapes) == 1:
            for d, labels in _LABELS.items():
                if shape in ((d, d), (len(labels),)):
                    return d
        if self.system is None:
            wanted = "`(d, d)` or its d (d + 1) / 2 components with d = 1, 2 or 3"
        else:
            count = djx.tensors.independent_values(self.system)
            wanted = f"(3, 3), or the {count} values of a {self.system} crystal"
        got = ", ".join(map(str, shapes))
        raise ValueError(
            f"`LogCholesky` is for one array that holds a tensor, of shape {wanted}; "
            f"got {got}."
        )

    def _below(self, dimension: int) -> tuple[tuple[int, int], ...]:
        """Places below the diagonal that are not zero by symmetry."""
        if self.system is None or self.system == "triclinic":
            rows, columns = np.tril_indices(dimension, -1)
            return tuple(zip(rows.tolist(), columns.tolist()))
        return ((2, 0),) if self.system == "monoclinic" else ()

    def _spread(self) -> tuple[int, ...]:
        """Which free pivot stands at each place of the diagonal."""
        same = {1: (0, 0, 0), 2: (0, 0, 1)}
        count = djx.tensors.independent_values(self.system or "triclinic")
        return same.get(count, (0, 1, 2))

    def _pivots(self) -> tuple[int, ...]:
        spread = self._spread()
        return tuple(spread.index(k) for k in sorted(set(spread)))

    def _tensor(self, array: Float[Array, "..."]) -> Float[Array, "d d"]:
        if self.system is not None:
            if array.ndim == 2:
                return djx.tensors.project(array, self.system)
            return djx.tensors.crystal_tensor(self.system, array)
        return array if array.ndim == 2 else djx.tensors.unpack(array)

    def _row(self, tensor: Float[Array, "d d"]) -> Float[Array, " parts"]:
        if self.system is None:
            return djx.tensors.pack(tensor)
        return djx.tensors.crystal_values(self.system, tensor)
