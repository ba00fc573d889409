"""Redlich and Kister's polynomials against expansions by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.thermo import redlich_kister

from .phases import T, TERNARY, X


def test_three_components_by_hand():
    a, b, c = (float(x) for x in X)
    t = float(T)
    pairs = a * b * (9e3 + 2 * t + 3e3 * (a - b) - 800 * (a - b) ** 2)
    pairs += -8e3 * b * c
    pairs += a * c * (1e3 - 3 * t + 0.4 * t * np.log(t) + 2e3 * (a - c))
    # With three components nothing is left to share out: v_i = x_i.
    triple = a * b * c * (1e3 * a - 2e3 * b + 3e3 * c)
    found = TERNARY.interactions.at(X, T)
    np.testing.assert_allclose(found, pairs + triple, rtol=1e-13)


def test_four_components_share_by_muggianu():
    names = ("A", "B", "C", "D")
    triple = {("A", "B", "C"): [1e3, -2e3, 3e3]}
    a, b, c, d = 0.1, 0.2, 0.3, 0.4
    found = redlich_kister(names, triples=triple).at(jnp.array([a, b, c, d]), T)
    share = 1e3 * (a + d / 3) - 2e3 * (b + d / 3) + 3e3 * (c + d / 3)
    np.testing.assert_allclose(found, a * b * c * share, rtol=1e-13)
    # Three like parameters are one: the shares sum to one.
    alike = redlich_kister(names, triples={("A", "B", "C"): [5e3, 5e3, 5e3]})
    np.testing.assert_allclose(
        alike.at(jnp.array([a, b, c, d]), T), a * b * c * 5e3, rtol=1e-13
    )


def test_without_the_third_component_it_is_the_pair():
    pair = redlich_kister(("A", "B"), pairs={("A", "B"): [(9e3, 2.0), 3e3, -800.0]})
    for a in (0.0, 0.3, 1.0):
        found = TERNARY.interactions.at(jnp.array([a, 1 - a, 0.0]), T)
        np.testing.assert_allclose(found, pair.at(jnp.array([a, 1 - a]), T), rtol=1e-13)


def test_derivatives_are_finite_at_equal_fractions_and_pure_ends():
    third = jax.jit(jax.jacfwd(jax.hessian(TERNARY.interactions.at)))
    for x in ([0.5, 0.5, 0.0], [1.0, 0.0, 0.0]):
        assert bool(jnp.all(jnp.isfinite(third(jnp.array(x), T))))


def test_order_of_names_is_the_sign_of_odd_terms():
    x = jnp.array([0.3, 0.7])
    one = redlich_kister(("A", "B"), pairs={("A", "B"): [0.0, 1e3]})
    two = redlich_kister(("A", "B"), pairs={("B", "A"): [0.0, -1e3]})
    np.testing.assert_allclose(one.at(x, T), two.at(x, T), rtol=1e-14)


def test_sentences():
    with pytest.raises(ValueError, match="components A, B; got A, Q"):
        redlich_kister(("A", "B"), pairs={("A", "Q"): 1.0})
    with pytest.raises(ValueError, match="B, A comes twice"):
        redlich_kister(("A", "B"), pairs={("A", "B"): 1.0, ("B", "A"): 2.0})
    with pytest.raises(ValueError, match="each once"):
        redlich_kister(("A", "A"))
    with pytest.raises(ValueError, match="list of three"):
        redlich_kister(("A", "B", "C"), triples={("A", "B", "C"): [1.0, 2.0]})


def test_several_numbers_outside_of_a_list_are_refused():
    """A tuple is a + b T, a list is L0, L1; a tuple without a list could be either."""
    pair = ("A", "B")
    levels = redlich_kister(pair, pairs={pair: [9e3, 2.0]})
    line = redlich_kister(pair, pairs={pair: [(9e3, 2.0)]})
    at = jnp.array([0.3, 0.7])
    np.testing.assert_allclose(levels.at(at, T), 0.21 * (9e3 - 0.4 * 2.0))
    np.testing.assert_allclose(line.at(at, T), 0.21 * (9e3 + 2.0 * T))
    for bare in ((9e3, 2.0), jnp.array([9e3, 2.0])):
        with pytest.raises(
            ValueError, match=r"could be L0, L1 or one .* `\[\(a, b\)\]`"
        ):
            redlich_kister(pair, pairs={pair: bare})
    with pytest.raises(ValueError, match="could be L_i, L_j, L_k"):
        redlich_kister(("A", "B", "C"), triples={("A", "B", "C"): (1.0, 2.0, 3.0)})
