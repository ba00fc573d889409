"""What was done to a sample before it was measured, and what a law says of it."""

from collections.abc import Callable, Sequence
from typing import Literal

import diffrax
import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._experiment import (
    AbstractTraverse,
    as_amount,
    as_local,
    law_of,
    Local,
    mean_diffusivity,
    number_of,
)
from ._film import AbstractFilm
from ._hold import Hold, unknowns, with_starts
from ._oriented import oriented
from ._parameters import Free
from ._profile import Profile
from ._start import Guess, guess_couple, guess_half_space


Road = Literal["similarity", "march"]
_CELLS = 300


class Couple(AbstractTraverse):
    """Two half-infinite bodies joined at one plane: a diffusion couple.

    **Attributes:** what `Couple(...)` was given; `road` says how it is predicted.
    """

    profile: Profile
    anneal: djx.AbstractAnneal
    left: Local
    right: Local
    origin: Local
    law: Callable | None = eqx.field(static=True)
    road: Road = eqx.field(static=True)
    faces: Float[Array, " faces"] | None

    def __init__(
        self,
        profile: Profile,
        anneal: djx.AbstractAnneal,
        left: ArrayLike | Free | None = None,
        right: ArrayLike | Free | None = None,
        origin: ArrayLike | Free | None = None,
        road: Road | None = None,
        law: Callable | None = None,
        cells: int = _CELLS,
        direction: ArrayLike | Sequence[float | int] | None = None,
    ):
        r"""**Arguments:**

        - `profile`: values over the couple, rising or falling.
        - `anneal`: its temperature history, or a [`inverse.Hold`][] if it is not known.
        - `left`, `right`: compositions far from the joint, in the unit of the values. A
            number is held; `None`, or a [`inverse.Free`][], is fitted.
        - `origin`: position of the Matano plane, in m; as `left`.
        - `road`: `"similarity"` (the profile depends on $x/\sqrt t$ alone: one hold at
            one temperature) or `"march"` (any history, step by step). `None`: the first
            where it applies.
        - `law`: picks the law of this sample from the model; `None` if the model is the
            law.
        - `cells`: of the grid on which a march is done; no unit.
        - `direction`: of the traverse $n$, normal to the joint, in the axes of a law
            that gives a tensor $D$ (of any length but 0; no unit; shape `(d,)`): the
            profile follows $n^\top D\, n$.

        **Raises:** `ValueError` if `road` is unknown, `"similarity"` with more than one
        temperature, or `direction` is no direction.

        !!! example

            ```python
            couple = inv.Couple(profile, djx.Anneal(3.6e5, 1273.15), left=0.0)
            ```
        """
        self.profile, self.anneal = profile, anneal
        self.law = oriented(law, direction, "Couple")
        self.left, self.right = as_local(left, ""), as_local(right, "")
        self.origin = as_local(origin, "m")
        self.road = road_of("Couple", road, anneal)
        if self.road == "march":
            x = np.asarray(profile.position)
            middle = number_of(self.origin, self.guess().local["origin"])
            reach = max(x[-1] - middle, middle - x[0])
            finest = 0.2 * 2 * reach / cells
            grid = djx.grid.graded(-1.5 * reach, 1.5 * reach, cells, 0.0, finest)
            self.faces = grid.faces
        else:
            self.faces = None

    def locals(self) -> dict[str, Local]:
        """`origin` (m), `left` and `right` (unit of the values)."""
        ends = {"origin": self.origin, "left": self.left, "right": self.right}
        return ends | unknowns(self.anneal)

    def guess(self) -> Guess:
        """Matano plane, ends, and Sauer–Freise's D(c)."""
        found = guess_couple(
            self.profile,
            float(self.anneal.duration),
            number_of(self.left),
            number_of(self.right),
        )
        return with_starts(found, self.anneal)

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values at positions (m); see `AbstractExperiment.predict`."""
        anneal, law = self.history(model, local), law_of(model, self.law)
        left, right = local["left"], local["right"]
        depth = at - local["origin"]
        if self.faces is None:
            temperature = anneal.temperature_at(jnp.zeros(()))
            similar = djx.equations.similarity(
                law, left, right, temperature, throw=False
            )
            return kept(similar.at(depth, anneal.duration), similar.result)
        grid = djx.grid.from_faces(self.faces)
        start = djx.grid.step(grid, jnp.zeros(()), left, right)
        equation = djx.equations.Diffusion(law)
        solution = _march(equation, grid, start, anneal, forward)
        return kept(solution.at(depth), solution.result)


class HalfSpace(AbstractTraverse):
    """A half-infinite body whose surface is held at one composition."""

    profile: Profile
    anneal: djx.AbstractAnneal
    surface: Local
    initial: Local
    origin: Local
    law: Callable | None = eqx.field(static=True)
    road: Road = eqx.field(static=True)
    faces: Float[Array, " faces"] | None

    def __init__(
        self,
        profile: Profile,
        anneal: djx.AbstractAnneal,
        surface: ArrayLike | Free | None = None,
        initial: ArrayLike | Free | None = None,
        origin: ArrayLike | Free | None = 0.0,
        road: Road | None = None,
        law: Callable | None = None,
        cells: int = _CELLS,
        direction: ArrayLike | Sequence[float | int] | None = None,
    ):
        """**Arguments:**

        - `profile`: values from the surface inwards.
        - `anneal`: its temperature history, or a [`inverse.Hold`][] if it is not known.
        - `surface`: composition held at the surface, in the unit of the values. A
            number is held; `None`, or a [`inverse.Free`][], is fitted.
        - `initial`: composition everywhere at first; as `surface`.
        - `origin`: position of the surface, in m; as `surface`.
        - `road`, `law`, `cells`, `direction`: as in [`inverse.Couple`][].

        **Raises:** as [`inverse.Couple`][].
        """
        self.profile, self.anneal = profile, anneal
        self.law = oriented(law, direction, "HalfSpace")
        self.surface, self.initial = as_local(surface, ""), as_local(initial, "")
        self.origin = as_local(origin, "m")
        self.road = road_of("HalfSpace", road, anneal)
        if self.road == "march":
            x = np.asarray(profile.position)
            reach = 2.0 * (x[-1] - min(number_of(self.origin, x[0]), x[0]))
            grid = djx.grid.graded(0.0, reach, cells, 0.0, 0.1 * reach / cells)
            self.faces = grid.faces
        else:
            self.faces = None

    def locals(self) -> dict[str, Local]:
        """`origin` (m), `surface` and `initial` (unit of the values)."""
        return {
            "origin": self.origin,
            "surface": self.surface,
            "initial": self.initial,
            **unknowns(self.anneal),
        }

    def guess(self) -> Guess:
        """Ends and Boltzmann's D(c)."""
        found = guess_half_space(
            self.profile,
            float(self.anneal.duration),
            number_of(self.surface),
            number_of(self.initial),
            number_of(self.origin),
        )
        return with_starts(found, self.anneal)

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values at positions (m); see `AbstractExperiment.predict`."""
        anneal, law = self.history(model, local), law_of(model, self.law)
        surface, initial = local["surface"], local["initial"]
        depth = at - local["origin"]
        if self.faces is None:
            temperature = anneal.temperature_at(jnp.zeros(()))
            similar = djx.equations.similarity(
                law, surface, initial, temperature, half_space=True, throw=False
            )
            return kept(similar.at(depth, anneal.duration), similar.result)
        grid = djx.grid.from_faces(self.faces)
        walls = djx.grid.Walls(x=(djx.grid.FixedValue(surface), djx.grid.NoFlux()))
        start = jnp.broadcast_to(initial, grid.shape)
        equation = djx.equations.Diffusion(law, walls=walls)
        solution = _march(equation, grid, start, anneal, forward)
        # The surface itself belongs to the profile, beside the centres of the cells.
        nodes = jnp.concatenate([jnp.zeros(1), grid.centres])
        values = jnp.concatenate([surface[None], solution.ys[-1]])
        found = djx.grid.interpolate(nodes, values, depth)
        return kept(found, solution.result)


class ThinFilm(AbstractFilm):
    """A tracer that spreads from a thin layer into a half-infinite body."""

    profile: Profile
    anneal: djx.AbstractAnneal
    amount: Local
    background: Local
    origin: Local
    law: Callable | None = eqx.field(static=True)

    def __init__(
        self,
        profile: Profile,
        anneal: djx.AbstractAnneal,
        amount: ArrayLike | Free | None = None,
        background: ArrayLike | Free | None = 0.0,
        origin: ArrayLike | Free | None = 0.0,
        law: Callable | None = None,
        direction: ArrayLike | Sequence[float | int] | None = None,
    ):
        r"""**Arguments:**

        - `profile`: values from the surface inwards.
        - `anneal`: its temperature history, or a [`inverse.Hold`][] if it is not known;
            only $\int D(T(t))\,dt$ matters.
        - `amount`: tracer per area, in the unit of the values times m. A number is
            held; `None`, or a [`inverse.Free`][], is fitted.
        - `background`: value without tracer, in the unit of the values; as `amount`.
        - `origin`: position of the surface, in m; as `amount`.
        - `law`, `direction`: as in [`inverse.Couple`][]; the law is read at the
            composition `background`.
        """
        self.profile, self.anneal = profile, anneal
        self.law = oriented(law, direction, "ThinFilm")
        self.amount = as_amount(amount, "m")
        self.background = as_local(background, "")
        self.origin = as_local(origin, "m")

    @property
    def further(self) -> dict[str, tuple[Local, float, float]]:
        """None."""
        return {}

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values at positions (m); see `AbstractExperiment.predict`."""
        del forward
        anneal, law = self.history(model, local), law_of(model, self.law)
        background = local["background"]
        diffusivity = mean_diffusivity(law, anneal, background[None])[0]
        return djx.exact.thin_film(
            at - local["origin"],
            anneal.duration,
            diffusivity,
            local["amount"],
            background,
        )


