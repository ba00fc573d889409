import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.lattice import (
    escape_factor,
    fcc,
    five_frequency_factor,
    neighbour_jumps,
    SoluteNetwork,
)


AROUND = SoluteNetwork(neighbour_jumps(fcc(1.0)))
SIMPLE = np.ones(12)


def exact(ratio, w1, w2, w3):
    found = AROUND.transport(
        SIMPLE, exchange=w2, rotation=w1, dissociation=w3, binding=ratio / w3
    )
    return found.correlation[0, 0]


def test_equal_rates_give_self_diffusion():
    np.testing.assert_allclose(exact(1.0, 1.0, 1.0, 1.0), 0.781451422, atol=1e-9)
    f = five_frequency_factor(1.0, 1.0, 1.0, 1.0, 1.0)
    np.testing.assert_allclose(f, 0.781451422, atol=1e-6)


def test_against_the_exact_solution_over_six_decades():
    worst = {}
    for ratio in (1e-3, 0.03, 0.3, 1.0, 2.0, 10.0, 30.0, 1e3):
        for w1, w2, w3 in ((1.0, 1.0, 1.0), (10.0, 5.0, 0.1), (0.02, 3.0, 4.0)):
            f = five_frequency_factor(1.0, w1, w2, w3, ratio)
            error = abs(float(f - exact(ratio, w1, w2, w3)))
            worst[ratio] = max(worst.get(ratio, 0.0), error)
    assert max(worst[r] for r in worst if r <= 1) < 1e-6, worst
    # The polynomial's own error: the exact solution agrees with finite cells there
    # (`test_solute.py`).
    assert max(worst[r] for r in worst if r <= 2) < 5e-5, worst
    assert max(worst.values()) < 2e-4, worst


def test_the_exact_solution_has_the_form_of_the_model():
    # F depends on the ratio of association alone.
    found = []
    for w1, w2, w3 in ((1.0, 1.0, 1.0), (10.0, 5.0, 0.1), (0.1, 3.0, 4.0)):
        f = float(exact(10.0, w1, w2, w3))
        found.append((2 * w2 * f / (1 - f) - 2 * w1) / (7 * w3))
    np.testing.assert_allclose(found, found[0], rtol=1e-10)
    np.testing.assert_allclose(found[0], escape_factor(10.0), atol=3e-4)


def test_limits_of_escape():
    np.testing.assert_allclose(escape_factor(0.0), 1.0)
    np.testing.assert_allclose(escape_factor(1e200), 2 / 7)
    np.testing.assert_allclose(
        escape_factor([1.0 - 1e-12, 1.0 + 1e-12]), float(escape_factor(1.0)), rtol=1e-11
    )


def test_gradients_against_central_differences():
    h = 1e-5
    for x in (0.3, 1.0, 5.0):
        slope = jax.grad(lambda r: five_frequency_factor(1.0, 2.0, 3.0, 0.5, r))(x)
        up, down = (five_frequency_factor(1.0, 2.0, 3.0, 0.5, x + s) for s in (h, -h))
        np.testing.assert_allclose(slope, (up - down) / (2 * h), rtol=1e-7)
    assert np.all(np.isfinite(jax.vmap(jax.grad(escape_factor))(jnp.array([0.0, 1e9]))))


def test_bad_input():
    with pytest.raises(ValueError, match="ratio"):
        escape_factor(-1.0)
    with pytest.raises(ValueError, match="exchange"):
        five_frequency_factor(1.0, 1.0, 0.0, 1.0, 1.0)
