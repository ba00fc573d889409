"""Nearest words."""

import diffjax as djx


def test_the_nearest_known_word_is_suggested():
    text = djx.storage.suggestion("temprature", ["time", "temperature"])
    assert text == "did you mean `temperature`? (known: `time`, `temperature`)"


def test_without_one_all_are_listed():
    assert djx.storage.suggestion("q", ["time", "kind"]) == "known: `time`, `kind`."


def test_case_does_not_matter():
    assert "did you mean `X`?" in djx.storage.suggestion("x", ["X", "dis"])


def test_errors_are_of_the_usual_kinds():
    assert issubclass(djx.storage.CaseError, ValueError)
    assert issubclass(djx.storage.CalculationError, RuntimeError)
