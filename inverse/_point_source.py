"""Maps of what has spread from one point of an anisotropic crystal."""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._data import AbstractData, changed, Readings
from ._experiment import (
    AbstractExperiment,
    as_amount,
    as_local,
    law_of,
    Local,
    mean_diffusivity,
    number_of,
)
from ._hold import require_known
from ._parameters import Free
from ._start import Guess, guessed


_AXES = ("x", "y", "z")


class PointSource(AbstractExperiment):
    r"""A map of what has spread from one point of a crystal.

    $$c(x) = c_0 + \frac{M}{(4\pi t)^{d/2} \sqrt{\det D}}
    \exp\left(-\frac{(x - x_0)^\top D^{-1} (x - x_0)}{4t}\right)$$

    In the plane (d = 2) it shows all components of the tensor in that plane, where a
    traverse shows one number: for a plate through which the source goes all the way,
    with its normal along a principal axis. In space (d = 3), also for points on the
    face on which the source was; $M$ is then twice what was put there.

    **Attributes:** what `PointSource(...)` was given.
    """

    data: Readings
    anneal: djx.AbstractAnneal
    amount: Local
    background: Local
    centre: tuple[Local, ...]
    law: Callable | None = eqx.field(static=True)

    def __init__(
        self,
        data: Readings,
        anneal: djx.AbstractAnneal,
        amount: ArrayLike | Free | None = None,
        background: ArrayLike | Free | None = 0.0,
        centre: Sequence[ArrayLike | Free | None] | None = None,
        law: Callable | None = None,
    ):
        r"""**Arguments:**

        - `data`: the map, with `at` the positions in m, in the axes of the law; shape
            `(points, d)` with d = 2 or 3.
        - `anneal`: its temperature history; only $\int D(T(t))\,dt$ matters.
        - `amount`: $M > 0$, in the unit of the values times m^d. A number is held;
            `None`, or a [`inverse.Free`][], is fitted.
        - `background`: $c_0$, in the unit of the values; as `amount`.
        - `centre`: $x_0$, in m; d numbers, each as `amount`; `None`: all are fitted.
        - `law`: picks the law of this sample from the model; `None` if the model is the
            law. It is read at the composition `background`, and gives a tensor.

        **Raises:** `ValueError` if positions or `centre` do not have 2 or 3 numbers.

        !!! example

            ```python
            map = inv.Readings(values, 0.01, at=positions)
            spot = inv.PointSource(map, djx.Anneal(3.6e5, 1273.15))
            ```
        """
        shape = data.at.shape
        if len(shape) != 2 or shape[1] not in (2, 3):
            raise ValueError(
                "`PointSource(data=...)` needs `Readings(at=...)` of shape `(points, "
                f"2)` or `(points, 3)` (m); got {shape}."
            )
        given = (None,) * shape[1] if centre is None else tuple(centre)
        if len(given) != shape[1]:
            raise ValueError(
                f"`PointSource(centre=...)` must have {shape[1]} numbers (m); got "
                f"{len(given)}."
            )
        require_known("PointSource", anneal)
        self.data, self.anneal, self.law = data, anneal, law
        unit = f"m^{shape[1]}"
        self.amount = as_amount(amount, unit)
        self.background = as_local(background, "")
        self.centre = tuple(as_local(one, "m") for one in given)

    def locals(self) -> dict[str, Local]:
        """`amount`, `background`, and the centre's `x` and `y` (and `z`) in m."""
        places = dict(zip(_AXES, self.centre))
        return {"amount": self.amount, "background": self.background, **places}

    def guess(self) -> Guess:
        """Background, centre, amount and spread from the moments of the map."""
        at, value = np.asarray(self.data.at), np.asarray(self.data.value)
        dimension = at.shape[1]
        level = number_of(self.background)
        level = float(np.quantile(value, 0.1)) if level is None else level
        above = np.maximum(value - level, 0.0)
        weight = np.where(above > 0.2 * above.max(), above, 0.0)
        total = max(float(weight.sum()), 1e-300)
        middle = weight @ at / total
        off = at - middle
        spread = (weight[:, None] * off).T @ off / total
        # The part above a fifth of the height is narrower than the whole.
        spread = 1.5 * spread + 1e-12 * np.trace(spread) * np.eye(dimension)
        size = float(np.sqrt(np.linalg.det(2 * np.pi * spread)))
        amount = max(float(above.max()), 1e-300) * size
        length = float(np.sqrt(np.trace(spread)))
        start = {"amount": amount, "background": level}
        scale = {"background": 0.1 * float(above.max()) or 1.0}
        for name, place in zip(_AXES, middle):
            start[name], scale[name] = float(place), 0.3 * length
        return guessed(start, scale)

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values at positions (m); see `AbstractExperiment.predict`."""
        del forward
        background = local["background"]
        law = law_of(model, self.law)
        tensor = mean_diffusivity(law, self.anneal, background[None])[0]
        centre = jnp.stack([local[name] for name in _AXES[: at.shape[1]]])
        return djx.exact.point_source(
            at - centre[None, :],
            self.anneal.duration,
            tensor,
            local["amount"],
            background,
        )

    def bare(self, data: AbstractData) -> "PointSource":
        """See `AbstractExperiment.bare`."""
        nothing = (None,) * len(self.centre)
        held = dict(amount=None, background=None, centre=nothing)
        return changed(self, data=data, **held)
