"""Maps of planes and of bodies."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx

from ..fields import made


def plate(solid=None):
    grid = djx.grid.uniform((0.0, 0.0), (100e-6, 60e-6), (8, 6))
    grid = djx.grid.Grid(grid.axes, grid.geometry, solid)
    x = 1e4 * grid.centres[..., 0]
    return made(grid, jnp.stack([x, x * x]))


def box():
    grid = djx.grid.uniform((0.0, 0.0, 0.0), (8e-6, 6e-6, 4e-6), (8, 6, 4))
    return made(grid, jnp.sum(1e5 * grid.centres, axis=-1)[None])


def meshes(figure):
    """Colour meshes of the maps, without those of colour bars."""
    named = [a for a in figure.axes if a.get_aspect() == 1.0]
    return [a.collections[0] for a in named]


def test_a_map_shows_the_field_in_micrometres_and_to_scale():
    solution = plate()
    figure = djx.plots.plot_map(solution, index=0, label="c (mol/m³)")
    axes = figure.axes[0]
    assert axes.get_xlabel() == "x (µm)" and axes.get_ylabel() == "y (µm)"
    assert axes.get_xlim() == pytest.approx((0.0, 100.0))
    assert axes.get_aspect() == 1.0
    assert axes.get_title(loc="left") == "0 s"
    (mesh,) = meshes(figure)
    np.testing.assert_array_equal(mesh.get_array(), solution.ys[0].T)
    assert mesh.colorbar.ax.get_ylabel() == "c (mol/m³)"
    np.testing.assert_allclose(
        mesh.get_clim(), [solution.ys[0].min(), solution.ys[0].max()]
    )
    again = djx.plots.plot_map(solution.ys[1], solution.grid, limits=(0, 2), title="t")
    assert meshes(again)[0].get_clim() == (0, 2)
    assert again.axes[0].get_title(loc="left") == "t"


def test_void_cells_are_blank_and_contours_can_be_drawn():
    solid = jnp.ones((8, 6), bool).at[3, 2].set(False)
    figure = djx.plots.plot_map(plate(solid), contours=4)
    (mesh,) = meshes(figure)
    np.testing.assert_array_equal(mesh.get_array().mask, ~np.asarray(solid).T)
    assert len(figure.axes[0].collections) == 2
    figure.canvas.draw()


def test_three_middle_planes_of_a_body():
    solution = box()
    figure = djx.plots.plot_map(solution)
    drawn = [np.asarray(mesh.get_array()) for mesh in meshes(figure)]
    planes = [
        solution.slice("z", 2e-6).values.T,
        solution.slice("y", 3e-6).values.T,
        solution.slice("x", 4e-6).values,
    ]
    for one, plane in zip(drawn, planes):
        np.testing.assert_allclose(one, plane, rtol=1e-12)
    labels = {axes.get_xlabel() for axes in figure.axes} - {""}
    assert labels == {"x (µm)", "z (µm)"}
    figure.canvas.draw()


def test_a_section_says_where_it_is():
    plane = box().slice("y", 2e-6)
    figure = djx.plots.plot_map(plane)
    assert figure.axes[0].get_title(loc="left") == "y = 2 µm"
    assert figure.axes[0].get_ylabel() == "z (µm)"


def test_a_constant_field_and_a_flat_body_can_be_drawn():
    grid = djx.grid.uniform((0.0, 0.0), (1e-3, 5e-5), (20, 4))
    figure = djx.plots.plot_map(jnp.full((20, 4), 0.5), grid, contours=3)
    low, high = meshes(figure)[0].get_clim()
    assert low < 0.5 < high
    figure.canvas.draw()


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda: djx.plots.plot_map(jnp.ones((3, 3))),
            "`plot_map` of an array needs `grid=...`; got none.",
        ),
        (
            lambda: djx.plots.plot_map(jnp.ones((3, 3)), plate().grid),
            "`plot_map` needs a field of the grid's shape, (8, 6); got (3, 3).",
        ),
        (
            lambda: djx.plots.plot_map(jnp.ones(5), djx.grid.uniform(0.0, 1.0, 5)),
            "`plot_map` needs a grid with two or three axes; got one axis: use "
            "`diffjax.plots.profile`, or `diffjax.plots.plot_line`.",
        ),
    ],
)
def test_what_is_no_map_is_one_sentence(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == sentence
