"""Parameters that are known to be confounded, and what tells them apart."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from ._many import LONGEST, of_parts


class Confounded(NamedTuple):
    """Parameters that one kind of measurement does not tell apart.

    **Attributes:**

    - `names`: of the parameters.
    - `advice`: what would tell them apart.
    """

    names: tuple[str, ...]
    advice: str

    def __str__(self) -> str:
        few = len(self.names) <= LONGEST
        who = " and ".join(self.names) if few else of_parts(self.names)
        return f"{who}: {self.advice}"


# What a parameter is, by its name or its address; the first that fits.
_ROLES = (
    ("volume", r"volume"),
    ("interaction", r"interaction|\bL_?[0-3]\b"),
    ("entropy", r"entropy|\bS_?[vf]?\b"),
    ("formation", r"formation|\bE_?[vf]\b"),
    ("migration", r"migration|\bE_?m\b"),
    ("activation", r"activation|\bQ\b"),
    ("frequency", r"frequenc|\bnu_?0?\b"),
    ("correlation", r"correlation"),
    ("sink", r"sink"),
    ("efficiency", r"efficiency"),
    ("time", r"duration|\btime|\bt\b"),
    ("width", r"width|blur|beam|\bsd\b|trail|lead"),
    ("origin", r"origin|\bx0\b|plane"),
    ("thickness", r"thickness"),
    ("amount", r"amount|amplitude"),
    ("slope", r"slope"),
    ("first", r"\bD_?A\b"),
    ("second", r"\bD_?B\b"),
    ("diffusivity", r"diffusivit|prefactor|log_values?|\bD0?\b|\bD_|\bD\("),
)
_TEMPERATURE = (
    "one temperature fixes D there and nothing else; anneal at a second one, as far "
    "away as a profile can still be measured"
)
_ADVICE: dict[frozenset[str], str] = {
    frozenset(("diffusivity", "time")): (
        "a profile sees only their product; anneal a second sample for a known time, "
        "or give D its published value as a prior"
    ),
    frozenset(("diffusivity", "width")): (
        "a beam and diffusion widen a profile alike; measure a second time, or the "
        "beam on a sharp edge, as a prior"
    ),
    frozenset(("diffusivity", "activation")): _TEMPERATURE,
    frozenset(("frequency", "activation")): _TEMPERATURE,
    frozenset(("frequency", "migration")): _TEMPERATURE,
    frozenset(("activation",)): _TEMPERATURE,
    frozenset(("formation", "migration")): (
        "in equilibrium tracers see only their sum; add a low anneal after a quench, "
        "where excess vacancies move by the migration energy alone, or dilatometry or "
        "positrons for the formation energy"
    ),
    frozenset(("entropy", "frequency")): (
        "only together they set the prefactor; dilatometry tells the formation "
        "entropy, or give one of them a prior"
    ),
    frozenset(("correlation", "frequency")): (
        "only their product is seen; the correlation factor follows from the lattice "
        "and is best held"
    ),
    frozenset(("sink", "entropy")): (
        "relaxation after a quench sees one combination; measure the density of "
        "sinks, or add dilatometry"
    ),
    frozenset(("sink", "frequency")): (
        "relaxation sees only their product; measure the density of sinks, or anneal "
        "so short that none is reached"
    ),
    frozenset(("efficiency", "formation")): (
        "vacancies lost in the quench look like a higher formation energy; quench "
        "from a second temperature, or at another rate"
    ),
    frozenset(("origin", "slope")): (
        "a shift looks like an asymmetric D(c); fix the plane with inert markers, or "
        "measure further into both ends"
    ),
    frozenset(("amount", "thickness")): (
        "only their product enters a deep profile; weigh the layer, or measure a short "
        "anneal"
    ),
    frozenset(("activation", "volume")): (
        "one pressure sees only E + pV; anneal at a second pressure"
    ),
    frozenset(("volume",)): "anneal at a second pressure",
    frozenset(("first", "second")): (
        "interdiffusion sees one mean of the two; measure the shift of markers, or "
        "tracers"
    ),
    frozenset(("interaction",)): (
        "an interdiffusion profile hardly tells thermodynamics from mobilities; add "
        "tracer diffusivities, or a prior from calorimetry"
    ),
    frozenset(("interaction", "diffusivity")): (
        "an interdiffusion profile sees their product; add tracer diffusivities"
    ),
}
_NO_RULE = (
    "hold one of them, give it a prior, or compare further measurements with `design`"
)


def role(place: str) -> str:
    """What a parameter is, by its name and address; empty if that says nothing."""
    for name, pattern in _ROLES:
        if re.search(pattern, place):
            return name
    return ""


def advice(groups: Iterable[tuple[tuple[str, str], ...]]) -> tuple[Confounded, ...]:
    """What tells confounded parameters apart.

    **Arguments:**

    - `groups`: of parameters that the data do not tell apart, the name and address of
        each; no unit.

    **Returns:**

    One for each known pair in a group, or one for the group where none is known.
    """
    out: list[Confounded] = []
    for group in groups:
        roles = [role(place) for _, place in group]
        found = []
        for i, (name, _) in enumerate(group):
            for j in range(i + 1, len(group)):
                words = _ADVICE.get(frozenset((roles[i], roles[j])))
                if words is not None:
                    found.append(Confounded((name, group[j][0]), words))
            alone = _ADVICE.get(frozenset((roles[i],)))
            if alone is not None and len(group) == 1:
                found.append(Confounded((name,), alone))
        if not found and len(group) > 1:
            found = [Confounded(tuple(name for name, _ in group), _NO_RULE)]
        out += [one for one in found if one not in out]
    return tuple(out)
