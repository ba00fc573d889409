"""Free numbers packed into one vector and put back; what is reported of them."""

import jax.numpy as jnp
import numpy as np

import diffjax as djx
import inverse as inv
from inverse._parameters import resolve
from inverse._slots import pack, Slot, unpack

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
