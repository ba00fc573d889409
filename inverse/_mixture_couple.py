"""A couple of mixtures: profiles of its components, and the markers in it."""

from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._data import AbstractData, changed, Readings
from ._direct import profile_ends
from ._experiment import AbstractExperiment, as_local, Local, number_of
from ._experiments import Road, road_of
from ._hold import require_known
from ._mixture_roads import by_march, by_similarity
from ._noise import Gaussian
from ._parameters import Free
from ._profile import Profile
from ._response import AbstractResponse
from ._smoothing import noise_of
from ._start import Guess, guess_couple, guessed


_CELLS = 200
_MARKERS, _VELOCITIES = "markers", "velocities"


class MixtureCouple(AbstractExperiment):
    r"""Two half-infinite mixtures joined at one plane, with markers in the lattice.

    One solution of [`diffjax.equations.Interdiffusion`][] predicts all that was
    measured of one couple: profiles of one or several components along a traverse,
    where markers are ($dx_m/dt = v(x_m, t)$), and how fast the lattice moves. Profiles
    alone know the interdiffusivities; markers tell the components apart.

    **Attributes:** what `MixtureCouple(...)` was given; `data` is the profile if there
    is nothing else, or all numbers in one [`inverse.Readings`][], whose `at` has the
    columns place (m), time (s) and number of the part.
    """

    data: Profile | Readings
    anneal: djx.AbstractAnneal
    left: dict[str, Any]
    right: dict[str, Any]
    origin: Any
    shift: Any
    instruments: dict[str, AbstractResponse]
    times: Float[Array, " times"]
    faces: Float[Array, " faces"] | None
    parts: tuple[tuple[str, int], ...] = eqx.field(static=True)
    law: Callable | None = eqx.field(static=True)
    road: Road = eqx.field(static=True)
    cells: int = eqx.field(static=True)

    def __init__(
        self,
        profiles: Mapping[str, Profile] | None,
        anneal: djx.AbstractAnneal,
        left: Mapping[str, ArrayLike | Free | None],
        right: Mapping[str, ArrayLike | Free | None],
        markers: Readings | None = None,
        velocities: Readings | None = None,
        origin: ArrayLike | Free | None = None,
        shift: ArrayLike | Free = 0.0,
        road: Road | None = None,
        law: Callable | None = None,
        cells: int = _CELLS,
        reach: float | None = None,
    ):
        r"""**Arguments:**

        - `profiles`: mole fractions over the couple by name of component; `None` where
            there are markers alone.
        - `anneal`: its temperature history.
        - `left`, `right`: fractions far from the joint by name, of all components but
            one, which is the rest. A number is held; a [`inverse.Free`][], or `None`
            for a component with a profile, is fitted.
        - `markers`: where inert markers are, in m on the axis of the profiles; `at` are
            their places at the start, in m from the joint, shape `(points,)`, or these
            and the times in s, shape `(points, 2)`; the end of the anneal otherwise.
        - `velocities`: of the lattice, in m/s; `at` are the places, in m on the axis of
            the profiles, or these and the times, in the same way.
        - `origin`: position of the joint on that axis (the Matano plane), in m; `None`:
            fitted if there is a profile, else 0.
        - `shift`: by how much all markers lay off their places at the start, in m; a
            number, or a [`inverse.Free`][] with a prior.
        - `road`: as in [`inverse.Couple`][].
        - `law`: picks the [`diffjax.diffusivity.Multicomponent`][] from the model;
            `None` if the model is one.
        - `cells`: of the grid, in $x/\sqrt t$ or in $x$; no unit.
        - `reach`: half length of the body in a march, in m; 1.5 times that of the
            profiles if `None`.

        **Raises:** `ValueError` if there is nothing measured, times or ends are out of
        range, parts that are joined have not all their `sigma` or another noise than
        [`inverse.Gaussian`][], or a march does not know how far to reach.

        **Error:** second order in `1 / cells`; of markers from the joint itself in a
        march first order in the cells there, which are fine.

        !!! example

            ```python
            wires = inv.Readings(jnp.array([-2.1e-5]), 2e-6, at=jnp.array([0.0]))
            brass = inv.MixtureCouple(
                {"Zn": profile},
                djx.Anneal(3.6e5, 1058.0),
                left={"Zn": 0.3},
                right={"Zn": 0.0},
                markers=wires,
            )
            ```
        """
        given = {} if profiles is None else dict(profiles)
        require_known("MixtureCouple", anneal)
        end = float(anneal.duration)
        rest = {
            name: one
            for name, one in ((_MARKERS, markers), (_VELOCITIES, velocities))
            if one is not None
        }
        if not given and not rest:
            raise ValueError(
                "`MixtureCouple` needs something measured: `profiles`, `markers` or "
                "`velocities`."
            )
        self.anneal, self.law, self.cells = anneal, law, cells
        self.left, self.right = _ends("left", left), _ends("right", right)
        for side, ends in (("left", self.left), ("right", self.right)):
            for name, one in ends.items():
                if name not in given and isinstance(one, Free) and one.init is None:
                    raise ValueError(
                        f"`MixtureCouple({side}=...)`: {name!r} has no profile to start"
                        " from; give a number (no unit), or `Free(init=...)`."
                    )
        nowhere = origin is None and not given
        self.origin = as_local(0.0 if nowhere else origin, "m")
        self.shift = as_local(shift, "m")
        whole = {name: _timed(name, one, end) for name, one in rest.items()}
        if len(given) == 1 and not rest:
            (self.data,) = given.values()
            self.instruments = {}
        else:
            self.data = _joined(given, rest, whole, end)
            self.instruments = {
                name: one.response
                for name, one in given.items()
                if one.response is not None
            }
        self.parts = (
            *((name, one.points) for name, one in given.items()),
            *((name, one.points) for name, one in rest.items()),
        )
        stops = [np.array([end]), *(at[:, 1] for at in whole.values())]
        self.times = jnp.asarray(np.unique(np.concatenate(stops)))
        self.road = road_of("MixtureCouple", road, anneal)
        self.faces = None
        if self.road == "march":
            if reach is None:
                middle = self.guess().local["origin"]
                reach = 1.5 * _longest(given, number_of(self.origin, middle))
            grid = djx.grid.graded(-reach, reach, cells, 0.0, 0.1 * reach / cells)
            self.faces = grid.faces

    def locals(self) -> dict[str, Local]:
        """`origin` (m), the free or held ends by name (`"left Zn"`), `shift` (m) of
        markers, and widths of instruments (m) where profiles are joined."""
        found = {"origin": self.origin}
        for side, ends in (("left", self.left), ("right", self.right)):
            found |= {f"{side} {name}": one for name, one in ends.items()}
        if _MARKERS in dict(self.parts):
            found["shift"] = self.shift
        for name, one in self.instruments.items():
            found |= {f"{name} {key}": width for key, width in one.widths().items()}
        return found

    def guess(self) -> Guess:
        """Matano plane and ends of the profiles."""
        starts, scales, widest = {"origin": 0.0, "shift": 0.0}, {}, -1.0
        for name, profile in self._profiles().items():
            low, high = profile_ends(profile)
            value = np.asarray(profile.value)
            about = 0.05 * float(np.ptp(value)) + 3 * noise_of(value)
            for side, one in (("left", low), ("right", high)):
                starts[f"{side} {name}"] = float(one)
                scales[f"{side} {name}"] = about
            if abs(high - low) > widest:
                widest = abs(high - low)
                end = float(self.anneal.duration)
                found = guess_couple(profile, end, None, None)
                starts["origin"] = found.local["origin"]
                scales["origin"] = scales["shift"] = found.scale["origin"]
        for name, one in self.locals().items():
            start = number_of(one)
            if start is not None:
                starts[name] = start
        return guessed(starts, scales)

    def _profiles(self) -> dict[str, Profile]:
        """The profiles among the data, by component."""
        if isinstance(self.data, Profile):
            return {self.parts[0][0]: self.data}
        found, start = {}, 0
        for name, count in self.parts:
            use = slice(start, start + count)
            start += count
            if name not in (_MARKERS, _VELOCITIES):
                found[name] = Profile(self.data.at[use, 0], self.data.value[use])
        return found

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values at `data.at`, or fractions of the one profile at positions (m); see
        `AbstractExperiment.predict`."""
        law = _law(model, self.law)
        origin = local["origin"]
        left, right = (
            _fractions(law, side, ends, local)
            for side, ends in (("left", self.left), ("right", self.right))
        )
        rows, start = {}, 0
        if at.ndim == 2:
            for name, count in self.parts:
                rows[name], start = at[start : start + count], start + count
        shift = local.get("shift", jnp.zeros(()))
        starts = rows[_MARKERS][:, 0] + shift if _MARKERS in rows else None
        known = law, (left, right), starts, self.anneal
        if self.faces is None:
            seen = by_similarity(*known, self.cells)
        else:
            seen = by_march(*known, self.faces, self.times, forward)
        which = law.components.index
        if at.ndim == 1:
            ((name, _),) = self.parts
            return seen.fractions(at - origin)[:, which(name)]
        out = []
        for name, row in rows.items():
            place, time = row[:, 0], row[:, 1]
            if name == _MARKERS:
                out.append(origin + seen.moved(time))
            elif name == _VELOCITIES:
                out.append(seen.speed(place - origin, time))
            else:
                read = lambda x, k=which(name): seen.fractions(x - origin)[:, k]
                one = self.instruments.get(name)
                if one is None:
                    out.append(read(place))
                else:
                    start = f"{name} "
                    widths = {
                        key.removeprefix(start): value
                        for key, value in local.items()
                        if key.startswith(start)
                    }
                    out.append(one.apply(read, place, widths))
        return jnp.concatenate(out)

    def bare(self, data: AbstractData) -> "MixtureCouple":
        """See `AbstractExperiment.bare`."""
        return changed(
            self,
            data=data,
            origin=None,
            shift=None,
            left=dict.fromkeys(self.left),
            right=dict.fromkeys(self.right),
            instruments={
                name: changed(one, **dict.fromkeys(one.widths()))
                for name, one in self.instruments.items()
            },
        )


def _law(model: PyTree, pick: Callable | None) -> djx.diffusivity.Multicomponent:
    law = model if pick is None else pick(model)
    if isinstance(law, djx.diffusivity.Multicomponent):
        return law
    raise ValueError(
        "`MixtureCouple` needs a `diffjax.diffusivity.Multicomponent`; got a "
        f"{type(law).__name__}: pick it with `law=lambda model: ...`."
    )


def _fractions(
    law: djx.diffusivity.Multicomponent,
    side: str,
    ends: Mapping[str, Any],
    local: dict[str, Float[Array, ""]],
) -> Float[Array, " n"]:
    """Fractions of one side in the order of the law; one component is the rest."""
    missing = [name for name in law.components if name not in ends]
    if len(missing) != 1 or len(ends) != len(law.components) - 1:
        raise ValueError(
            f"`MixtureCouple({side}=...)` must name all but one of "
            f"{', '.join(law.components)}; it names {', '.join(ends)}."
        )
    known = {name: local[f"{side} {name}"] for name in ends}
    rest = 1 - sum(known.values())
    return jnp.stack([known.get(name, rest) for name in law.components])


def _ends(side: str, given: Mapping[str, ArrayLike | Free | None]) -> dict[str, Local]:
    ends = {k: as_local(v, "") for k, v in given.items()}
    held = [float(one) for one in ends.values() if isinstance(one, Array)]
    if not all(0 <= one <= 1 for one in held) or sum(held) > 1 + 1e-9:
        raise ValueError(
            f"`MixtureCouple({side}=...)` must hold fractions from 0 to 1 whose sum is "
            f"at most 1 (no unit); got {held}."
        )
    return ends


def _timed(name: str, data: Readings, end: float) -> np.ndarray:
    """Places and times of readings; shape `(points, 2)`."""
    at = np.asarray(data.at)
    if at.ndim == 1:
        at = np.stack([at, np.full(len(at), end)], axis=1)
    if at.shape[1] != 2 or not np.all((at[:, 1] > 0) & (at[:, 1] <= end * (1 + 1e-12))):
        raise ValueError(
            f"`MixtureCouple({name}=...)` needs `Readings(at=...)` of shape `(points,)`"
            f" (places, m) or `(points, 2)` (and times above 0 and up to {end:g} s)."
        )
    return np.minimum(at, np.array([np.inf, end]))


def _joined(
    profiles: Mapping[str, Profile],
    rest: Mapping[str, Readings],
    whole: Mapping[str, np.ndarray],
    end: float,
) -> Readings:
    """All that was measured of one couple in one row."""
    parts: dict[str, AbstractData] = {**profiles, **rest}
    first = next(iter(parts.values()))
    sigmas = [one.sigma for one in parts.values()]
    known = [sigma for sigma in sigmas if sigma is not None]
    if known and len(known) < len(sigmas) or (rest and not known):
        raise ValueError(
            "`MixtureCouple`: where markers or velocities join profiles, each needs its"
            " `sigma` (no unit, m, m/s); of profiles all or none."
        )
    if len(parts) > 1 and not all(type(p.noise) is Gaussian for p in parts.values()):
        raise ValueError(
            "`MixtureCouple` joins parts with `Gaussian` noise only; give profiles with"
            " another noise as an experiment of their own."
        )
    rows = []
    for number, name in enumerate(parts):
        if name in whole:
            pair = whole[name]
        else:
            x = np.asarray(profiles[name].position)
            pair = np.stack([x, np.full(len(x), end)], axis=1)
        rows.append(np.column_stack([pair, np.full(len(pair), float(number))]))
    data = Readings(
        jnp.concatenate([one.value for one in parts.values()]),
        jnp.concatenate(known) if known else None,
        jnp.asarray(np.concatenate(rows)),
        ", ".join(parts) if len(parts) > 1 else first.name,
        first.noise,
    )
    return changed(data, measured=all(one.measured for one in parts.values()))


def _longest(profiles: Mapping[str, Profile], origin: float) -> float:
    if not profiles:
        raise ValueError(
            "`MixtureCouple(reach=...)` must be given (m) for a march without profiles."
        )
    ends = [np.asarray(one.position)[[0, -1]] - origin for one in profiles.values()]
    return float(np.max(np.abs(ends)))
