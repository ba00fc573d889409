"""Solutions as files."""

import csv
import json

import jax.numpy as jnp
import numpy as np

import diffjax as djx

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
