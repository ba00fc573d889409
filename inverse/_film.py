"""What experiments with a thin film share: their unknowns, and where these start."""

import abc

from equinox import AbstractVar

from ._experiment import AbstractTraverse, Local, number_of
from ._hold import unknowns, with_starts
from ._start import Guess, guess_thin_film


class AbstractFilm(AbstractTraverse):
    """A tracer that spreads from a thin layer into a half-infinite body.

    **Attributes:**

    - `amount`: tracer per area, in the unit of the values times m.
    - `background`: value without tracer, in the unit of the values.
    - `origin`: position of the surface, in m.
    """

    amount: AbstractVar[Local]
    background: AbstractVar[Local]
    origin: AbstractVar[Local]

    @property
    @abc.abstractmethod
    def further(self) -> dict[str, tuple[Local, float, float]]:
        """Other unknowns by name, each with its start and what would surprise; no unit,
        or their own."""

    def locals(self) -> dict[str, Local]:
        """`origin` (m), `amount`, `background`, others if there are, and of a `Hold`
        what is not known."""
        found = {
            "origin": self.origin,
            "amount": self.amount,
            "background": self.background,
        }
        found |= {name: one[0] for name, one in self.further.items()}
        return found | unknowns(self.anneal)

    def guess(self) -> Guess:
        """Amount and mean diffusivity (m²/s) from ln c over x²."""
        found = guess_thin_film(
            self.profile,
            float(self.anneal.duration),
            number_of(self.background),
            number_of(self.origin),
        )
        more = self.further
        found = found._replace(
            local=found.local | {name: one[1] for name, one in more.items()},
            scale=found.scale | {name: one[2] for name, one in more.items()},
        )
        return with_starts(found, self.anneal)
