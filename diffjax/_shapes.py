"""Names for what users may pass."""

from collections.abc import Sequence
from typing import Any

from jaxtyping import ArrayLike


Numbers = ArrayLike | Sequence[Any]
"""One or many numbers: a number, an array, or a list of numbers (of lists)."""
