"""An interstitial in a matrix that rests: carbon, nitrogen, hydrogen by activity."""

import math
from collections.abc import Callable, Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, Float

from .._checks import real, require, require_kinds, sum_slack, value_of
from .._constants import GAS_CONSTANT
from .._shapes import Numbers
from .._smooth import bernoulli_pair
from ..diffusivity import AbstractDiffusivity, Point
from ..thermo import CompoundEnergy, OfTemperature
from ._fick import conductance, Mean, one_of_means
from ._flux import AbstractDrivenFlux, Face


class InMatrix(AbstractDrivenFlux):
    r"""One interstitial in a matrix that varies from place to place and rests.

    $$V_s J = -D^* u\, \nabla \frac{\mu}{RT} = -D^* (\nabla u + u\, \nabla \psi), \qquad
    \psi = \frac{\mu - \mu^\circ}{RT} - \ln u = \ln \frac{a}{u}$$

    The composition is the u-fraction, atoms of the interstitial for each atom on the
    sites of the metals, whose molar volume $V_s$ is one for all. $\mu$ comes from the
    energy of the phase alone, so that the filling of sites and all interactions are in
    $\psi$, which is smooth where the interstitial is absent. Metals are slower by
    orders: here they rest. Uphill diffusion at a weld (Darken 1949) follows by itself.

    Nothing flows between two points of equal activity $a = u\, e^\psi$, to round-off.

    **Error:** second order in the distance; with the mean `"arithmetic"` first order
    where the matrix jumps.
    """

    law: AbstractDiffusivity
    phase: CompoundEnergy
    matrix: Float[Array, " metals"] | Callable
    standard: OfTemperature
    chemical: bool = eqx.field(static=True)
    mean: Mean = eqx.field(static=True)

    def __init__(
        self,
        law: AbstractDiffusivity,
        phase: CompoundEnergy,
        matrix: Mapping[str, float] | Numbers | Callable | None = None,
        *,
        standard: OfTemperature | Numbers = 0.0,
        chemical: bool = False,
        mean: Mean = "harmonic",
    ):
        r"""**Arguments:**

        - `law`: $D^*$, in m²/s, a scalar at a point, with the u-fraction as its
            composition.
        - `phase`: a [`diffjax.thermo.CompoundEnergy`][] with one interstitial.
        - `matrix`: fractions of the metals on their sites, which sum to one, no unit:
            by name, or in the order of `phase.sites.species` with shape `(metals,)`; or
            a function of the position (m) that gives that shape. Not needed for one
            metal.
        - `standard`: $\mu^\circ$, the potential at which the activity is one, in J/mol:
            a number $a$, $(a, b)$ for $a + b T$, or an
            [`diffjax.thermo.OfTemperature`][].
        - `chemical`: whether `law` is the chemical diffusivity $D$ of Fick's law, as
            carburizing measures it, and $D^* = D / \frac{d \ln a}{d \ln u}$.
        - `mean`: `"harmonic"`: resistances $e^\psi / D^*$ of both half cells in series,
            which welds want; or `"arithmetic"`: exponential fitting as in
            [`diffjax.fluxes.Drift`][], for a $D^*$ that falls to nearly nothing.

        **Raises:** `ValueError` if any of these is something else.

        !!! example

            ```python
            sites = djx.thermo.Sites(("Fe", "Si", "C"), ("C",))
            repel = djx.thermo.redlich_kister(sites.species, pairs={("Si", "C"): 1e5})
            rest = djx.thermo.redlich_kister(sites.components)
            phase = djx.thermo.CompoundEnergy(sites, repel, rest)
            steel, iron = jnp.array([0.93, 0.07]), jnp.array([1.0, 0.0])
            weld = lambda x: jnp.where(x < 0, steel, iron)
            law = djx.diffusivity.Constant(3e-11)
            flux = djx.fluxes.InMatrix(law, phase, weld)
            ```
        """
        require_kinds("InMatrix", law=(law, AbstractDiffusivity))
        inside = getattr(getattr(phase, "sites", None), "interstitials", ())
        if not isinstance(phase, CompoundEnergy) or len(inside) != 1:
            raise ValueError(
                "`InMatrix(phase=...)` must be a `diffjax.thermo.CompoundEnergy` with "
                f"one interstitial; got {', '.join(inside) or repr(phase)}."
            )
        self.law, self.phase = law, phase
        self.matrix = _matrix(matrix, phase.sites.species[:-2])
        ready = isinstance(standard, OfTemperature)
        self.standard = standard if ready else OfTemperature(standard)
        self.chemical = bool(chemical)
        self.mean = one_of_means(mean, "InMatrix")

    def coefficient(self, point: Point) -> Float[Array, "..."]:
        """$D^*$ there, in m²/s; a scalar."""
        found = self.law.at(point)
        return found / self.factor_at(point) if self.chemical else found

    def level(self, point: Point) -> Float[Array, ""]:
        r"""$\psi = \ln (a / u)$ there, no unit; a scalar."""
        phase, u, hot = self.phase, point.composition, point.temperature
        sites, metals = phase.sites, self.matrix
        if callable(metals):
            metals = jnp.asarray(metals(point.position))
            if metals.shape != (len(sites.species) - 2,):
                raise ValueError(
                    "`InMatrix(matrix=...)` must give one fraction for each of "
                    f"{', '.join(sites.species[:-2])}; got shape {metals.shape}."
                )
        metals = metals.astype(u.dtype)

        potential = _partial(phase, metals, u, hot) - self.standard.at(hot)
        hole = 1 - u / sites.ratio
        mixing = jnp.log(jnp.where(hole > 0, hole, 1.0)) + math.log(sites.ratio)
        return potential / (GAS_CONSTANT * hot) - mixing

    def through(self, face: Face) -> Float[Array, ""]:
        """Flux from left to right, in u-fraction times m/s; a scalar."""
        if self.mean == "arithmetic":
            up, down = bernoulli_pair(jnp.asarray(face.rise))
            return conductance(face, self.mean) * (up * face.left - down * face.right)
        # Both activities over the larger e^psi of the two: nothing overflows.
        left = jnp.exp(jnp.minimum(-face.rise, 0.0))
        right = jnp.exp(jnp.minimum(face.rise, 0.0))
        one = face.left_gap * left / face.left_coefficient
        other = face.right_gap * right / face.right_coefficient
        return (left * face.left - right * face.right) / (one + other)

    def activity_at(
        self,
        composition: Float[Array, ""],
        temperature: Float[Array, ""],
        position: Float[Array, "..."],
    ) -> Float[Array, ""]:
        r"""$a = u\, e^\psi$ at one point, no unit; a scalar.

        What [`diffjax.grid.Gas`][] asks for.

        **Arguments:**

        - `composition`: the u-fraction, no unit; a scalar.
        - `temperature`: in K; a scalar.
        - `position`: in m; a scalar, or shape `(d,)`.
        """
        point = Point(composition, temperature, position)
        return composition * jnp.exp(self.level(point))

    def factor_at(self, point: Point) -> Float[Array, ""]:
        r"""$\frac{d \ln a}{d \ln u}$ at one point, no unit; a scalar.

        The chemical diffusivity is $D^*$ times this. Below 0 it un-mixes.

        **Arguments:**

        - `point`: u-fraction, temperature (K) and position (m) there.
        """
        u = point.composition
        at = lambda c: self.level(Point(c, point.temperature, point.position))
        return 1 + u * jax.jvp(at, (u,), (jnp.ones_like(u),))[1]

    def activity(
        self,
        composition: Numbers,
        temperature: Numbers,
        position: Numbers = 0.0,
        dimension: int = 1,
    ) -> Float[Array, "..."]:
        r"""$a = u\, e^\psi$ over arrays: for tables and pictures.

        **Arguments:**

        - `composition`: u-fractions, no unit; any shape.
        - `temperature`: in K; a shape that broadcasts with it.
        - `position`: in m; likewise. In more dimensions than one with an axis of
            `dimension` numbers after that.
        - `dimension`: how many numbers a position has (no unit).

        **Returns:** no unit; the broadcast shape.
        """
        return _over(self.activity_at, composition, temperature, position, dimension)

    def composition(
        self,
        activity: Numbers,
        temperature: Numbers,
        position: Numbers = 0.0,
        dimension: int = 1,
    ) -> Float[Array, "..."]:
        r"""The u-fraction of a given activity; the inverse of `activity`.

        What a gas of that activity leads to in the end. It is differentiable, by the
        implicit function theorem.

        **Arguments:**

        - `activity`: > 0, no unit; any shape.
        - `temperature`, `position`, `dimension`: as of `activity`.

        **Returns:** no unit; the broadcast shape. Where the matrix un-mixes and several
        u-fractions have that activity, one of them.

        **Raises:** `ValueError` if a known activity is not > 0.
        """
        asked = require(
            real(activity),
            lambda a: a > 0,
            lambda: (
                "`composition(activity=...)` must be > 0 (no unit); got "
                f"{value_of(activity)}."
            ),
        )
        return _over(self._composition_at, asked, temperature, position, dimension)

    def _composition_at(self, activity, temperature, position) -> Float[Array, ""]:
        ratio = self.phase.sites.ratio
        asked = jnp.log(activity)

        # In the logarithm of full to free sites everything is nearly straight.
        def excess(z, args):
            flux, hot, x, asked = args
            u = ratio * jax.nn.sigmoid(z)
            log = jax.nn.log_sigmoid(z) + jnp.log(jnp.asarray(ratio, z.dtype))
            return log + flux.level(Point(u, hot, x)) - asked

        numbers, rest = eqx.partition(self, eqx.is_inexact_array)
        args = (numbers, temperature, position, asked)
        run = lambda z, args: excess(z, (eqx.combine(args[0], rest), *args[1:]))
        still = jax.lax.stop_gradient(args)

        def halve(_, ends):
            low, high = ends
            middle = 0.5 * (low + high)
            up = run(middle, still) > 0
            return jnp.where(up, low, middle), jnp.where(up, middle, high)

        bound = jnp.asarray(30.0, activity.dtype)
        ends = jax.lax.fori_loop(0, 60, halve, (-10 * bound, bound))
        fine = 1e-12 if activity.dtype == jnp.float64 else 1e-5
        solver = optx.Newton(rtol=fine, atol=fine)
        start = jax.lax.stop_gradient(0.5 * (ends[0] + ends[1]))
        found = optx.root_find(run, solver, start, args, throw=False, max_steps=8)
        return ratio * jax.nn.sigmoid(found.value)


