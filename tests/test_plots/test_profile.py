"""The picture of a run."""

import jax.numpy as jnp
import numpy as np

import diffjax as djx


def picture(**options):
    grid = djx.grid.uniform(0.0, 600e-6, 30, **options)
    equation = djx.equations.Diffusion(djx.diffusivity.Constant(1e-13))
    start = djx.grid.step(grid, 300e-6, 0.0, 1.0)
    times = jnp.linspace(0.0, 3.6e5, 21)
    anneal = djx.Anneal(3.6e5, 1273.0)
    solution = djx.solve(equation, grid, start, anneal, save_at=times)
    return solution, djx.plots.profile(solution, title="a couple", most=4)


def test_first_and_last_times_are_drawn_in_units_of_people():
    solution, figure = picture()
    (axes,) = figure.axes
    assert len(axes.lines) == 4
    np.testing.assert_allclose(axes.lines[-1].get_ydata(), solution.ys[-1])
    assert axes.lines[-1].get_xdata()[0] == 10.0
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert words[0] == "0 s" and words[-1] == "100 h"
    assert axes.get_xlabel() == "position (µm)"
    assert axes.get_title(loc="left") == "a couple"


def test_a_radius_is_called_one():
    _, figure = picture(geometry="spherical")
    assert figure.axes[0].get_xlabel() == "radius (µm)"
