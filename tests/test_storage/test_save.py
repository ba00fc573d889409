"""Solutions as files."""

import csv
import json

import jax.numpy as jnp
import numpy as np

import diffjax as djx

from ..fields import made
from .cases import write


def test_a_solution_comes_back_from_its_files(tmp_path):
    solution = djx.storage.read_case(write(tmp_path)).solve()
    djx.storage.save_solution(solution, tmp_path, "slab")
    with open(tmp_path / "solution.csv", newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == [
        "position_m",
        *(f"value_at_{t}_s" for t in (0, 900, 1800, 2700, 3600)),
    ]
    numbers = np.array(rows, dtype=float)
    np.testing.assert_array_equal(numbers[:, 0], solution.grid.centres)
    np.testing.assert_array_equal(numbers[:, 1:].T, solution.ys)
    summary = json.loads((tmp_path / "solution.json").read_text())
    assert summary["schema"] == 1
    assert summary["times_s"] == [0, 900, 1800, 2700, 3600]
    assert summary["balance"]["start"] == 0.0
    assert summary["stats"]["num_steps"] > 0
    assert summary["versions"]["diffjax"]


def test_a_row_per_cell_of_the_body_on_more_axes(tmp_path):
    grid = djx.grid.uniform((0.0, 0.0), (2e-6, 3e-6), (2, 3))
    solid = jnp.ones((2, 3), bool).at[1, 1].set(False)
    body = djx.grid.Grid(grid.axes, grid.geometry, solid)
    djx.storage.save_solution(made(body, jnp.arange(12.0).reshape(2, 2, 3)), tmp_path)
    with open(tmp_path / "solution.csv", newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == ["x_m", "y_m", "value_at_0_s", "value_at_3600_s"]
    numbers = np.array(rows, dtype=float)
    assert numbers.shape == (5, 4)
    np.testing.assert_allclose(numbers[-1], [1.5e-6, 2.5e-6, 5.0, 11.0])


def test_json_is_strict(tmp_path):
    data = {
        "a": jnp.array([1.0, jnp.nan]),
        "b": (float("inf"), 1),
        "c": None,
        "d": True,
    }
    djx.storage.write_json(tmp_path / "a.json", data)

    def refuse(word):
        raise AssertionError(word)

    found = json.loads((tmp_path / "a.json").read_text(), parse_constant=refuse)
    assert found == {"a": [1.0, None], "b": [None, 1], "c": None, "d": True}


def test_modules_and_words(tmp_path):
    assert djx.storage.strict(djx.diffusivity.Constant(2.0)) == {"value": 2.0}
    assert djx.storage.strict(object) == str(object)
