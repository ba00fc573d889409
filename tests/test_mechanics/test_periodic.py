import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import (
    AbstractStiffness,
    IsotropicStiffness,
    MisfitLayer,
    periodic_fields,
)
from diffjax.tensors import rotation_from_axis

from .common import check_slopes, COPPER, STEEL


TURN = rotation_from_axis([1.0, 2.0, -1.0], 0.7)
HARD = IsotropicStiffness(400e9, 0.2)
SHAPE = (8, 6, 5)
WIDTHS = np.array([1e-8, 2e-8, 1.5e-8])
RANDOM = np.random.default_rng(0).normal(size=(*SHAPE, 3, 3))
EIGEN = jnp.asarray(1e-3 * (RANDOM + RANDOM.swapaxes(-1, -2)))
Body = AbstractStiffness
TENSOR = jnp.asarray([[1.0, 0.2, 0.0], [0.2, -0.5, 0.3], [0.0, 0.3, 0.4]])


def mixed(hard: Body = HARD, soft: Body = STEEL, share=None):
    """A stiffness for each cell: a block of the hard one in the soft one."""
    if share is None:
        share = np.zeros(SHAPE)
        share[2:5, 1:4, 1:3] = 1.0
    share = jnp.asarray(share)[..., None, None]
    lift = lambda m: jnp.broadcast_to(m, (*share.shape[:3], 6, 6))
    return share * lift(hard.matrix) + (1 - share) * lift(soft.matrix)


@pytest.mark.parametrize("body", [STEEL, COPPER.rotated(TURN)])
def test_one_wave_is_exact(body):
    wave = 2 * np.pi * np.array([1, 2, 1]) / (np.array(SHAPE) * WIDTHS)
    axes = [h * np.arange(n) for n, h in zip(SHAPE, WIDTHS)]
    x = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    rise = jnp.asarray(np.cos(x @ wave))[..., None, None]
    eigen = 1e-3 * rise * jnp.broadcast_to(TENSOR, (*SHAPE, 3, 3))
    found = periodic_fields(eigen, body, WIDTHS)
    n = jnp.asarray(wave / np.linalg.norm(wave))
    acoustic = jnp.einsum("i,ijkl,l->jk", n, body.tensor, n)
    a = jnp.linalg.solve(acoustic, 1e-3 * body.stress(TENSOR) @ n)
    total = 0.5 * (jnp.outer(n, a) + jnp.outer(a, n))
    expected = rise * jnp.broadcast_to(total, eigen.shape)
    np.testing.assert_allclose(found.total_strain, expected, atol=1e-16)
    np.testing.assert_allclose(found.stress @ n, 0.0, atol=1e-3)
    np.testing.assert_allclose(found.strain, found.total_strain - eigen, atol=1e-18)


@pytest.mark.parametrize("scheme", ["spectral", "rotated"])
def test_many_equal_stiffnesses_are_one(scheme):
    one = periodic_fields(EIGEN, STEEL, WIDTHS, scheme=scheme)
    same = mixed(STEEL, STEEL)
    many = periodic_fields(EIGEN, same, WIDTHS, scheme=scheme)
    assert many.converged
    size = float(np.abs(one.stress).max())
    np.testing.assert_allclose(many.stress, one.stress, atol=1e-9 * size)
    mean = np.mean(many.stress, axis=(0, 1, 2))
    np.testing.assert_allclose(mean, 0.0, atol=1e-9 * size)


