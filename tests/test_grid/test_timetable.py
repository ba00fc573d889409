"""A wall that follows a timetable."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.grid import FixedValue, Spot, Timetable


TABLE = Timetable([0.0, 100.0, 110.0], [0.5, 0.5, 0.2])


@pytest.mark.parametrize(
    "time, value", [(-5.0, 0.5), (0.0, 0.5), (100.0, 0.5), (105.0, 0.35), (1e9, 0.2)]
)
def test_straight_lines_between_and_the_ends_outside(time, value):
    np.testing.assert_allclose(TABLE(jnp.asarray(time)), value, rtol=1e-14)


def test_one_time_is_a_constant_and_precision_is_that_of_the_values():
    assert float(Timetable([0.0], [0.3])(jnp.asarray(7.0))) == 0.3
    low = Timetable(jnp.zeros(1, jnp.float32), jnp.ones(1, jnp.float32))
    assert low(jnp.asarray(7.0)).dtype == jnp.float32


def test_a_wall_takes_it_and_all_its_numbers_have_slopes():
    def flux(times, values):
        wall = FixedValue(Timetable(times, values))
        spot = Spot(jnp.asarray(105.0), jnp.asarray(0.0))
        return wall.outward_flux(jnp.asarray(0.0), lambda c: c, spot)

    times, values = jnp.array([0.0, 100.0, 110.0]), jnp.array([0.5, 0.5, 0.2])
    by_time, by_value = jax.grad(flux, (0, 1))(times, values)
    np.testing.assert_allclose(by_value, [0.0, 0.5, 0.5], rtol=1e-13)
    near = (
        flux(times.at[1].add(1e-3), values) - flux(times.at[1].add(-1e-3), values)
    ) / 2e-3
    np.testing.assert_allclose(by_time[1], near, rtol=1e-7)
    pushed = jax.jvp(lambda t: flux(t, values), (times,), (jnp.ones(3),))[1]
    np.testing.assert_allclose(pushed, jnp.sum(by_time), rtol=1e-12)


def test_sentences():
    with pytest.raises(ValueError, match=r"times=...\)` must increase"):
        Timetable([0.0, 0.0], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"one shape `\(n,\)`.*\(2,\) and \(1,\)"):
        Timetable([0.0, 1.0], [1.0])
    with pytest.raises(ValueError, match=r"values=...\)` must hold finite"):
        Timetable([0.0, 1.0], [1.0, np.nan])
