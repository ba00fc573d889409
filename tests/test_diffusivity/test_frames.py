import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.diffusivity import change_frame, darken, manning_factor


RNG = np.random.default_rng(1)
X = jnp.asarray(RNG.dirichlet(np.ones(4), size=50))
J = jnp.asarray(1e-9 * RNG.normal(size=(50, 4)))
V = jnp.array([7e-6, 1e-5, 9e-6, 1.2e-5])


def test_what_rests_in_each_frame():
    size = float(jnp.max(jnp.abs(J)))
    number = change_frame(J, X, "number")
    assert float(jnp.max(jnp.abs(jnp.sum(number, -1)))) < 1e-14 * size
    volume = change_frame(J, X, "volume", V)
    assert float(jnp.max(jnp.abs(volume @ V))) < 1e-14 * size * float(V.max())
    np.testing.assert_array_less(jnp.abs(change_frame(J, X, 2)[:, 2]), 1e-15 * size)


def test_frames_lead_into_each_other():
    """By whatever way, to round-off."""
    direct = change_frame(J, X, "number")
    for way in ("volume", 0, -1):
        there = change_frame(J, X, way, V)
        np.testing.assert_allclose(
            change_frame(there, X, "number"), direct, rtol=1e-9, atol=1e-22
        )


def test_equal_volumes_are_the_number_fixed_frame():
    np.testing.assert_allclose(
        change_frame(J, X, "volume", jnp.full(4, 7e-6)),
        change_frame(J, X, "number"),
        atol=1e-22,
    )


def test_darken_at_its_ends_and_mannings_bounds():
    np.testing.assert_allclose(darken(0.0, 1e-14, 3e-14), 3e-14)
    np.testing.assert_allclose(darken(1.0, 1e-14, 3e-14), 1e-14)
    x = jnp.linspace(0.0, 1.0, 21)
    s = manning_factor(x, 1e-18, 1e-12, 0.7815)
    assert float(s.min()) >= 1 and float(s.max()) <= 1 / 0.7815
    np.testing.assert_allclose(manning_factor(x, 2e-14, 2e-14, 0.5), 1.0)
    # Infinitely different atoms: S = 1/f between the ends.
    np.testing.assert_allclose(s[1:-1], 1 / 0.7815, rtol=1e-4)


def test_gradients_against_differences():
    def value(s):
        d = darken(0.3 + s, 1.0 + s, 2.0, 1.5) * manning_factor(0.3 + s, 1 + s, 2, 0.7)
        return d + jnp.sum(change_frame(J[0] * 1e9 * (1 + s), X[0], "volume", V) ** 2)

    zero, h = jnp.asarray(0.0), 1e-5
    forward = jax.jvp(value, (zero,), (zero + 1,))[1]
    np.testing.assert_allclose(forward, (value(h) - value(-h)) / (2 * h), rtol=1e-8)
    np.testing.assert_allclose(jax.grad(value)(zero), forward, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((J, X[:3], "number"), "shape"),
        ((J, X, "mass"), "frame"),
        ((J, X, 4), "frame"),
        ((J, X, "volume"), "volumes"),
        ((J, X, "volume", V[:2]), "volumes.*shape"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        change_frame(*arguments)
    with pytest.raises(ValueError, match="first"):
        darken(0.5, -1.0, 1.0)
