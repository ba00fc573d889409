"""Oriented traverses of a crystal: six of them give its tensor, five do not."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import validation_row
from .traverses import AXES, films, NAMES, START, TIME, TRUTH


PLANE = np.array([[np.cos(a), np.sin(a), 0.0] for a in np.pi * np.arange(6) / 6])


def test_six_directions_give_the_whole_tensor():
    found = inv.fit(START, films(AXES))
    worst = 0.0
    for name, truth in zip(NAMES, TRUTH):
        one = found[name]
        assert one.verdict == "determined"
        assert one.lower < one.value < one.upper
        worst = max(worst, abs(one.value - truth) / one.stderr)
    assert worst < 3.5
    assert np.all(np.linalg.eigvalsh(found.model.value) > 0)
    assert found.clean[2].rank == 6 + 6  # with the amounts of the films
    validation_row(
        "tensor of a crystal from thin films on six faces",
        "the tensor that made them; deviation over standard error",
        None,
        worst,
        "25 points of 1 % each",
    )


def test_five_directions_leave_one_combination_open():
    found = inv.fit(START, films(AXES[:5]))
    (verdict,) = found.verdicts
    # Of n D n with the five directions it changes none.
    words = verdict.removeprefix("the data do not change along ")
    change: dict[str, float] = {name: 0.0 for name in NAMES}
    for term in words.replace("- ", "+ -").split(" + "):
        sign = -1.0 if term.startswith("-") else 1.0
        factor, _, name = term.lstrip("-").rpartition("·")
        change[name] = sign * float(factor or 1)
    tensor = np.asarray(djx.tensors.unpack(jnp.array([change[n] for n in NAMES])))
    seen = np.einsum("ni,ij,nj->n", AXES, tensor, AXES)
    np.testing.assert_allclose(seen[:5], 0, atol=2e-4)
    assert abs(seen[5]) > 0.1
    assert np.all(np.isinf([found[n].stderr for n in change if change[n]]))
    assert all(found[n].verdict == "determined" for n in change if not change[n])
    assert np.all(np.linalg.eigvalsh(found.model.value) > 0)
    # What the data do see has an error: the diffusivity along one of the five.
    law = lambda law: djx.tensors.along_front(law.value, AXES[0])
    assert found.predict(law)[1] < 0.05 * found.predict(law)[0]
    other = lambda law: djx.tensors.along_front(law.value, AXES[5])
    assert np.isinf(found.predict(other)[1])


def test_six_directions_in_one_plane_see_three_numbers():
    found = inv.fit(START, films(PLANE))
    assert found.clean[2].rank == 3 + 6
    assert set(found.verdicts) == {
        f"the data do not depend on {name}" for name in ("D33", "D23", "D13")
    }
    assert found["D33"].lower == 0 and np.isinf(found["D33"].upper)
    assert all(found[n].verdict == "determined" for n in ("D11", "D22", "D12"))


def test_the_crystal_says_how_many_directions_are_enough():
    tensor = np.asarray(djx.tensors.crystal_tensor("hexagonal", [3e-14, 1e-14]))
    parts = np.asarray(djx.tensors.pack(tensor))
    free = inv.Free("value", inv.LogCholesky("hexagonal"), name="D", unit="m²/s")
    axes = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 1.0]])
    found = inv.fit(START, films(axes, parts), free)
    for name, truth in (("D_a", 3e-14), ("D_c", 1e-14)):
        assert abs(found[name].value - truth) < 3.5 * found[name].stderr
        assert found[name].verdict == "determined"
    one = inv.fit(START, films(axes[1:], parts), free)
    assert one.verdicts == ("the data fix only D_a + D_c",)


def test_strongly_anisotropic_crystals_stay_definite():
    # Least squares of the six numbers themselves would often leave the definite ones.
    rows = np.array(
        [[x * x, y * y, z * z, 2 * y * z, 2 * x * z, 2 * x * y] for x, y, z in AXES]
    )
    random, indefinite = np.random.default_rng(3), 0
    turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
    parts = np.asarray(djx.tensors.pack(turn @ np.diag([6e-14, 1e-14, 5e-17]) @ turn.T))
    for seed in range(10):
        found = inv.fit(START, films(AXES, parts, 0.02, seed))
        assert np.all(np.linalg.eigvalsh(found.model.value) > 0)
        scatter = 1 + 0.03 * random.normal(size=6)
        straight = np.linalg.solve(rows, rows @ parts * scatter)
        lowest = np.linalg.eigvalsh(djx.tensors.unpack(straight))[0]
        indefinite += bool(lowest < 0)
    assert indefinite > 2


@pytest.mark.slow
def test_couples_cover_the_tensor_as_often_as_they_say():
    inside = []
    for seed in range(40):
        found = inv.fit(START, films(AXES, seed=seed))
        for name, truth in zip(NAMES, TRUTH):
            inside.append(found[name].lower < truth < found[name].upper)
    assert 0.91 < np.mean(inside) < 0.985


@pytest.mark.slow
def test_couples_give_the_tensor_too():
    experiments = []
    for seed, axis in enumerate(AXES):
        tensor = np.asarray(djx.tensors.unpack(TRUTH))
        d = axis @ tensor @ axis
        width = np.sqrt(4 * d * TIME)
        x = np.linspace(-3 * width, 3 * width, 40)
        clean = djx.exact.couple(x, TIME, d, left=0.0, right=1.0)
        noise = 0.003 * np.random.default_rng(seed).normal(size=40)
        profile = inv.Profile(x, np.asarray(clean) + noise, 0.003, name=f"n{seed}")
        anneal = djx.Anneal(TIME, 1273.15)
        experiments.append(
            inv.Couple(profile, anneal, 0.0, 1.0, origin=0.0, direction=axis)
        )
    found = inv.fit(START, experiments)
    for name, truth in zip(NAMES, TRUTH):
        assert abs(found[name].value - truth) < 3.5 * found[name].stderr
    (verdict,) = inv.fit(START, experiments[:5]).verdicts
    assert verdict.startswith("the data do not change along D11")
