"""Many parameters in few words: a network's weights have no meaning one by one."""

from collections.abc import Sequence
from typing import Any, NamedTuple


# More parameters than this of one part of a model are told together.
MANY = 12
# Of longer sums only the largest terms are written.
LONGEST, KEPT = 6, 4


class Group(NamedTuple):
    """Parameters that are told together.

    **Attributes:**

    - `name`: of the part of the model that they belong to.
    - `members`: which they are.
    """

    name: str
    members: tuple[int, ...]

    @property
    def title(self) -> str:
        """What a table calls them."""
        return f"{self.name} ({len(self.members)} parameters)"


def part_of(name: str) -> str:
    """What a parameter belongs to: `"net"` for `"net.layers[0].weight[3]"`."""
    return name.removeprefix("ln ").partition(".")[0].partition("[")[0]


def grouped(names: Sequence[str]) -> list[int | Group]:
    """Parameters in their order, more than `MANY` of one part together.

    **Arguments:**

    - `names`: as reports call them.
    """
    parts: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        parts.setdefault(part_of(name), []).append(number)
    out: list[int | Group] = []
    for number, name in enumerate(names):
        mine = parts[part_of(name)]
        if len(mine) <= MANY:
            out.append(number)
        elif mine[0] == number:
            out.append(Group(part_of(name), tuple(mine)))
    return out


class Together(NamedTuple):
    """A row for parameters that are told together.

    **Attributes:**

    - `title`: what a table calls them.
    - `verdict`: how many of them are known, and how.
    - `members`: the parameters.
    """

    title: str
    verdict: str
    members: tuple[Any, ...]


def in_rows(parameters: Sequence[Any]) -> list[Any]:
    """Parameters in their order, many of one part as one `Together`.

    **Arguments:**

    - `parameters`: anything with a `name` and a `verdict`, in any unit.
    """
    out = []
    for one in grouped([p.name for p in parameters]):
        if isinstance(one, Group):
            members = tuple(parameters[i] for i in one.members)
            verdict = tally([p.verdict for p in members])
            out.append(Together(one.title, verdict, members))
        else:
            out.append(parameters[one])
    return out


def tally(verdicts: Sequence[str]) -> str:
    """How many of some parameters are known, and how: `"20 determined, 3 not ..."`."""
    open_ones = sum(v.startswith("not") for v in verdicts)
    by_prior = sum(v.startswith("set") for v in verdicts)
    rest = len(verdicts) - open_ones - by_prior
    counts = (
        (by_prior, "set by priors"),
        (rest, "determined"),
        (open_ones, "not determined"),
    )
    return ", ".join(f"{count} {words}" for count, words in counts if count)


def of_parts(names: Sequence[str]) -> str:
    """`"61 parameters of `net`"`, or without a part where there are several."""
    parts = {part_of(name) for name in names}
    whose = f" of `{parts.pop()}`" if len(parts) == 1 else ""
    return f"{len(names)} parameters{whose}"


def together(
    said: Sequence[str], involved: Sequence[str], count: int, words: str
) -> list[str]:
    """Sentences on combinations of parameters; one where there are many.

    **Arguments:**

    - `said`: one for each combination.
    - `involved`: the parameters that take part in any.
    - `count`: number of all parameters; no unit.
    - `words`: what is true of the combinations.
    """
    if count <= MANY or len(said) <= 3:
        return list(said)
    return [f"the data leave {len(said)} combinations of {of_parts(involved)} {words}"]
