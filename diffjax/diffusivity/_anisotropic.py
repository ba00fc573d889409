"""Laws that differ between directions: tensors, and what one direction sees."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import finite, known, one_number, real, require, value_of
from .._shapes import Numbers
from ..tensors import along_forced, along_front, from_principal, require_definite
from ._arrhenius import Constant
from ._law import AbstractDiffusivity, Custom, Point


Experiment = Literal["front", "forced"]
LawLike: TypeAlias = AbstractDiffusivity | Callable | ArrayLike


def law_of(law: LawLike, name: str, unit: str) -> AbstractDiffusivity:
    """A law as it is, a function as a law, a positive number as a constant."""
    if isinstance(law, AbstractDiffusivity):
        return law
    if callable(law):
        return Custom(law)
    return Constant(one_number(law, name, unit, "> 0"))


class Anisotropic(AbstractDiffusivity):
    r"""A tensor of principal values, each a law, and principal directions.

    $$D = R\, \mathrm{diag}(D_1, \dots, D_d)\, R^T$$

    Positive definite wherever the laws are positive.
    """

    principal: tuple[AbstractDiffusivity, ...]
    rotation: Float[Array, "d d"] | Callable | None

    def __init__(
        self,
        principal: Sequence[LawLike],
        rotation: Numbers | Callable | None = None,
    ):
        """**Arguments:**

        - `principal`: $D_1, ..., D_d$, in m²/s, 2 or 3 of them: each a law that gives
            one number, a function as for [`diffjax.diffusivity.Custom`][], or a number
            > 0.
        - `rotation`: $R$, orthogonal, no unit, of shape `(d, d)`: column k is the
            direction of $D_k$ in the axes of the grid. Or a function of position (m;
            shape `(d,)`) that gives one: grains, bent crystals. If `None`, the axes of
            the grid are the principal directions.

        **Raises:** `ValueError` if there are not 2 or 3 laws, a number is not > 0, or
        the matrix is not orthogonal or of another shape.

        !!! example

            ```python
            law = djx.diffusivity.Anisotropic(
                (djx.diffusivity.Arrhenius(1e-5, 2.0), 1e-14),
                rotation=djx.tensors.rotation(jnp.pi / 6),
            )
            ```
        """
        laws = tuple(principal)
        if len(laws) not in (2, 3):
            raise ValueError(
                "`Anisotropic(principal=...)` must have 2 or 3 laws or numbers (m²/s); "
                f"got {len(laws)}."
            )
        self.principal = tuple(
            law_of(law, f"Anisotropic(principal=...)[{k}]", "m²/s")
            for k, law in enumerate(laws)
        )
        if rotation is None or callable(rotation):
            self.rotation = rotation
        else:
            self.rotation = orthogonal(rotation, len(laws), "Anisotropic")

    def at(self, point: Point) -> Float[Array, "..."]:
        """$D$ at the point, in m²/s; shape `(d,)` without a rotation, else `(d, d)`."""
        values = [law.at(point) for law in self.principal]
        for k, value in enumerate(values):
            if value.shape != ():
                raise ValueError(
                    f"`Anisotropic(principal=...)[{k}]` must give one number (m²/s); "
                    f"got shape {value.shape}."
                )
        row = jnp.stack(values)
        if self.rotation is None:
            return row
        rotation = self.rotation
        if callable(rotation):
            rotation = real(rotation(point.position))
            if rotation.shape != (len(values),) * 2:
                raise ValueError(
                    "`Anisotropic(rotation=...)` must give a matrix of shape "
                    f"{(len(values),) * 2}; got {rotation.shape}."
                )
        return from_principal(row, rotation.astype(row.dtype))


def orthogonal(rotation: Numbers, size: int, law: str) -> Float[Array, "d d"]:
    """A rotation, checked.

    **Arguments:**

    - `rotation`: no unit; shape `(size, size)`.
    - `law`: how the sentence names the law.
    """
    matrix = real(rotation)
    if matrix.shape != (size, size):
        raise ValueError(
            f"`{law}(rotation=...)` must have shape {(size, size)} for {size} "
            f"principal values; got {matrix.shape}."
        )
    return require(
        matrix,
        lambda r: abs(r.T @ r - jnp.eye(size, dtype=r.dtype)) < 1e-6,
        lambda: (
            f"`{law}(rotation=...)` must be orthogonal, its columns unit vectors "
            "at right angles (no unit); got "
            f"{' '.join(value_of(known(matrix)).split())}."
        ),
    )


class Tensor(AbstractDiffusivity):
    """One tensor, whatever the composition and the temperature.

    Times a law of both it is [`diffjax.diffusivity.Scaled`][].
    """

    value: Float[Array, "d d"]

    def __init__(self, value: Numbers):
        """**Arguments:**

        - `value`: diffusivity, in m²/s, symmetric positive definite, in the axes of the
            grid; shape `(d, d)` with `d` = 1, 2 or 3.

        **Raises:** `ValueError` if it is not.
        """
        name = "Tensor(value=...)"
        array = real(value)
        if array.ndim != 2:
            raise ValueError(
                f"`{name}` must have shape `(d, d)` with d = 1, 2 or 3 (m²/s); got "
                f"{array.shape}."
            )
        self.value = require_definite(array, name, "m²/s")

    def at(self, point: Point) -> Float[Array, "d d"]:
        """The value, in m²/s; shape `(d, d)`."""
        del point
        return self.value


class Scaled(AbstractDiffusivity):
    r"""A law of any shape times one number at each point.

    $$D = f(c, T, x)\, D_0(c, T, x)$$

    A tensor whose directions stay while its size follows the composition, say.
    """

    law: AbstractDiffusivity
    factor: AbstractDiffusivity

    def __init__(self, law: AbstractDiffusivity, factor: LawLike):
        """**Arguments:**

        - `law`: $D_0$, in m²/s, of any shape.
        - `factor`: $f > 0$, no unit: a number, a function as for
            [`diffjax.diffusivity.Custom`][], or a law that gives one number (which is
            then not in m²/s).

        **Raises:** `ValueError` if `law` is not a law, or a number is not > 0.
        """
        if not isinstance(law, AbstractDiffusivity):
            raise ValueError(f"`Scaled(law=...)` must be a diffusivity; got {law!r}.")
        self.law = law
        self.factor = law_of(factor, "Scaled(factor=...)", "no unit")

    def at(self, point: Point) -> Float[Array, "..."]:
        """$D$ at the point, in m²/s; of the shape that the law gives."""
        factor = self.factor.at(point)
        if factor.shape != ():
            raise ValueError(
                "`Scaled(factor=...)` must give one number (no unit); got shape "
                f"{factor.shape}."
            )
        return factor * self.law.at(point)


class Along(AbstractDiffusivity):
    """The one number that an experiment along a direction sees of a tensor.

    For a model in one dimension of a body that is not isotropic. The position passed
    on to the law is the one of that model, along the direction.
    """

    law: AbstractDiffusivity
    direction: Float[Array, " d"]
    experiment: Experiment = eqx.field(static=True)

    def __init__(
        self,
        law: AbstractDiffusivity,
        direction: Numbers,
        experiment: Experiment = "front",
    ):
        r"""**Arguments:**

        - `law`: gives principal values or a tensor, in m²/s (or one number, which then
            is the answer).
        - `direction`: $n$, in the axes of the law, of any length but 0, no unit; shape
            `(d,)`.
        - `experiment`: `"front"` for a wide flat source with normal $n$, where
            $D = n^T D\, n$ ([`diffjax.tensors.along_front`][]); `"forced"` for a wire
            or a narrow strip along $n$, where $1/D = n^T D^{-1} n$
            ([`diffjax.tensors.along_forced`][]).

        **Raises:** `ValueError` if `law` is not a law, `direction` is not a row of
        finite numbers or is zero, or `experiment` is neither.
        """
        if not isinstance(law, AbstractDiffusivity):
            raise ValueError(f"`Along(law=...)` must be a diffusivity; got {law!r}.")
        if experiment not in ("front", "forced"):
            raise ValueError(
                f'`Along(experiment=...)` must be "front" or "forced"; got '
                f"{experiment!r}."
            )
        n = real(direction)
        if n.shape not in ((1,), (2,), (3,)):
            raise ValueError(
                "`Along(direction=...)` must have shape `(d,)` with d = 1, 2 or 3 (no "
                f"unit); got {n.shape}."
            )
        self.law = law
        self.direction = require(
            n,
            lambda n: finite(n) & (abs(n).max() > 0),
            lambda: (
                "`Along(direction=...)` must be finite and not zero (no unit); got "
                f"{value_of(n)}."
            ),
        )
        self.experiment = experiment

    def at(self, point: Point) -> Float[Array, ""]:
        """$D$ along the direction, in m²/s; a scalar."""
        value = self.law.at(point)
        if value.ndim == 0:
            return value
        tensor = jnp.diag(value) if value.ndim == 1 else value
        if self.experiment == "front":
            return along_front(tensor, self.direction)
        return along_forced(tensor, self.direction)
