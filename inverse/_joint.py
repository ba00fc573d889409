"""Smooth maps between several numbers of a model and as many free ones as they have."""

import abc
from typing import Literal, NamedTuple

import equinox as eqx
from jaxtyping import Array, Float


Shapes = tuple[tuple[int, ...], ...]
Kind = Literal["real", "positive", "log", "share"]


class Part(NamedTuple):
    r"""How one reported number is called, and where it can lie.

    **Attributes:**

    - `name`: for reports.
    - `kind`: `"real"`; `"positive"` (its interval is symmetric in $\ln x$); `"log"`
        (the same, and sentences speak of $\ln x$); `"share"` (between 0 and 1).
    - `unit`: a word; empty for that of `Free(unit=...)`.
    """

    name: str
    kind: Kind = "real"
    unit: str = ""


class AbstractJointTransform(eqx.Module):
    """A map from arrays of a model, all together, to unbounded numbers and back.

    There may be fewer free numbers than array elements, and what is reported may be a
    third set of numbers. A change of one free number by 1 should surprise.

    To add one: subclass this and write the five methods.
    """

    @abc.abstractmethod
    def size(self, shapes: Shapes) -> int:
        """How many free numbers there are.

        **Arguments:**

        - `shapes`: of the arrays.

        **Raises:** `ValueError` if the transform is not for such arrays.
        """

    @abc.abstractmethod
    def forward(self, arrays: tuple[Float[Array, "..."], ...]) -> Float[Array, " free"]:
        """From the arrays, in their units, to the free numbers (no unit)."""

    @abc.abstractmethod
    def inverse(
        self, free: Float[Array, " free"], shapes: Shapes
    ) -> tuple[Float[Array, "..."], ...]:
        """From the free numbers (no unit) back to the arrays, in their units."""

    @abc.abstractmethod
    def report(self, arrays: tuple[Float[Array, "..."], ...]) -> Float[Array, " parts"]:
        """The numbers that are reported, in their units."""

    @abc.abstractmethod
    def parts(self, name: str, shapes: Shapes) -> tuple[Part, ...]:
        """What reports call these numbers.

        **Arguments:**

        - `name`: of the parameter.
        - `shapes`: of the arrays.
        """
