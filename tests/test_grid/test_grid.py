import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx


def test_uniform_faces_and_centres():
    grid = djx.grid.uniform(lower=-1e-6, upper=3e-6, cells=4)
    np.testing.assert_allclose(grid.faces, [-1e-6, 0, 1e-6, 2e-6, 3e-6], atol=1e-21)
    np.testing.assert_allclose(grid.centres, [-0.5e-6, 0.5e-6, 1.5e-6, 2.5e-6])
    assert grid.shape == (4,) and grid.dimension == 1
    assert float(grid.faces[0]) == -1e-6 and float(grid.faces[-1]) == 3e-6


@pytest.mark.parametrize(
    "geometry, total",
    [
        ("planar", 4e-6),
        ("cylindrical", np.pi * (25e-12 - 1e-12)),
        ("spherical", 4 / 3 * np.pi * (125e-18 - 1e-18)),
    ],
)
def test_volumes_fill_the_body(geometry, total):
    grid = djx.grid.uniform(1e-6, 5e-6, 7, geometry)
    np.testing.assert_allclose(jnp.sum(grid.volumes), total, rtol=1e-14)
    np.testing.assert_allclose(grid.total(jnp.full(7, 2.0)), 2 * total, rtol=1e-14)


@pytest.mark.parametrize("geometry", ["planar", "cylindrical", "spherical"])
def test_volume_is_the_integral_of_area(geometry):
    fine = djx.grid.uniform(0.0, 5e-6, 2000, geometry)
    middle = fine.areas[:-1] / 6 + fine.areas[1:] / 6
    r = fine.centres
    shell = {"planar": 1 + 0 * r, "cylindrical": 2 * np.pi * r}.get(
        geometry, 4 * np.pi * r**2
    )
    simpson = (middle + 4 / 6 * shell) * fine.axes[0].widths
    np.testing.assert_allclose(fine.volumes, simpson, rtol=1e-9)


def test_graded_takes_thousands_of_cells():
    grid = djx.grid.graded(-600e-6, 600e-6, 2000, centre=0.0, finest=0.2e-6)
    np.testing.assert_allclose(np.min(grid.widths), 0.2e-6, rtol=1e-9)
    np.testing.assert_allclose(np.sum(grid.widths), 1.2e-3, rtol=1e-12)


def test_graded_has_its_finest_cell_where_asked():
    grid = djx.grid.graded(-1e-3, 2e-3, 301, centre=0.0, finest=1e-6)
    widths = np.asarray(grid.axes[0].widths)
    np.testing.assert_allclose(widths.min(), 1e-6, rtol=1e-6)
    assert abs(float(grid.centres[widths.argmin()])) < 2e-6
    growth = widths[1:] / widths[:-1]
    assert growth.max() < 1.1 and growth.min() > 1 / 1.1
    assert float(grid.faces[0]) == -1e-3 and float(grid.faces[-1]) == 2e-3


def test_more_axes():
    grid = djx.grid.uniform((0.0, 0.0), (1e-6, 4e-6), (2, 4))
    assert grid.shape == (2, 4) and grid.centres.shape == (2, 4, 2)
    np.testing.assert_allclose(grid.volumes, np.full((2, 4), 0.5e-12))


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: djx.grid.uniform(1.0, 0.0, 4), "`uniform` needs `lower < upper`"),
        (
            lambda: djx.grid.uniform(0.0, 1.0, 1),
            r"cells=...\)` must be an integer >= 2",
        ),
        (lambda: djx.grid.uniform(-1.0, 1.0, 4, "spherical"), "needs radii >= 0"),
        (lambda: djx.grid.uniform((0.0, 0.0), (1.0, 1.0), 4), "same number of axes"),
        (lambda: djx.grid.from_faces([0.0, 1.0, 1.0]), "must be finite and increasing"),
        (lambda: djx.grid.from_faces([0.0, 1.0, np.inf]), "must be finite"),
        (lambda: djx.grid.from_faces([0.0, 1.0]), "at least 2 cells"),
        (
            lambda: djx.grid.graded(0.0, 1.0, 9, 2.0, 0.01),
            "between `lower` and `upper`",
        ),
        (
            lambda: djx.grid.graded(0.0, 1.0, 9, 0.5, 0.5),
            "below the width of a uniform",
        ),
        (lambda: djx.grid.graded(0.0, 1.0, 9, 0.5, 1e-9), "more than a factor of 2"),
    ],
)
def test_bad_grids_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
