"""Pictures of traverses."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx


def line(length):
    x = jnp.linspace(0.0, length, 5)
    return djx.LineProfile(x, jnp.stack([x, x], axis=-1), jnp.cos(x / length))


def test_lines_in_units_of_people():
    lines = [line(100e-6), line(50e-6)]
    figure = djx.plots.plot_line(lines, ["along x", "across"], title="t", label="c")
    (axes,) = figure.axes
    np.testing.assert_allclose(axes.lines[0].get_xdata(), np.linspace(0, 100, 5))
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), lines[1].composition)
    assert axes.get_xlabel() == "distance along the line (µm)"
    assert axes.get_ylabel() == "c" and axes.get_title(loc="left") == "t"
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert words == ["along x", "across"]


def test_one_line_has_no_legend():
    (axes,) = djx.plots.plot_line(line(1e-6)).axes
    assert axes.get_legend() is None and len(axes.lines) == 1


def test_labels_that_do_not_fit():
    with pytest.raises(ValueError) as error:
        djx.plots.plot_line(line(1e-6), ["a", "b"])
    assert str(error.value) == (
        "`plot_line(labels=...)` must be one for each of the 1 lines; got 2."
    )
