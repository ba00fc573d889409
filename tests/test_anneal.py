import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx


HOT = djx.Anneal(3600.0, 1300.0)
COOL = djx.Ramp(times=jnp.array([0.0, 600.0, 1800.0]), temperatures=[1300.0, 900, 300])


def test_a_hold_is_constant():
    assert HOT.duration == 3600.0
    assert HOT.temperature_at(jnp.asarray(17.0)) == 1300.0
    assert HOT.corners.shape == (0,)


def test_a_ramp_is_linear_between_its_times():
    assert COOL.duration == 1800.0
    np.testing.assert_allclose(COOL.temperature_at(jnp.asarray(300.0)), 1100.0)
    np.testing.assert_allclose(COOL.corners, [600.0])


def test_histories_add_up():
    both = HOT + COOL + djx.Anneal(100.0, 300.0)
    np.testing.assert_allclose(both.duration, 5500.0)
    np.testing.assert_allclose(both.corners, [3600.0, 4200.0, 5400.0])
    times = jnp.array([0.0, 3599.0, 3900.0, 4200.0, 5450.0])
    expected = [1300.0, 1300.0, 1100.0, 900.0, 300.0]
    np.testing.assert_allclose(jax.vmap(both.temperature_at)(times), expected)
    grouped = HOT + (COOL + djx.Anneal(100.0, 300.0))
    np.testing.assert_array_equal(grouped.corners, both.corners)


def test_the_temperature_is_differentiable():
    def at(peak, time):
        ramp = djx.Ramp(jnp.array([0.0, 10.0]), jnp.stack([peak, peak / 2]))
        return (djx.Anneal(5.0, peak) + ramp).temperature_at(time)

    peak = jnp.asarray(1000.0)
    np.testing.assert_allclose(jax.grad(at)(peak, jnp.asarray(1.0)), 1.0)
    np.testing.assert_allclose(jax.grad(at)(peak, jnp.asarray(10.0)), 0.75)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: djx.Anneal(-1.0, 1000.0), r"`Anneal\(duration=...\)` must be .* > 0"),
        (lambda: djx.Anneal(1.0, 0.0), r"`Anneal\(temperature=...\)` must be .* > 0"),
        (lambda: djx.Ramp([0.0, 1.0], [300.0]), "of one shape"),
        (lambda: djx.Ramp([1.0, 2.0], [300.0, 300.0]), "starting at 0"),
        (lambda: djx.Ramp([0.0, 2.0, 2.0], [300.0] * 3), "must increase"),
        (lambda: djx.Ramp([0.0, 2.0], [300.0, -1.0]), r"must be > 0 \(K\)"),
    ],
)
def test_bad_histories_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_only_histories_add():
    with pytest.raises(TypeError):
        HOT + 3.0  # pyright: ignore
