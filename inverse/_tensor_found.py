"""The tensor that a fit of oriented traverses found: along directions, and its own."""

import dataclasses
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

import diffjax as djx

from ._estimates import Fit
from ._experiment import AbstractTraverse, law_of, temperature_of
from ._oriented import Oriented


@dataclasses.dataclass(frozen=True)
class TensorFound:
    """A tensor in m²/s, with 95 % intervals.

    **Attributes:**

    - `directions`: of the traverses, each once; no unit.
    - `along`: D along each, and the ends of its interval; shape `(3, directions)`.
    - `matrix`, `errors`: components and their standard deviations; shape `(d, d)`.
    - `principal`: principal values, falling, and the ends of their intervals; shape
        `(3, d)`.
    - `axes`: unit vectors along them, as rows; shape `(d, d)`.
    - `temperature`: in K.
    """

    directions: tuple[tuple[float, ...], ...]
    along: np.ndarray
    matrix: np.ndarray
    errors: np.ndarray
    principal: np.ndarray
    axes: np.ndarray
    temperature: float


def tensor_found(fit: Fit) -> TensorFound | None:
    """The (first) tensor of a fit, at the temperature of its first traverse and the
    middle of its values; `None` if no traverse has a direction.

    **Arguments:**

    - `fit`: the result.
    """
    found: dict[tuple[float, ...], int] = {}
    pick: Callable | None = None
    for index in fit.traverses:
        experiment = fit.experiments[index]
        assert isinstance(experiment, AbstractTraverse)
        law = experiment.law
        if isinstance(law, Oriented):
            pick = law.pick if not found else pick
            if law.pick is pick:
                found.setdefault(law.direction, index)
    if not found:
        return None
    number = min(found.values())
    first = fit.experiments[number]
    assert isinstance(first, AbstractTraverse)
    hot = float(temperature_of(first, fit.model, fit.local[number]))
    middle = float(np.mean(fit.composition_range))
    curves = [
        fit.diffusivity(np.array([middle]), hot, index) for index in found.values()
    ]
    tensor = _Components(pick, middle, hot)
    matrix, errors = fit.predict(tensor)
    values, spread = fit.predict(_Principal(tensor))
    if not np.all(np.isfinite(errors)):
        # An open component may not move them to first order, as one that is 0.
        spread = np.full_like(spread, np.inf)
    # Positive, so that the intervals are symmetric in the logarithm.
    with np.errstate(over="ignore", invalid="ignore"):
        factor = np.exp(fit.quantile * spread / values)
    vectors = np.linalg.eigh(matrix)[1].T[::-1]
    signs = np.sign(vectors[np.arange(len(vectors)), np.argmax(np.abs(vectors), 1)])
    return TensorFound(
        tuple(found),
        np.array([[float(x[0]) for x in one] for one in curves]).T,
        matrix,
        errors,
        np.stack([values, values / factor, values * factor])[:, ::-1],
        signs[:, None] * vectors,
        hot,
    )


def direction_words(direction: tuple[float, ...]) -> str:
    """A direction as people write it: `[1 0 1.62]`."""
    return f"[{' '.join(f'{x + 0.0:.3g}' for x in direction)}]".replace("-", "−")


@dataclasses.dataclass(frozen=True)
class _Components:
    """A tensor of a model; equal if the law and the point are."""

    pick: Callable | None
    composition: float
    temperature: float

    def __call__(self, model: PyTree) -> Float[Array, "d d"]:
        law = law_of(model, self.pick)
        return law.over(djx.real(self.composition), djx.real(self.temperature))


@dataclasses.dataclass(frozen=True)
class _Principal:
    """Its principal values, rising."""

    tensor: _Components

    def __call__(self, model: PyTree) -> Float[Array, " d"]:
        return jnp.linalg.eigvalsh(self.tensor(model))
