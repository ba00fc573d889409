import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from diffjax.tensors import (
    crystal_tensor,
    crystal_values,
    independent_values,
    project,
)


# Rotations that generate the largest proper group of each system.
X, Y, Z, D = np.eye(3)[0], np.eye(3)[1], np.eye(3)[2], np.ones(3) / np.sqrt(3)
GENERATORS = {
    "cubic": [(Z, 4), (D, 3)],
    "hexagonal": [(Z, 6), (X, 2)],
    "tetragonal": [(Z, 4), (X, 2)],
    "trigonal": [(Z, 3), (X, 2)],
    "orthorhombic": [(Z, 2), (X, 2)],
    "monoclinic": [(Y, 2)],
    "triclinic": [],
}
ORDER = dict(
    cubic=24,
    hexagonal=12,
    tetragonal=8,
    trigonal=6,
    orthorhombic=4,
    monoclinic=2,
    triclinic=1,
)
COUNT = dict(
    cubic=1,
    hexagonal=2,
    tetragonal=2,
    trigonal=2,
    orthorhombic=3,
    monoclinic=4,
    triclinic=6,
)


def group(system):
    """All products of the generators."""
    steps = [
        Rotation.from_rotvec(2 * np.pi / fold * axis).as_matrix()
        for axis, fold in GENERATORS[system]
    ]
    found = [np.eye(3)]
    for one in found:
        for step in steps:
            new = step @ one
            if not any(np.allclose(new, old) for old in found):
                found.append(new)
    return found


@pytest.mark.parametrize("system", GENERATORS)
def test_the_projection_is_the_mean_over_the_group(system):
    turns = group(system)
    assert len(turns) == ORDER[system]
    half = np.random.default_rng(0).normal(size=(5, 3, 3))
    tensor = half + half.swapaxes(-1, -2)
    mean = sum(r @ tensor @ r.T for r in turns) / len(turns)
    np.testing.assert_allclose(project(tensor, system), mean, atol=1e-14)
    np.testing.assert_allclose(project(mean, system), mean, atol=1e-14)
    # What a system leaves free is what its group leaves alone: no more, no less.
    basis = np.eye(9).reshape(9, 3, 3)
    basis = basis + basis.swapaxes(-1, -2)
    kept = np.sum([r @ basis @ r.T for r in turns], axis=0).reshape(9, 9)
    free = np.linalg.matrix_rank(kept, tol=1e-9)
    assert independent_values(system) == COUNT[system] == free


@pytest.mark.parametrize("system", GENERATORS)
def test_values_there_and_back(system):
    values = 1e-14 * np.arange(1.0, 1 + independent_values(system))
    for given in (values, np.stack([values, 2 * values])):
        tensor = crystal_tensor(system, given)
        assert tensor.shape == (*given.shape[:-1], 3, 3)
        np.testing.assert_allclose(crystal_values(system, tensor), given, rtol=1e-14)
    low = jnp.asarray(values, dtype=jnp.float32)
    assert crystal_values(system, crystal_tensor(system, low)).dtype == jnp.float32


def test_forms():
    np.testing.assert_array_equal(crystal_tensor("cubic", 2.0), 2 * np.eye(3))
    np.testing.assert_array_equal(
        crystal_tensor("hexagonal", [1.0, 2.0]), np.diag([1.0, 1.0, 2.0])
    )
    np.testing.assert_array_equal(
        crystal_tensor("monoclinic", [1.0, 2.0, 3.0, 4.0]),
        [[1.0, 0.0, 4.0], [0.0, 2.0, 0.0], [4.0, 0.0, 3.0]],
    )


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: independent_values("fcc"), "`system` must be one of cubic.*'fcc'"),
        (lambda: crystal_tensor("cubic", [1.0, 2.0]), "must have 1 numbers"),
        (lambda: crystal_tensor("hexagonal", 1.0), r"2 numbers .* got shape \(\)"),
        (lambda: project(np.eye(2), "cubic"), r"shape `\(\*batch, 3, 3\)`; got"),
    ],
)
def test_bad_arguments_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
