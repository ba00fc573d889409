import numpy as np
import pytest

from diffjax.exact import thick_film, thin_film

from .common import D, gauss, HOUR, residual, slopes_agree, slopes_finite, UM


X, T = np.meshgrid(np.linspace(0, 40, 41) * UM, np.array([1.0, 4.0]) * HOUR)


@pytest.mark.parametrize("sides", [1, 2])
def test_thin_film_against_the_formula(sides):
    height = 2 / sides * 3e-6 / np.sqrt(4 * np.pi * D * T)
    expected = 0.1 + height * np.exp(-(X**2) / (4 * D * T))
    got = thin_film(X, T, D, 3e-6, 0.1, sides=sides)
    np.testing.assert_allclose(got, expected, rtol=1e-14)


@pytest.mark.parametrize("sides", [1, 2])
def test_films_obey_the_equation(sides):
    fn = lambda x, t: thin_film(x, t, D, 3e-6, 0.1, sides)
    assert residual(fn, X, T, D) < 1e-12
    fn = lambda x, t: thick_film(x, t, D, 3e-6, 0.9, 0.1, sides)
    assert residual(fn, X, T, D) < 1e-12


@pytest.mark.parametrize("sides", [1, 2])
def test_films_keep_their_mass(sides):
    lower = 0.0 if sides == 1 else -200 * UM
    thin = lambda x: thin_film(x, HOUR, D, 3e-6, 0.1, sides) - 0.1
    np.testing.assert_allclose(gauss(thin, lower, 200 * UM), 3e-6, rtol=1e-13)
    thick = lambda x: thick_film(x, HOUR, D, 3e-6, 0.9, 0.1, sides) - 0.1
    expected = 0.8 * 3e-6
    np.testing.assert_allclose(gauss(thick, lower, 200 * UM), expected, rtol=1e-13)


@pytest.mark.parametrize("sides", [1, 2])
def test_thick_becomes_thin(sides):
    thickness = 1e-9
    thick = thick_film(X, T, D, thickness, 1.1, 0.1, sides)
    thin = thin_film(X, T, D, thickness, 0.1, sides)
    np.testing.assert_allclose(thick - 0.1, thin - 0.1, rtol=1e-6, atol=1e-14)


def test_starts():
    x = np.array([-UM, 0.0, UM])
    for amount, spike in ((1e-6, np.inf), (-1e-6, -np.inf), (0.0, 0.1)):
        start = thin_film(x, 0.0, D, amount, 0.1)
        np.testing.assert_array_equal(start, [0.1, spike, 0.1])
    x = np.array([0.0, 1.9 * UM, 2.1 * UM])
    start = thick_film(x, 0.0, D, 2 * UM, 0.9, 0.1)
    np.testing.assert_allclose(start, [0.9, 0.9, 0.1])
    x = np.array([0.0, 0.9 * UM, 1.1 * UM])
    start = thick_film(x, 0.0, D, 2 * UM, 0.9, 0.1, sides=2)
    np.testing.assert_allclose(start, [0.9, 0.9, 0.1])


def test_slopes():
    slopes_agree(thin_film, 3 * UM, HOUR, D, 3e-6, 0.1)
    slopes_agree(thick_film, 3 * UM, HOUR, D, 3e-6, 0.9, 0.1)


def test_slopes_are_finite_at_the_start_and_far_away():
    t = (0.0, 1e-9, HOUR)
    slopes_finite(thin_film, (-UM, UM, 1.0), t, D, 3e-6, 0.1)
    slopes_finite(thin_film, 0.0, (1e-3, HOUR), D, 3e-6, 0.1)
    slopes_finite(thick_film, (-UM, 0.0, UM, 1.0), t, D, 3e-6, 0.9, 0.1)


def test_sides():
    for name, fn in (("thin_film", thin_film), ("thick_film", thick_film)):
        args = (UM, HOUR, D, 3e-6) + ((0.9,) if fn is thick_film else ())
        with pytest.raises(Exception, match="sides"):
            fn(*args, sides=3)  # pyright: ignore[reportArgumentType]
