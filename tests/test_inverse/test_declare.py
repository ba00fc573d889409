"""Ties, starts, names and sentences of what is declared free."""

import re

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float

import diffjax as djx
import inverse as inv
from inverse._objective import build

from .common import films


class Two(eqx.Module):
    """Two laws whose activation energies are one."""

    fast: djx.diffusivity.Arrhenius
    slow: djx.diffusivity.Arrhenius
    weights: Float[Array, "3"]


FAST = djx.diffusivity.Arrhenius(1e-5, 2.0)
SLOW = djx.diffusivity.Arrhenius(2e-6, 2.0)
MODEL = Two(FAST, SLOW, jnp.array([0.2, 0.3, 0.5]))
BOTH = ("fast.activation", "slow.activation")


def said(model, local, at):
    """ln D of both laws at temperatures."""
    laws = jnp.where(at[:, 1] > 0, 1.0, 0.0)
    fast = jnp.log(model.fast.over(0.0, at[:, 0]))
    slow = jnp.log(model.slow.over(0.0, at[:, 0]))
    return jnp.where(laws > 0, fast, slow)


def table(ratio=5.0):
    hot = np.array([1000.0, 1100.0, 1250.0, 1000.0, 1150.0, 1300.0])
    at = np.stack([hot, [1, 1, 1, 0, 0, 0]], axis=1)
    size = np.where(at[:, 1] > 0, 1e-5, 1e-5 / ratio)
    clean = np.log(size) - 2.0 / (djx.BOLTZMANN_EV * hot)
    noise = 0.02 * np.array([1.0, -1.0, 0.3, -0.4, 1.2, -0.9])
    return inv.Measured(inv.Readings(clean + noise, 0.02, at=at), said)


def test_one_number_at_two_addresses():
    free = [
        inv.Free(BOTH, unit="eV", name="Q"),
        inv.Free("fast.prefactor", inv.Log()),
        inv.Free("slow.prefactor", inv.Log()),
    ]
    found = inv.fit(MODEL, table(), free, start="model")
    assert found.names == ("Q", "fast.prefactor", "slow.prefactor")
    assert found.model.fast.activation == found.model.slow.activation
    # As linear least squares with a common slope.
    at = np.asarray(table().data.at)
    rows = np.stack(
        [-1 / (djx.BOLTZMANN_EV * at[:, 0]), at[:, 1], 1 - at[:, 1]], axis=1
    )
    wanted, *_ = np.linalg.lstsq(rows, np.asarray(table().data.value))
    error = np.sqrt(np.linalg.inv(rows.T @ rows)[0, 0]) * 0.02
    np.testing.assert_allclose(found["Q"].value, wanted[0], rtol=1e-6)
    np.testing.assert_allclose(found["Q"].stderr, error, rtol=1e-5)


def test_what_follows_from_the_rest_of_the_model():
    free = [
        inv.Free(BOTH, unit="eV", name="Q"),
        inv.Free("fast.prefactor", inv.Log()),
        inv.Derived("slow.prefactor", lambda model: model.fast.prefactor / 5),
        inv.Derived("weights", lambda model: jnp.ones(3) * model.slow.prefactor),
    ]
    found = inv.fit(MODEL, table(), free, start="model")
    assert found.names == ("Q", "fast.prefactor")
    np.testing.assert_allclose(
        found.model.slow.prefactor, found["fast.prefactor"].value / 5, rtol=1e-12
    )
    np.testing.assert_allclose(found.model.weights, found.model.slow.prefactor)
    value, error = found.predict(lambda model: model.slow.prefactor)
    np.testing.assert_allclose(value, found["fast.prefactor"].value / 5, rtol=1e-12)
    np.testing.assert_allclose(error, found["fast.prefactor"].stderr / 5, rtol=1e-9)


def test_starts_and_names_of_joint_transforms():
    objective, words = build(
        MODEL,
        [table()],
        [
            inv.Free("weights", inv.Simplex(), init=jnp.array([0.1, 0.1, 0.8])),
            inv.Free(
                ("fast.prefactor", "fast.activation"),
                inv.ArrheniusAt(1100.0),
                init=jnp.array([3e-5, 1.9]),
            ),
        ],
    )
    assert [word.name for word in words[:3]] == [f"weights[{k}]" for k in range(3)]
    assert [word.name for word in words[3:]] == [
        "fast.prefactor",
        "fast.activation",
        "fast.D(1100 K)",
    ]
    assert words[3].described == "ln fast.prefactor" and words[3].unit == "m²/s"
    assert objective.centre.shape == (4,)
    model = objective.model(objective.centre)
    np.testing.assert_allclose(model.weights, [0.1, 0.1, 0.8], rtol=1e-12)
    np.testing.assert_allclose(model.fast.prefactor, 3e-5, rtol=1e-12)
    np.testing.assert_allclose(model.fast.activation, 1.9, rtol=1e-12)
    with pytest.raises(ValueError, match="must hold 3 names; got 2"):
        build(MODEL, [table()], [inv.Free("weights", inv.Simplex(), name=("a", "b"))])


@pytest.mark.parametrize(
    "free, sentence",
    [
        (
            [inv.Free(("fast.prefactor", "weights"))],
            "`Free(where=...)`: 'fast.prefactor' and 'weights' must have one shape to "
            "be equal; got () and (3,).",
        ),
        (
            [inv.Free(BOTH), inv.Free("slow.activation")],
            "`Free`: 'slow.activation' is named twice (also as 'slow.activation').",
        ),
        (
            [inv.Free("weights", inv.Simplex(), init=jnp.array([0.5, 0.7, -0.2]))],
            "the start of 'weights[0]' is outside its transform's range (e.g. not > 0 "
            "for `Log`): give another `Free(init=...)`.",
        ),
        (
            [inv.Derived("weights", lambda model: jnp.ones(2))],
            "`Derived(function=...)` must give one number or shape (3,); got shape "
            "(2,).",
        ),
        (
            [inv.Free(BOTH, inv.ArrheniusAt(1.0), init=jnp.ones(3))],
            "`Free(init=...)` of 'fast.activation' and more must have shape (2,); got "
            "(3,).",
        ),
    ],
)
def test_wrong_declarations_get_one_sentence(free, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        build(MODEL, [table()], free)


def test_local_parameters_are_single_numbers():
    profile = films(FAST)[0].profile
    with pytest.raises(ValueError, match="`Simplex` is for arrays of the model"):
        free = inv.Free(transform=inv.Simplex())
        inv.ThinFilm(profile, djx.Anneal(3600.0, 1000.0), amount=free)