def _march(
    equation: djx.equations.Diffusion,
    grid: djx.grid.Grid,
    start: Float[Array, " cells"],
    anneal: djx.AbstractAnneal,
    forward: bool,
) -> djx.Solution:
    adjoint = diffrax.ForwardMode() if forward else None
    return djx.solve(
        equation,
        grid,
        start,
        anneal,
        rtol=1e-5,
        atol=1e-7,
        adjoint=adjoint,
        throw=False,
    )


def kept(values: Float[Array, "..."], result: djx.RESULTS) -> Float[Array, "..."]:
    """NaN where a prediction failed: a fit then takes a shorter step.

    **Arguments:**

    - `values`: what is predicted, of any unit and shape.
    - `result`: how it went.
    """
    return jnp.where(result == djx.RESULTS.successful, values, jnp.nan)


def road_of(kind: str, road: str | None, anneal: djx.AbstractAnneal) -> Road:
    """How a couple or half space is predicted.

    **Arguments:**

    - `kind`: whose argument `road` is.
    - `road`: what was asked for; `None`: by similarity where the anneal allows it.
    - `anneal`: the temperature history.

    **Raises:** `ValueError` if it is unknown, or the anneal does not allow it.
    """
    steady = isinstance(anneal, djx.Anneal | Hold)
    if road not in (None, "similarity", "march"):
        raise ValueError(
            f"`{kind}(road=...)` must be 'similarity' or 'march'; got {road!r}."
        )
    if road == "similarity" and not steady:
        raise ValueError(
            f"`{kind}(road='similarity')` needs one `Anneal` at one temperature; got a "
            f"{type(anneal).__name__}: use road='march'."
        )
    return ("similarity" if steady else "march") if road is None else road
