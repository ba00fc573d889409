"""The smooth curve through a profile, and the splines it is made of."""

import numpy as np
import pytest
from scipy import interpolate, stats

from inverse._smoothing import (
    noise_of,
    normal_density,
    normal_share,
    probit,
    SmoothShare,
    spline_matrix,
)


def test_probit_is_the_normal_quantile():
    share = np.array([1e-6, 0.1, 0.5, 0.99])
    np.testing.assert_allclose(probit(share), stats.norm.ppf(share), rtol=1e-9)
    np.testing.assert_allclose(normal_share(probit(share)), share, rtol=1e-9)
    np.testing.assert_allclose(normal_density(share), stats.norm.pdf(share))


@pytest.mark.parametrize("count", [2, 3, 6])
def test_the_matrix_is_the_natural_spline(count):
    rng = np.random.default_rng(1)
    knots = np.sort(rng.uniform(0, 1, count))
    values = rng.normal(size=count)
    x = np.linspace(knots[0], knots[-1], 40)
    value, slope = spline_matrix(knots, x)
    if count == 2:
        line = np.polyfit(knots, values, 1)
        np.testing.assert_allclose(value @ values, np.polyval(line, x), atol=1e-12)
        return
    spline = interpolate.CubicSpline(knots, values, bc_type="natural")
    np.testing.assert_allclose(value @ values, spline(x), atol=1e-11)
    np.testing.assert_allclose(slope @ values, spline(x, 1), atol=1e-9)


def test_splines_go_on_linearly():
    knots = np.array([0.0, 0.4, 1.0])
    value, slope = spline_matrix(knots, np.array([-1.0, -0.5, 0.0]))
    np.testing.assert_allclose(value[2] - value[1], value[1] - value[0], atol=1e-12)
    np.testing.assert_allclose(slope[0], slope[2], atol=1e-12)


def test_an_erf_profile_is_a_straight_line():
    x = np.linspace(-3, 3, 50)
    smooth = SmoothShare(x, stats.norm.cdf(x))
    z, slope = smooth.z(np.array([-1.0, 0.3]))
    np.testing.assert_allclose(z, [-1.0, 0.3], atol=1e-6)
    np.testing.assert_allclose(slope, 1.0, atol=1e-6)
    where, share, steep = smooth.table()
    np.testing.assert_allclose(share, stats.norm.cdf(where), atol=1e-6)
    np.testing.assert_allclose(steep, stats.norm.pdf(where), atol=1e-6)


def test_noise_does_not_make_it_fall():
    x = np.linspace(-3, 3, 80)
    share = stats.norm.cdf(x) + 0.02 * np.random.default_rng(0).normal(size=80)
    assert 0.015 < noise_of(share) < 0.025
    where, smooth, slope = SmoothShare(x, share).table()
    assert np.all(np.diff(smooth) >= 0) and np.all(slope >= 0)
    assert np.max(np.abs(smooth - stats.norm.cdf(where))) < 0.03


def test_a_step_without_points_on_it_is_refused():
    with pytest.raises(ValueError, match="at least 3 points on its slope"):
        SmoothShare(np.arange(10.0), np.repeat([0.0, 1.0], 5))
