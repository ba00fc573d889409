"""Movies: one frame per save time, whole or not at all."""

import shutil

import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

import diffjax as djx

from ..fields import made


def run(axes, times=3):
    grid = djx.grid.uniform((0.0,) * axes, (4e-6, 3e-6, 2e-6)[:axes], (4, 3, 2)[:axes])
    shape = (times, *(1,) * axes)
    factors = jnp.linspace(1.0, 0.2, times).reshape(shape)
    field = jnp.linspace(0.0, 1.0, grid.cells).reshape(1, *grid.shape)
    return made(grid, factors * field)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_one_frame_per_save_time(axes, tmp_path):
    path = djx.plots.movie(run(axes), tmp_path / "deep" / "a.gif", fps=4, dpi=50)
    with Image.open(path) as image:
        assert getattr(image, "n_frames") == 3
        assert image.info["duration"] == 250
        frames = []
        for i in range(3):
            image.seek(i)
            frames.append(np.asarray(image.convert("RGB"), dtype=int))
    assert np.any(frames[0] != frames[1]) and np.any(frames[1] != frames[2])
    assert [p.name for p in path.parent.iterdir()] == ["a.gif"]


def test_colours_mean_the_same_in_every_frame(tmp_path):
    path = djx.plots.movie(run(2), tmp_path / "a.gif", dpi=60)
    with Image.open(path) as image:
        bars = []
        for i in range(3):
            image.seek(i)
            frame = np.asarray(image.convert("RGB"), dtype=int)
            bars.append(frame[:, -frame.shape[1] // 8 :])
    # Each frame of a GIF has 256 colours of its own: a shade may differ a little.
    np.testing.assert_allclose(bars[0], bars[2], atol=64)
    assert np.mean(np.abs(bars[0] - bars[2])) < 0.5


@pytest.mark.parametrize(
    "name, options, sentence",
    [
        ("a.avi", {}, "`movie(path=...)` must end in .gif or .mp4; got a.avi."),
        (
            "a.gif",
            {"fps": 0},
            "`movie(fps=...)` must be > 0 (frames per second); got 0.",
        ),
        (
            "a.mp4",
            {},
            "`movie` needs the program ffmpeg for a.mp4; install it, or let the name "
            "end in .gif.",
        ),
    ],
)
def test_what_cannot_be_written(name, options, sentence, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(ValueError) as error:
        djx.plots.movie(run(2), tmp_path / name, **options)
    assert str(error.value) == sentence
    assert list(tmp_path.iterdir()) == []


def test_nothing_remains_of_a_failure(tmp_path, monkeypatch):
    def words(seconds):
        return "0 s" if seconds == 0 else 1 / 0

    monkeypatch.setattr("diffjax.plots._movie.time_words", words)
    with pytest.raises(ZeroDivisionError):
        djx.plots.movie(run(2), tmp_path / "a.gif")
    assert list(tmp_path.iterdir()) == []
