import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.tensors import pack, unpack


ORDERS = {1: ["xx"], 2: ["xx", "yy", "xy"], 3: ["xx", "yy", "zz", "yz", "xz", "xy"]}


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("batch", [(), (2, 5)])
def test_there_and_back(dimension, batch):
    half = np.random.default_rng(0).normal(size=(*batch, dimension, dimension))
    tensor = half + half.swapaxes(-1, -2)
    parts = pack(tensor)
    for k, (i, j) in enumerate(ORDERS[dimension]):
        expected = tensor[..., "xyz".index(i), "xyz".index(j)]
        np.testing.assert_array_equal(parts[..., k], expected)
    np.testing.assert_array_equal(unpack(parts), tensor)
    assert unpack(pack(jnp.asarray(tensor, jnp.float32))).dtype == jnp.float32


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: pack(np.eye(4)), r"`pack\(tensor=...\)` .* got \(4, 4\)"),
        (lambda: pack(1.0), r"got \(\)"),
        (lambda: unpack(np.ones(4)), r"must have 1, 3 or 6 numbers .* \(4,\)"),
    ],
)
def test_bad_shapes_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
