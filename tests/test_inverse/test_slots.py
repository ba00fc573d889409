"""Free numbers packed into one vector and put back; what is reported of them."""

import jax.numpy as jnp
import numpy as np

import diffjax as djx
import inverse as inv
from inverse._parameters import resolve
from inverse._slots import Follower, natural, pack, slopes, Slot, spoken, unpack

from .test_parameters import model


def test_pack_and_unpack_are_inverse():
    tree = model()
    slots = tuple(
        Slot((a.place,), a.size, transform, None, jnp.asarray(scale))
        for a, transform, scale in [
            (resolve(tree, "a.law.log_values"), inv.Identity(), 2.0),
            (resolve(tree, "b[0].value"), inv.Log(), 0.5),
        ]
    )
    free = pack(tree, slots)
    assert free.shape == (4,)
    np.testing.assert_allclose(free[3], np.log(1e-14) / 0.5)
    moved = unpack(tree, slots, free + 0.1)
    np.testing.assert_allclose(moved["b"][0].value, 1e-14 * np.exp(0.05))
    np.testing.assert_allclose(pack(moved, slots), free + 0.1, rtol=1e-14)
    assert moved["b"][1] == 7
    same = unpack(tree, slots, free)
    np.testing.assert_allclose(same["a"].law.values, [1e-13, 2e-13, 3e-13])


def test_one_element_leaves_the_others_alone():
    law = djx.diffusivity.LogSpline(np.array([0.0, 1.0]), np.array([1e-13, 2e-13]))
    address = resolve(law, "log_values[1]")
    slot = Slot((address.place,), 1, inv.Identity(), None, jnp.ones(()))
    moved = unpack(law, (slot,), jnp.array([-28.0]))
    np.testing.assert_allclose(moved.log_values, [np.log(1e-13), -28.0])


def test_one_parameter_at_two_places_and_one_that_follows():
    tree = (model(), ())
    first, second = (resolve(tree, f"[0].{w}") for w in ("a.activation", "b[0].value"))
    scale = jnp.asarray(2.0)
    slot = Slot((first.place, second.place), 1, inv.Log(), None, scale)
    knot = resolve(tree, "[0].a.law.log_values[1]")
    slots = (slot, Follower(knot.place, lambda m: -3 * m["b"][0].value))
    free = pack(tree, slots)
    np.testing.assert_allclose(free, np.log(2.0) / 2.0)
    moved = unpack(tree, slots, free + 0.25)[0]
    for value in (moved["a"].activation, moved["b"][0].value):
        np.testing.assert_allclose(value, 2 * np.exp(0.5))
    np.testing.assert_allclose(moved["a"].law.log_values[1], -6 * np.exp(0.5))
    np.testing.assert_allclose(moved["a"].law.log_values[2], np.log(3e-13))


def test_a_row_of_logarithms_that_rises():
    tree = model()
    place = resolve(tree, "a.law.log_values").place
    one = jnp.ones(())
    slot = Slot((place,), 3, inv.Monotone(), None, one, ("log",) * 3, True)
    free = pack(tree, (slot,))
    values = np.array([1e-13, 2e-13, 3e-13])
    np.testing.assert_allclose(natural((slot,), free), values)
    np.testing.assert_allclose(spoken((slot,), free), np.log(values))
    gradient, h = slopes((slot,), free), 1e-6
    for k, step in enumerate(h * np.eye(3)):
        up, down = (natural((slot,), free + s) for s in (step, -step))
        np.testing.assert_allclose(
            gradient[:, k], (up - down) / (2 * h), rtol=1e-6, atol=1e-20
        )
