r"""Interdiffusion where vacancies do not find sinks at once: a field of their own."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PyTree

from .._checks import all_numbers, in_precision, one_number, real, require
from .._shapes import Numbers
from ..diffusivity import Multicomponent
from ..fluxes import VacancyExchange
from ..grid import Grid
from ._equation import Isothermal, State
from ._interdiffusion import Interdiffusion
from ._mixture_line import AbstractMixtureEquation
from ._vacancy_sinks import VacancySinks
from ._vacancy_term import VacancyInterdiffusionTerm


class VacancyInterdiffusion(AbstractMixtureEquation):
    r"""Interdiffusion and the Kirkendall effect with sinks of finite strength.

    $$\frac{\partial x_i}{\partial t} = -\nabla \cdot V_m (J_i + x_i J_v), \qquad
    \frac{\partial c_v}{\partial t} = -\nabla \cdot V_m J_v - \frac{c_v -
    c_v^{eq}}{\tau} - \frac{\partial p}{\partial t}, \qquad \nabla \cdot v = -\frac{c_v
    - c_v^{eq}}{\tau}$$

    with the fluxes of [`diffjax.fluxes.VacancyExchange`][], the sinks of
    [`diffjax.equations.VacancySinks`][] and, where they are asked for,
    [`diffjax.equations.Pores`][] of volume $p$. Only where sinks make or unmake sites
    does the lattice move, and markers with it; the lower end rests. Strong sinks give
    [`diffjax.equations.Interdiffusion`][] (Darken); without sinks the lattice rests and
    the slower component sets the pace, $\tilde D = D_A D_B / (x_A D_A + x_B D_B)$.

    Fields have the n fractions of the atoms, which sum to one, then the vacancies, in
    the sinks' `unit`, then the pores in the same unit, if any: shape `(cells, n + 1)`
    or `(cells, n + 2)`. Positions in the grid count atoms: the body is drawn without
    its pores (`places` gives the faces with them), and the volume of the vacancies is
    left out, $c_v \ll 1$. Markers are where they are with all pores.

    **Error:** second order in the cell width; pores that a moving lattice carries
    along, first order. Each component, and the vacancies with what sinks and pores
    took, are kept to round-off.

    !!! example

        ```python
        brass = djx.diffusivity.Multicomponent({"Cu": 1e-14, "Zn": 4e-14})
        mixing = djx.equations.Interdiffusion(brass, markers=jnp.array([0.0]))
        sinks = djx.equations.VacancySinks(1e-4, rate=1.0)
        equation = djx.equations.VacancyInterdiffusion(mixing, sinks)
        grid = djx.grid.graded(-1e-3, 1e-3, 200, centre=0.0, finest=1e-6)
        couple = djx.grid.step(grid, 0.0, jnp.array([0.7, 0.3]), jnp.array([1.0, 0.0]))
        start = equation.filled(grid, couple, 1058.0)
        solution = djx.solve(equation, grid, start, djx.Anneal(3.6e5, 1058.0))
        equation.supersaturation(grid, solution.ys[-1], 1058.0)
        ```
    """

    mixing: Interdiffusion
    sinks: VacancySinks

    def __init__(self, mixing: Interdiffusion, sinks: VacancySinks):
        """**Arguments:**

        - `mixing`: a [`diffjax.equations.Interdiffusion`][]: kinetics, walls, markers.
            Through closed walls and given fluxes no vacancies pass; a wall that holds a
            mixture is a surface, which holds them at equilibrium.
        - `sinks`: a [`diffjax.equations.VacancySinks`][].

        **Raises:** `ValueError` if these are something else.
        """
        if not isinstance(mixing, Interdiffusion):
            raise ValueError(
                "`VacancyInterdiffusion(mixing=...)` must be a "
                f"`diffjax.equations.Interdiffusion`; got {mixing!r}."
            )
        if not isinstance(sinks, VacancySinks):
            raise ValueError(
                "`VacancyInterdiffusion(sinks=...)` must be a "
                f"`diffjax.equations.VacancySinks`; got {sinks!r}."
            )
        self.mixing, self.sinks = mixing, sinks

    @property
    def law(self) -> Multicomponent:
        """The kinetics at a point, at equilibrium of the vacancies."""
        return self.mixing.law

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the components, then `"vacancies"`, and `"pores"` if any."""
        pores = () if self.sinks.pores is None else ("pores",)
        return (*self.mixing.components, "vacancies", *pores)

    @property
    def bounds(self) -> tuple[float, float]:
        """Nothing is less than 0; vacancies may be many times their equilibrium."""
        return 0.0, float("inf")

    @property
    def markers(self) -> Float[Array, " markers"] | None:
        """Positions of the markers at the start, in m; `None` without any."""
        return self.mixing.markers

    def filled(
        self,
        grid: Grid,
        composition: Numbers,
        temperature: ArrayLike,
        supersaturation: Numbers = 1.0,
    ) -> Float[Array, "cells k"]:
        """A first field: fractions, and vacancies in equilibrium or times as many.

        **Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][] with one axis.
        - `composition`: fractions in the cells, no unit; shape `(cells, n)`.
        - `temperature`: at which the vacancies were in equilibrium, in K: that from
            which a body was quenched.
        - `supersaturation`: times the equilibrium, >= 0, no unit; a number, or shape
            `(cells,)`.

        **Returns:** shape `(cells, n + 1)`, or `(cells, n + 2)` with pores.

        **Raises:** `ValueError` if a shape is another, or a number out of range.
        """
        x = self._shaped(grid, composition, "filled(composition=...)", False)
        times = all_numbers(supersaturation, "filled(supersaturation=...)", "no unit")
        times = require(
            times,
            lambda v: v >= 0,
            "`filled(supersaturation=...)` must be >= 0 (no unit).",
        )
        if times.shape not in ((), grid.shape):
            raise ValueError(
                "`filled(supersaturation=...)` must be a number or have shape "
                f"{grid.shape} (no unit); got {times.shape}."
            )
        hot = one_number(temperature, "filled(temperature=...)", "K", "> 0")
        equation, grid, hot = in_precision((self, grid, hot), x.dtype)
        equal = _equilibrium(equation.sinks, x, hot, grid.centres)
        vacant = times.astype(x.dtype) * equal / equation.sinks.unit
        pores = [] if self.sinks.pores is None else [jnp.zeros_like(vacant)]
        return jnp.concatenate([x, jnp.stack([vacant, *pores], axis=-1)], axis=-1)

    def start(self, field: Float[Array, "cells k"]) -> Float[Array, "cells k"]:
        """A first field, after asking that fractions sum to one and none is below 0.

        **Raises:** `ValueError` that says what is wrong.
        """
        n = len(self.mixing.components)
        x = self.mixing.start(field[:, :n])
        rest = require(
            field[:, n:],
            lambda v: v >= 0,
            f"`solve(initial=...)` must hold {' and '.join(self.components[n:])} >= 0 "
            "(in the `unit` of the sinks).",
        )
        return jnp.concatenate([x, rest], axis=-1)

    def openings(self, grid: Grid) -> tuple[str, ...]:
        """The two walls, sinks and pores; see `AbstractEquation.openings`."""
        return (*self.mixing.openings(grid), "sinks", "pores")

    def fit(self, grid: Grid) -> None:
        """Checks that the grid has one axis, and that markers lie on it."""
        self.mixing.fit(grid)

    def ready(
        self, grid: Grid, start: Float[Array, "cells k"], anneal: PyTree
    ) -> "VacancyInterdiffusion":
        """The equation itself, after asking that the start is no spinodal mixture.

        **Raises:** as [`diffjax.equations.Interdiffusion`][].
        """
        self.mixing.ready(grid, start[:, : len(self.mixing.components)], anneal)
        return self

    def term(self, grid: Grid, anneal: PyTree) -> VacancyInterdiffusionTerm:
        """The equation on a grid; see `AbstractEquation.term`."""
        self.fit(grid)
        return VacancyInterdiffusionTerm(
            VacancyExchange(self.law), self.sinks, self.mixing.walls, grid, anneal
        )

    def velocity(
        self,
        grid: Grid,
        field: Numbers,
        temperature: ArrayLike,
        time: ArrayLike = 0.0,
    ) -> Float[Array, " faces"]:
        """Velocity of the lattice at the faces of the grid, from the sinks alone.

        **Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][] with one axis.
        - `field`: as of a solution; shape `(cells, k)`.
        - `temperature`, `time`: in K and s.

        **Returns:** along the axis, in m/s; shape `(cells + 1,)`.

        **Raises:** `ValueError` if the shape is another.
        """
        field = self._shaped(grid, field, "velocity(field=...)")
        term, time = self._at(grid, field, temperature, time)
        return _velocity(term, time, field)

    def supersaturation(
        self, grid: Grid, field: Numbers, temperature: ArrayLike
    ) -> Float[Array, " cells"]:
        """How many times their equilibrium the vacancies are, in all cells.

        **Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][] with one axis.
        - `field`: as of a solution; shape `(cells, k)`.
        - `temperature`: in K.

        **Returns:** $c_v / c_v^{eq}$, no unit; shape `(cells,)`.

        **Raises:** `ValueError` if the shape is another.
        """
        field = self._shaped(grid, field, "supersaturation(field=...)")
        term, time = self._at(grid, field, temperature, 0.0)
        return _supersaturation(term, time, field)

    def porosity(self, grid: Grid, field: Numbers) -> Float[Array, " cells"]:
        """Volume of the pores over that of the atoms, in all cells.

        **Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][] with one axis.
        - `field`: as of a solution; shape `(cells, k)`.

        **Returns:** no unit; shape `(cells,)`; 0 without pores.

        **Raises:** `ValueError` if the shape is another.
        """
        field = self._shaped(grid, field, "porosity(field=...)")
        if self.sinks.pores is None:
            return jnp.zeros_like(field[:, 0])
        return self.sinks.unit.astype(field.dtype) * field[:, -1]

    def places(self, grid: Grid, field: Numbers) -> Float[Array, " faces"]:
        """Where the faces of the grid are once pores have made room for themselves.

        **Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][] with one axis.
        - `field`: as of a solution; shape `(cells, k)`.

        **Returns:** in m; shape `(cells + 1,)`. The lower wall rests.

        **Raises:** `ValueError` if the shape is another.
        """
        field = self._shaped(grid, field, "places(field=...)")
        return self._at(grid, field, 1.0, 0.0)[0].places(field)

    def at_rest(
        self,
        grid: Grid,
        start: Float[Array, "cells k"],
        temperature: Float[Array, ""],
    ) -> None:
        """Not known without the march: what pores hold depends on the way."""
        del grid, start, temperature

    def smallest_diffusivity(
        self,
        grid: Grid,
        composition: Float[Array, "cells k"],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        """That of the mixture with vacancies at equilibrium, in m²/s; a scalar."""
        x = composition[:, : len(self.mixing.components)]
        return self.mixing.smallest_diffusivity(grid, x, temperature)

    def _shaped(
        self, grid: Grid, given: Numbers, name: str, whole: bool = True
    ) -> Float[Array, "cells k"]:
        kinds = self.components if whole else self.mixing.components
        field = real(given)
        if field.shape != (*grid.shape, len(kinds)):
            raise ValueError(
                f"`{name}` must have shape {(*grid.shape, len(kinds))}, numbers of "
                f"{', '.join(kinds)} in each cell; got {field.shape}."
            )
        return field

    def _at(
        self, grid: Grid, field: Array, temperature: ArrayLike, time: ArrayLike
    ) -> tuple[VacancyInterdiffusionTerm, Float[Array, ""]]:
        equation, grid = in_precision((self, grid), field.dtype)
        hot = jnp.asarray(temperature, dtype=field.dtype)
        when = jnp.asarray(time, dtype=field.dtype)
        return equation.term(grid, Isothermal(hot)), when


def _state(field: Float[Array, "cells k"]) -> State:
    return State(field, jnp.zeros((4, field.shape[-1]), dtype=field.dtype))


@eqx.filter_jit
def _equilibrium(sinks, x, temperature, positions) -> Float[Array, " cells"]:
    at = lambda x, place: sinks.equilibrium_at(x, temperature, place)
    return jax.vmap(at)(x, positions)


@eqx.filter_jit
def _velocity(term, time, field) -> Float[Array, " faces"]:
    return term.velocity(time, _state(field))


@eqx.filter_jit
def _supersaturation(term, time, field) -> Float[Array, " cells"]:
    return term.supersaturation(time, field)
