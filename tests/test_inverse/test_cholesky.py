"""Tensors by a logarithmic Cholesky factor: there and back, slopes, always definite."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv


FULL = 1e-14 * np.array([[6.0, 1.0, -0.5], [1.0, 3.0, 0.3], [-0.5, 0.3, 2.0]])
VALUES = {
    "cubic": [3.0],
    "hexagonal": [3.0, 1.0],
    "tetragonal": [3.0, 1.0],
    "trigonal": [3.0, 1.0],
    "orthorhombic": [3.0, 1.0, 8.0],
    "monoclinic": [3.0, 1.0, 8.0, -2.0],
    "triclinic": [6.0, 3.0, 2.0, 0.3, -0.5, 1.0],
}
CASES = [
    (None, FULL),
    (None, FULL[:2, :2]),
    (None, FULL[:1, :1]),
    (None, np.asarray(djx.tensors.pack(FULL))),
    (None, np.asarray(djx.tensors.pack(FULL[:2, :2]))),
    *((system, 1e-14 * np.array(row)) for system, row in VALUES.items()),
    *(
        (system, np.asarray(djx.tensors.crystal_tensor(system, 1e-14 * np.array(row))))
        for system, row in VALUES.items()
    ),
]


def whole(system, array):
    if array.ndim == 2:
        return np.asarray(array)
    if system is None:
        return np.asarray(djx.tensors.unpack(array))
    return np.asarray(djx.tensors.crystal_tensor(system, array))


@pytest.mark.parametrize("system, array", CASES)
def test_there_and_back_and_definite_wherever_a_fit_goes(system, array):
    transform, shapes = inv.LogCholesky(system), (array.shape,)
    free = transform.forward((jnp.asarray(array),))
    size = transform.size(shapes)
    assert free.shape == (size,)
    if system is not None:
        assert size == djx.tensors.independent_values(system)
    assert np.max(np.abs(free)) < 40
    back = jax.jit(lambda u: transform.inverse(u, shapes)[0])
    np.testing.assert_allclose(back(free), array, rtol=1e-12, atol=1e-28)
    random = np.random.default_rng(0)
    for _ in range(20):
        far = free + 3 * random.normal(size=size)
        tensor = whole(system, back(far))
        np.testing.assert_array_equal(tensor, tensor.T)
        assert np.all(np.linalg.eigvalsh(tensor / np.trace(tensor)) > 0)
        if system is not None:
            near = djx.tensors.project(tensor, system)
            np.testing.assert_allclose(tensor, near, rtol=1e-12)
        np.testing.assert_allclose(
            transform.forward((back(far),)), far, rtol=1e-6, atol=1e-6
        )


@pytest.mark.parametrize("system, array", [CASES[0], CASES[10], CASES[6]])
def test_slopes_agree_with_differences(system, array):
    transform, shapes, h = inv.LogCholesky(system), (array.shape,), 1e-6
    free = transform.forward((jnp.asarray(array),))
    back = jax.jit(lambda u: transform.inverse(u, shapes)[0] / 1e-14)
    forward, reverse = jax.jacfwd(back)(free), jax.jacrev(back)(free)
    np.testing.assert_allclose(forward, reverse, rtol=1e-12, atol=1e-14)
    for k, step in enumerate(h * np.eye(len(free))):
        difference = (back(free + step) - back(free - step)) / (2 * h)
        np.testing.assert_allclose(forward[..., k], difference, rtol=1e-6, atol=1e-8)


def test_reports_name_the_components():
    names = lambda system, *shape: [
        part.name for part in inv.LogCholesky(system).parts("D", (shape,))
    ]
    assert names(None, 2, 2) == ["D11", "D22", "D12"]
    assert names(None, 3, 3) == ["D11", "D22", "D33", "D23", "D13", "D12"]
    assert names("hexagonal", 3, 3) == ["D_a", "D_c"]
    assert names("monoclinic", 4) == ["D11", "D22", "D33", "D13"]
    assert names("cubic", 1) == ["D"]
    report = inv.LogCholesky().report((jnp.asarray(FULL),))
    np.testing.assert_allclose(report, djx.tensors.pack(FULL))


def test_other_arrays_are_refused():
    sentence = (
        "`LogCholesky` is for one array that holds a tensor, of shape (3, 3), or the 2 "
        "values of a hexagonal crystal; got (2, 2)."
    )
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        inv.LogCholesky("hexagonal").size(((2, 2),))
    with pytest.raises(ValueError, match=r"with d = 1, 2 or 3; got \(4,\)"):
        inv.LogCholesky().size(((4,),))
    with pytest.raises(ValueError, match="`system` must be one of cubic"):
        inv.LogCholesky("quasi")
