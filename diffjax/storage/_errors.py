"""The error of everything a person can write wrongly in a file."""

import difflib
from collections.abc import Iterable


class CaseError(ValueError):
    """A file, or a word in it, that cannot be used; its text is one clear sentence.

    Readers of cases and of data raise nothing else for wrong input, so that a command
    can print the sentence and stop with exit code 2.
    """


class CalculationError(RuntimeError):
    """A calculation that did not succeed; its text is one clear sentence.

    Commands print it and stop with exit code 1.
    """


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, or `None` when none is like it."""
    lower = {k.lower(): k for k in known}
    found = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return lower[found[0]] if found else None


def suggestion(word: str, known: Iterable[str], noun: str = "known") -> str:
    """End of a sentence: the nearest known word, then all of them.

    Gives `` did you mean `time`? (known: `temperature`, `time`) `` or only the list.
    """
    known = list(known)
    names = ", ".join(f"`{k}`" for k in known)
    near = nearest(word, known)
    if near is None:
        return f"{noun}: {names}."
    return f"did you mean `{near}`? ({noun}: {names})"
