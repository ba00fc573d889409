"""Units that read well, and the house look."""

import sys

import jax.numpy as jnp
import pytest

import diffjax as djx

from ..fields import made


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0.0, "0 s"),
        (1e-7, "1e-07 s"),
        (0.5, "500 ms"),
        (59.0, "59 s"),
        (60.0, "1 min"),
        (360000.0, "100 h"),
        (864000.0, "10 d"),
        (31557600.0, "1 yr"),
        (3.15576e13, "1 Myr"),
        (3600.0 * (1 - 1e-12), "1 h"),
    ],
)
def test_times_as_people_write_them(seconds, words):
    assert djx.plots.time_words(seconds) == words


@pytest.mark.parametrize(
    "span, unit", [(2.0, "m"), (0.02, "cm"), (4e-3, "µm"), (600e-6, "µm"), (5e-8, "nm")]
)
def test_lengths_in_a_unit_that_reads_well(span, unit):
    assert djx.plots.length_unit(span)[0] == unit


def test_the_look_stays_inside_its_block():
    from matplotlib import rcParams

    before = dict(rcParams)
    with djx.plots.styled(text_color="#123456") as Figure:
        assert rcParams["text.color"] == "#123456"
        assert Figure.__name__ == "Figure"
    assert dict(rcParams) == before


@pytest.mark.parametrize("draw", ["plot_map", "plot_line", "movie"])
def test_without_matplotlib_there_is_a_sentence(draw, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    grid = djx.grid.uniform((0.0, 0.0), (1e-6, 1e-6), (3, 3))
    solution = made(grid, jnp.ones((1, 3, 3)))
    calls = {
        "plot_map": lambda: djx.plots.plot_map(solution),
        "plot_line": lambda: djx.plots.plot_line(
            solution.line((0.0, 0.0), (1e-6, 0.0), points=3)
        ),
        "movie": lambda: djx.plots.movie(solution, tmp_path / "a.gif"),
    }
    with pytest.raises(ModuleNotFoundError) as error:
        calls[draw]()
    assert (
        str(error.value) == 'pictures need matplotlib: `pip install "diffjax[plot]"`.'
    )
    assert list(tmp_path.iterdir()) == []