def test_means_are_what_was_asked():
    strain, stress = 1e-3 * TENSOR, 1e8 * TENSOR
    body = mixed()
    held = periodic_fields(EIGEN, body, WIDTHS, mean_strain=strain)
    mean = np.mean(held.total_strain, axis=(0, 1, 2))
    np.testing.assert_allclose(mean, strain, atol=1e-16)
    # Held at the mean strain that a load had made, the load is back.
    loaded = periodic_fields(EIGEN, body, WIDTHS, mean_stress=stress)
    np.testing.assert_allclose(
        np.mean(loaded.stress, axis=(0, 1, 2)), stress, atol=10.0
    )
    again = np.mean(loaded.total_strain, axis=(0, 1, 2))
    back = periodic_fields(EIGEN, body, WIDTHS, mean_strain=0.5 * (again + again.T))
    np.testing.assert_allclose(back.stress, loaded.stress, atol=1e2)
    plain = periodic_fields(0 * EIGEN, STEEL, WIDTHS, mean_strain=strain)
    expected = jnp.broadcast_to(STEEL.stress(strain), EIGEN.shape)
    np.testing.assert_allclose(plain.stress, expected, atol=1e-2)
    plain = periodic_fields(0 * EIGEN, STEEL, WIDTHS, mean_stress=stress)
    expected = jnp.broadcast_to(stress, EIGEN.shape)
    np.testing.assert_allclose(plain.stress, expected, atol=1e-2)


@pytest.mark.parametrize("scheme", ["spectral", "rotated"])
def test_layers_of_two_stiffnesses(scheme):
    share = np.zeros((1, 1, 16))
    share[..., 3:7] = 1.0
    misfit = 1e-3 * share[..., None, None] * np.eye(3)
    hard = HARD
    layer = MisfitLayer(1e-3, 4e-9, hard, normal=[0, 0, 1]).stress(np.zeros(3))
    found = periodic_fields(
        misfit,
        mixed(hard, share=share),
        [1e-9] * 3,
        mean_strain=np.diag([0.0, 0.0, 1e-3]),
        scheme=scheme,
        rtol=1e-10,
    )
    plane = np.asarray(found.stress)[0, 0, :, 0, 0]
    across = np.asarray(found.stress)[0, 0, :, 2, 2]
    # The stress across is the same in all layers: that of a period held in length.
    np.testing.assert_allclose(across, across[0], atol=1e-6 * abs(plane).max())
    m1, m0 = hard.matrix, STEEL.matrix
    thin, thick = 0.25 / m1[0, 0], 0.75 / m0[0, 0]
    s = (1e-3 - 0.25 * 1e-3 * (1 + 2 * m1[0, 1] / m1[0, 0])) / (thin + thick)
    np.testing.assert_allclose(across, s, rtol=1e-7)
    inside = layer[0, 0] + s * m1[0, 1] / m1[0, 0]
    outside = s * m0[0, 1] / m0[0, 0]
    np.testing.assert_allclose(
        plane, np.where(share[0, 0] > 0, inside, outside), rtol=1e-6
    )


def test_slopes():
    target = jnp.asarray(np.random.default_rng(5).normal(size=(*SHAPE, 3, 3)))

    def pull(p):
        found = periodic_fields(
            EIGEN * p[1],
            mixed(IsotropicStiffness(p[0] * 1e11, 0.2), COPPER),
            WIDTHS * jnp.stack([p[2], p[3], p[1]]),
            mean_stress=1e8 * p[3] * TENSOR,
            rtol=1e-12,
        )
        return jnp.sum(target * found.stress) / 1e10

    check_slopes(pull, [4.0, 1.1, 0.9, 1.2])


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"eigenstrain": np.zeros((3, 3))}, "must have shape `.nx, ny, nz, 3, 3.`"),
        ({"stiffness": np.eye(6)}, "must be a stiffness, or have shape"),
        ({"widths": [1e-9, 0.0, 1e-9]}, r"widths=...\)` must be > 0"),
        ({"mean_strain": TENSOR, "mean_stress": TENSOR}, "give one, not both"),
    ],
)
def test_bad_input_is_refused(change, sentence):
    given = {"eigenstrain": EIGEN, "stiffness": STEEL, "widths": WIDTHS} | change
    with pytest.raises(ValueError, match=sentence):
        periodic_fields(**given)