# A compiled function of its own, so that derivatives of it are traced once.
@eqx.filter_jit
def _partial(
    phase: CompoundEnergy,
    metals: Float[Array, " metals"],
    u: Float[Array, ""],
    temperature: Float[Array, ""],
) -> Float[Array, ""]:
    """Slope of the energy without mixing by the u-fraction, in J/mol; a scalar."""
    ratio = phase.sites.ratio

    # The metals are kept: on their sites a mole is always one mole.
    def energy(u):
        full = u / ratio
        sites = jnp.append(metals, jnp.stack([full, 1 - full]))
        return phase.unmixed(sites, temperature)

    return jax.jvp(energy, (u,), (jnp.ones_like(u),))[1]


def _matrix(given, metals: tuple[str, ...]):
    names = ", ".join(metals)
    if given is None:
        if len(metals) > 1:
            raise ValueError(f"`InMatrix(matrix=...)` must give fractions of {names}.")
        return jnp.ones(1)
    if isinstance(given, Mapping):
        if set(given) != set(metals):
            raise ValueError(
                f"`InMatrix(matrix=...)` must name the metals {names}, each once; got "
                f"{', '.join(map(str, given))}."
            )
        given = [given[name] for name in metals]
    if callable(given):
        return given
    array = real(given)
    if array.shape != (len(metals),):
        raise ValueError(
            f"`InMatrix(matrix=...)` must have shape ({len(metals)},), one fraction "
            f"for each of {names}; got {array.shape}."
        )
    slack = sum_slack(array.dtype)
    return require(
        array,
        lambda y: (y >= 0) & (abs(y.sum() - 1) <= slack),
        lambda: (
            "`InMatrix(matrix=...)` must be fractions >= 0 that sum to 1 (no unit); "
            f"got {value_of(array)}."
        ),
    )


def _over(function, value, temperature, position, dimension) -> Float[Array, "..."]:
    """A function of one point, over arrays that broadcast."""
    v, hot, where = real(value), real(temperature), real(position)
    inner = (dimension,) if dimension > 1 else ()
    if inner and where.ndim == 0:
        where = jnp.broadcast_to(where, inner)
    points = where.shape[: where.ndim - len(inner)]
    outer = jnp.broadcast_shapes(v.shape, hot.shape, points)
    row = lambda a: jnp.broadcast_to(a, outer).reshape(-1)
    places = jnp.broadcast_to(where, (*outer, *inner)).reshape(-1, *inner)
    return jax.vmap(function)(row(v), row(hot).astype(v.dtype), places).reshape(outer)
