"""What tells confounded parameters apart, by their names."""

import pytest

from inverse._advice import advice, role


@pytest.mark.parametrize(
    "place, meant",
    [
        ("prefactor prefactor", "diffusivity"),
        ("D value", "diffusivity"),
        ("D(X=0.5) log_values", "diffusivity"),
        ("D0", "diffusivity"),
        ("activation activation", "activation"),
        ("Q law.activation", "activation"),
        ("activation_volume", "volume"),
        ("formation_energy", "formation"),
        ("E_v", "formation"),
        ("E_m", "migration"),
        ("migration_energy", "migration"),
        ("formation_entropy", "entropy"),
        ("S_v", "entropy"),
        ("nu0 attempt_frequency", "frequency"),
        ("couple.width ", "width"),
        ("t", "time"),
        ("duration", "time"),
        ("origin", "origin"),
        ("something", ""),
    ],
)
def test_a_name_says_what_a_parameter_is(place, meant):
    assert role(place) == meant


def said(*names):
    return [str(one) for one in advice([tuple((name, name) for name in names)])]


def test_known_pairs_have_their_remedy():
    assert "known time" in said("D", "t")[0]
    assert "beam on a sharp edge" in said("D", "film.width")[0]
    assert "at a second one" in said("prefactor", "activation")[0]
    assert "after a quench" in said("E_v", "E_m")[0]
    assert "dilatometry" in said("S_v", "nu0")[0]
    assert "second pressure" in said("activation", "activation_volume")[0]
    assert "markers" in said("D_A", "D_B")[0]
    assert said("activation")[0].startswith("activation: one temperature")


def test_of_three_the_known_pairs_are_told_and_of_strangers_all():
    three = said("E_v", "E_m", "S_v", "nu0")
    assert {"E_v and E_m", "S_v and nu0"} < {one.partition(":")[0] for one in three}
    assert said("a", "b", "c") == [
        "a and b and c: hold one of them, give it a prior, or compare further "
        "measurements with `design`"
    ]
    assert said("a") == []
    # Once each.
    pair = (("D", "D"), ("t", "t"))
    assert len(advice([pair, pair])) == 1
