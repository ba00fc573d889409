"""Sentences about what the data leave open."""

import numpy as np

from inverse._covariance import information
from inverse._identifiability import flat_sentences, sparse, verdicts


NAMES = ("ln D0", "Q", "x0")
PLAIN = ("D0", "Q", "x0")
NO_PRIOR = np.zeros(3, dtype=bool)
# ln D = ln D0 - 9 Q is all that is seen of the first two; scales 2, 0.3 and 1.
SCALES = np.array([2.0, 0.3, 1.0])
JACOBIAN = np.array([[1.0, -9.0, 0.0], [3.0, -27.0, 5.0], [1.0, -9.0, 8.0]]) * SCALES


def judge(jacobian, prior=None, has_prior=NO_PRIOR):
    data = information(jacobian)
    prior = np.zeros((0, 3)) if prior is None else prior
    total = information(np.vstack([jacobian, prior]))
    return verdicts(total, data, prior, SCALES, NAMES, PLAIN, has_prior)


def test_the_combination_that_is_known_is_named_in_its_units():
    verdict, sentences = judge(JACOBIAN)
    said = "the data fix only ln D0 - 9·Q"
    assert sentences == (said,)
    assert verdict == (f"not determined: {said}",) * 2 + ("determined",)


def test_a_prior_is_given_the_credit():
    has_prior = np.array([False, True, False])
    prior = np.array([[0.0, 10.0, 0.0]])
    verdict, sentences = judge(JACOBIAN, prior, has_prior)
    assert verdict == ("set by the prior of Q", "set by its prior", "determined")
    assert sentences == ("without the priors: the data fix only ln D0 - 9·Q",)


def test_a_prior_that_the_data_overrule_is_not():
    has_prior = np.array([False, False, True])
    verdict, _ = judge(np.eye(3) * 100, np.array([[0.0, 0.0, 1.0]]), has_prior)
    assert verdict == ("determined",) * 3


def test_a_parameter_without_effect():
    verdict, sentences = judge(np.diag([5.0, 5.0, 0.0]))
    assert sentences == ("the data do not depend on x0",)
    assert verdict[2] == "not determined: the data do not depend on x0"


def test_an_error_beyond_what_is_plausible():
    verdict, sentences = judge(np.diag([5.0, 5.0, 0.2]))
    assert verdict[2].startswith("not determined: its error is larger than")
    assert sentences == (
        "the data leave x0 uncertain by more than its plausible scale",
    )


def test_three_parameters_in_one_sentence():
    row = np.array([[1.0, -2.0, 2.0]]) / 3
    (sentence,) = flat_sentences(row, np.ones(3), ("a", "b", "c"))
    assert sentence == "the data do not change along a - 2·b + 2·c"


def test_null_vectors_are_recombined_to_name_few():
    mixed = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, -1.0, -1.0]]) / 2
    rows = sparse(mixed)
    assert np.all(np.sum(np.abs(rows) > 1e-9, axis=1) == 2)


def test_numbers_that_are_several_free_ones():
    # The sum and the difference of what is free; the data see the second alone.
    rows = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2)
    known = information(np.array([[1.0, -1.0], [2.0, -2.0]]))
    nothing, none = np.zeros((0, 2)), np.zeros(2, dtype=bool)
    names, sizes = ("sum", "difference"), np.array([3.0, 4.0])
    verdict, sentences = verdicts(
        known, known, nothing, sizes, names, names, none, rows
    )
    assert sentences == ("the data do not depend on sum",)
    assert verdict[1] == "determined" and verdict[0].startswith("not determined")
