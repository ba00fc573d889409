"""Many parameters in few words."""

from typing import NamedTuple

import numpy as np

from inverse._advice import Confounded
from inverse._covariance import information
from inverse._identifiability import flat_sentences, open_sentences, verdicts
from inverse._many import (
    Group,
    grouped,
    in_rows,
    of_parts,
    part_of,
    tally,
    Together,
    together,
)


NET = tuple(f"net.layers[0].weight[{k}]" for k in range(20))
NAMES = ("activation", *NET, "film.origin")


def test_a_parameter_belongs_to_a_part():
    assert [part_of(n) for n in ("ln net.a[1]", "D(X=0.5)", "b[3]", "Q")] == [
        "net",
        "D(X=0",
        "b",
        "Q",
    ]


def test_large_parts_are_one_row_and_small_ones_stay():
    first, group, last = grouped(NAMES)
    assert (first, last) == (0, 21)
    assert group == Group("net", tuple(range(1, 21)))
    assert isinstance(group, Group) and group.title == "net (20 parameters)"
    assert grouped(NAMES[:13]) == list(range(13))
    many = tuple(f"film {k}.origin" for k in range(30))
    assert grouped(many) == list(range(30))


class Named(NamedTuple):
    name: str
    verdict: str


def test_rows_are_parameters_and_sums_of_them():
    known = [Named(name, "determined") for name in NAMES]
    first, net, last = in_rows(known)
    assert (first, last) == (known[0], known[21])
    title, verdict = "net (20 parameters)", "20 determined"
    assert net == Together(title, verdict, tuple(known[1:21]))
    assert in_rows(known[:13]) == known[:13]


def test_counts_in_words():
    words = ["determined"] * 2 + ["set by its prior"] + ["set by the prior of a"]
    assert tally([*words, "not determined: why"]) == (
        "2 set by priors, 2 determined, 1 not determined"
    )
    assert tally(["determined"] * 3) == "3 determined"


def test_sentences_come_together_where_there_are_many():
    said = [f"sentence {k}" for k in range(5)]
    assert together(said, NET, 22, "open") == [
        "the data leave 5 combinations of 20 parameters of `net` open"
    ]
    assert together(said, NET, 12, "open") == said
    assert together(said[:3], NET, 22, "open") == said[:3]
    assert of_parts(NAMES) == "22 parameters"


def test_long_sums_are_cut():
    row = np.array([[1.0, 0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.05]])
    names = tuple("abcdefgh")
    (said,) = flat_sentences(row, np.ones(8), names)
    assert said == ("the data do not change along a + 0.9·c + 0.8·e + 0.7·g and 4 more")


def test_a_network_is_judged_in_one_sentence_per_kind():
    random = np.random.default_rng(0)
    data = np.zeros((9, 22))
    data[:8, 1:21] = random.normal(size=(8, 20)) * 10
    data[:, 0], data[:, 21] = 30.0 * np.arange(9), 50.0 * np.cos(np.arange(9.0))
    prior = np.eye(22)[1:21] / 2.0
    total = information(np.vstack([data, prior]))
    has_prior = np.array([False, *[True] * 20, False])
    args = information(data), prior, np.ones(22), NAMES, NAMES, has_prior
    judged, sentences = verdicts(total, *args)
    assert sum(v == "set by its prior" for v in judged[1:21]) >= 10
    left = 22 - information(data).rank
    assert f"without the priors: the data leave {left} comb" in " ".join(sentences)
    assert all(len(one) < 150 for one in (*judged, *sentences))
    assert len(sentences) <= 3
    flat = information(data).flat
    said = open_sentences(flat, np.ones(22), NAMES)
    assert sentences[:1] == tuple(f"without the priors: {one}" for one in said)


def test_advice_on_many_names_their_part():
    said = str(Confounded(NET, "hold one"))
    assert said == "20 parameters of `net`: hold one"
    assert str(Confounded(("a", "b"), "hold one")) == "a and b: hold one"
