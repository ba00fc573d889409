import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.tensors import (
    missing,
    offsets_of,
    offsets_within,
    on_offsets,
    selling,
)

from ..helpers import validation_row
from .common import needles_and_plates, rotations, turned


ANISOTROPIES = (1.0, 2.0, 5.0, 10.0, 100.0, 1e3, 1e4)
decompose = jax.jit(selling)


def sums(parts):
    e = np.asarray(parts.offsets, dtype=float)
    w = np.asarray(parts.weights, dtype=float)
    return np.einsum("...k,...ki,...kj->...ij", w, e, e)


def products(tensor, superbase):
    """bᵢᵀ D bⱼ of all pairs."""
    b = np.asarray(superbase, dtype=float)
    gram = np.einsum("...ia,...ab,...jb->...ij", b, np.asarray(tensor, float), b)
    i, j = np.triu_indices(b.shape[-2], 1)
    return gram[..., i, j]


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_the_sum_is_the_tensor_and_no_weight_is_negative(dimension):
    worst = 0.0
    for anisotropy in ANISOTROPIES:
        tensor = needles_and_plates(dimension, anisotropy)
        parts = decompose(tensor)
        assert parts.offsets.shape[1:] == ((1, 3, 6)[dimension - 1], dimension)
        assert np.all(np.asarray(parts.weights) >= 0)
        worst = max(worst, np.max(np.abs(sums(parts) - tensor)))
        np.testing.assert_allclose(parts.tensor, tensor, atol=1e-15)
        # 0.5 sqrt(κ) cells in two dimensions, sqrt(κ) in three.
        reach = np.max(np.abs(np.asarray(parts.offsets)))
        assert reach <= 1 + (0.5 if dimension == 2 else 1.0) * anisotropy**0.5
    assert worst < 1e-15
    validation_row(
        f"Selling's decomposition in {dimension}-D, anisotropy up to 1e4",
        "the tensor itself (error over its trace)",
        None,
        worst,
        "200 rotations",
    )


@pytest.mark.parametrize("dimension", [2, 3])
def test_what_was_put_in_comes_out(dimension):
    # An obtuse superbase is unique up to sign: start from one, far from the axes.
    rng = np.random.default_rng(1)
    count = 3 * (dimension - 1)
    for _ in range(20):
        matrix = np.eye(dimension, dtype=int)
        for _ in range(4):
            i, j = rng.choice(dimension, 2, replace=False)
            matrix[i] += rng.integers(-2, 3) * matrix[j]
        base = np.concatenate([matrix, -matrix.sum(0, keepdims=True)])
        pairs = [
            [base[k] for k in range(dimension + 1) if k not in (i, j)]
            for i, j in zip(*np.triu_indices(dimension + 1, 1))
        ]
        if dimension == 2:
            offsets = np.array([[-b[1], b[0]] for (b,) in pairs])
        else:
            offsets = np.array([np.cross(b, c) for b, c in pairs])
        weights = rng.uniform(0.5, 2.0, count)
        tensor = np.einsum("k,ki,kj->ij", weights, offsets, offsets)
        parts = decompose(tensor)
        named = {
            max(tuple(e), tuple(-p for p in e)): w
            for e, w in zip(offsets.tolist(), weights)
        }
        found = dict(zip(map(tuple, parts.offsets.tolist()), parts.weights.tolist()))
        assert found.keys() == named.keys()
        for e, w in named.items():
            np.testing.assert_allclose(found[e], w, rtol=1e-12)


@pytest.mark.parametrize("dimension", [2, 3])
def test_the_superbase_is_obtuse_and_spans_the_integers(dimension):
    tensor = needles_and_plates(dimension, 1e3)
    base = np.asarray(decompose(tensor).superbase)
    np.testing.assert_array_equal(base.sum(axis=-2), 0)
    np.testing.assert_allclose(
        np.abs(np.linalg.det(base[:, :dimension].astype(float))), 1.0, rtol=1e-9
    )
    assert np.max(products(tensor, base)) < 1e-11


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_tensors_along_the_axes_are_jumps_along_the_axes(dimension):
    values = np.array([3e-14, 1e-14, 2e-15])[:dimension]
    parts = decompose(np.diag(values))
    stencil = on_offsets(parts, offsets_within(1, dimension))
    np.testing.assert_allclose(stencil[:dimension], values, rtol=1e-14)
    np.testing.assert_array_equal(stencil[dimension:], 0.0)


def test_small_anisotropy_needs_neighbours_only():
    for dimension, count in ((2, 4), (3, 13)):
        tensor = needles_and_plates(dimension, 5.0)
        offsets = offsets_within(1, dimension)
        assert len(offsets) == count
        assert set(offsets_of(tensor)) <= set(offsets)
        parts = decompose(tensor)
        np.testing.assert_allclose(missing(parts, offsets), 0.0, atol=1e-14)


def test_a_batch_is_its_members():
    tensor = needles_and_plates(3, 30.0, 4).reshape(3, 2, 2, 3, 3)
    parts = decompose(tensor)
    assert parts.offsets.shape == (3, 2, 2, 6, 3)
    assert parts.weights.shape == (3, 2, 2, 6)
    assert parts.superbase.shape == (3, 2, 2, 4, 3)
    one = decompose(tensor[1, 0, 1])
    np.testing.assert_array_equal(one.offsets, parts.offsets[1, 0, 1])
    np.testing.assert_array_equal(one.weights, parts.weights[1, 0, 1])
    mapped = jax.vmap(selling)(tensor.reshape(-1, 3, 3))
    np.testing.assert_array_equal(mapped.weights.reshape(3, 2, 2, 6), parts.weights)


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_warm_start_stays_while_it_is_obtuse(dimension):
    tensor = needles_and_plates(dimension, 100.0)
    parts = decompose(tensor)
    again = decompose(3.0 * tensor, parts.superbase)
    np.testing.assert_array_equal(again.superbase, parts.superbase)
    moved = tensor + 0.05 * np.eye(dimension)
    warm, cold = decompose(moved, parts.superbase), decompose(moved)
    np.testing.assert_allclose(sums(warm), moved, atol=1e-15)
    assert np.all(np.asarray(warm.weights) >= 0)
    names = lambda p, i: sorted(
        map(tuple, np.asarray(p.offsets)[i][np.asarray(p.weights)[i] > 1e-12].tolist())
    )
    assert all(names(warm, i) == names(cold, i) for i in range(len(moved)))
    # One superbase for the whole batch.
    shared = decompose(tensor, parts.superbase[0])
    np.testing.assert_allclose(sums(shared), tensor, atol=1e-15)


def test_gradients_against_central_differences():
    for dimension in (2, 3):
        offsets = offsets_within(8 if dimension == 2 else 4, dimension)
        (tensor,) = turned(
            np.array([1.0, 0.3, 0.1])[:dimension], rotations(dimension, 7)[3:4]
        )
        scale = jnp.cos(jnp.arange(len(offsets), dtype=float))
        look = jax.jit(lambda t: scale @ on_offsets(selling(t), offsets))
        rng = np.random.default_rng(0)
        move = rng.normal(size=tensor.shape)
        move = 1e-14 * (move + move.T)
        tensor = 1e-14 * tensor
        h = 1e-6
        differences = (look(tensor + h * move) - look(tensor - h * move)) / (2 * h)
        both = jax.jit(lambda t, m: (jax.jvp(look, (t,), (m,))[1], jax.grad(look)(t)))
        forward, gradient = both(tensor, move)
        backward = jnp.sum(gradient * move)
        np.testing.assert_allclose(forward, differences, rtol=1e-6)
        np.testing.assert_allclose(backward, differences, rtol=1e-6)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_at_a_switch_the_gradient_is_that_of_one_side(dimension):
    # Isotropic: every pair of the unit superbase is at right angles.
    tensor = 1e-14 * jnp.eye(dimension)
    jacobian = jax.jit(jax.jacrev(lambda t: selling(t).weights))(tensor)
    assert np.all(np.isfinite(jacobian))
    forward = jax.jacfwd(lambda t: selling(t).weights)(tensor)
    np.testing.assert_allclose(forward, jacobian, atol=1e-15)
    # Whatever the side, the sum follows the tensor: its derivative is the identity.
    e = np.asarray(selling(tensor).offsets, dtype=float)
    whole = np.einsum("kab,ki,kj->ijab", jacobian, e, e)
    one = np.einsum("ia,jb->ijab", np.eye(dimension), np.eye(dimension))
    np.testing.assert_allclose(whole, 0.5 * (one + one.swapaxes(0, 1)), atol=1e-14)
    # And it is what differences see on that side.
    if dimension > 1:
        shear = np.zeros((dimension, dimension))
        shear[0, 1] = shear[1, 0] = 1e-14
        slope = np.tensordot(jacobian, shear, 2)
        h = 1e-6 * (-1 if np.any(slope < 0) else 1)
        sided = []
        for side in (h, -h):
            parts = selling(tensor + side * shear)
            if np.all(np.asarray(parts.superbase) == selling(tensor).superbase):
                sided.append((parts.weights - selling(tensor).weights) / side)
        assert sided
        np.testing.assert_allclose(sided[0], slope, rtol=1e-6, atol=1e-20)


def test_what_is_not_a_diffusivity_ends_too():
    tensor = np.stack(
        [
            np.full((3, 3), np.nan),
            np.diag([1.0, -1.0, 1.0]),
            np.array([[1.0, 3.0, 0.0], [3.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
            np.zeros((3, 3)),
            np.diag([np.inf, 1.0, 1.0]),
            np.eye(3),
        ]
    )
    parts = decompose(tensor)
    w = np.asarray(parts.weights)
    assert np.all(np.isnan(w[0])) and np.any(w[1] < 0) and np.any(w[2] < 0)
    np.testing.assert_array_equal(w[3], 0.0)
    np.testing.assert_allclose(sums(parts)[2], tensor[2], atol=1e-6)
    assert not np.all(np.isfinite(w[4]))
    np.testing.assert_allclose(sums(parts)[5], np.eye(3), atol=1e-15)
    assert missing(parts, offsets_within(1, 3))[3] == 0.0


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_float32_stays_float32(dimension):
    for anisotropy in (1.0, 10.0, 100.0, 1e3):
        tensor = 1e-14 * needles_and_plates(dimension, anisotropy)
        parts = decompose(jnp.asarray(tensor, dtype=jnp.float32))
        assert parts.weights.dtype == jnp.float32
        assert parts.tensor.dtype == jnp.float32
        assert np.min(np.asarray(parts.weights)) >= 0
        np.testing.assert_allclose(sums(parts), tensor, atol=1e-19)
        stencil = on_offsets(parts, offsets_within(2, dimension))
        assert stencil.dtype == jnp.float32
        gone = missing(parts, offsets_within(2, dimension))
        assert gone.dtype == jnp.float32


def test_offsets_within_are_one_of_each_pair():
    assert offsets_within(3, 1) == ((1,),)
    assert offsets_within(1, 2) == ((1, 0), (0, 1), (1, -1), (1, 1))
    assert offsets_within(2, 2)[4:] == ((1, -2), (1, 2), (2, -1), (2, 1))
    assert offsets_within(2, 3)[:3] == ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    for reach, dimension in ((4, 2), (3, 3)):
        offsets = set(offsets_within(reach, dimension))
        assert not any(tuple(-p for p in e) in offsets for e in offsets)
        # One of ±e for every direction of the integers within reach.
        grid = np.stack(
            np.meshgrid(*[np.arange(-reach, reach + 1)] * dimension), -1
        ).reshape(-1, dimension)
        grid = grid[np.any(grid != 0, axis=-1)]
        primitive = grid[np.gcd.reduce(grid, axis=-1) == 1]
        assert len(offsets) == len(primitive) // 2


def test_offsets_of_a_field_carry_all_of_it():
    for dimension in (2, 3):
        field = needles_and_plates(dimension, 30.0)
        offsets = offsets_of(field)
        parts = decompose(field)
        np.testing.assert_allclose(missing(parts, offsets), 0.0, atol=1e-14)
        weights = np.asarray(on_offsets(parts, offsets))
        e = np.asarray(offsets, dtype=float)
        np.testing.assert_allclose(
            np.einsum("un,ui,uj->nij", weights, e, e), field, atol=1e-14
        )
        axes = offsets[:dimension]
        np.testing.assert_array_equal(np.asarray(axes), np.eye(dimension))
        assert offsets_of(np.eye(dimension)) == axes


def test_missing_is_the_share_of_the_trace():
    tensor = np.array([[2.0, 1.0], [1.0, 2.0]])  # 1 on each axis, 1 on (1, 1)
    parts = decompose(tensor)
    np.testing.assert_allclose(missing(parts, [(1, 0), (0, 1)]), 0.5)
    np.testing.assert_allclose(missing(parts, [(-1, -1)]), 0.5)
    np.testing.assert_allclose(on_offsets(parts, [(-1, -1), (1, -1)]), [1.0, 0.0])
    np.testing.assert_allclose(missing(parts, [(1, 0), (0, 1), (1, 1)]), 0.0)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: selling(1.0), r"must have shape `\(\*batch, d, d\)`.*got \(\)"),
        (lambda: selling(np.ones((2, 3))), r"got \(2, 3\)"),
        (lambda: selling(np.eye(4)), r"d = 1, 2 or 3; got \(4, 4\)"),
        (lambda: selling(np.eye(2), np.eye(2, dtype=int)), r"`selling\(superbase"),
        (lambda: offsets_within(0, 2), r"reach=...\)` must be at least 1 \(cells\)"),
        (lambda: offsets_within(1, 4), r"dimension=...\)` must be 1, 2 or 3; got 4"),
        (
            lambda: on_offsets(selling(np.eye(2)), [(1, 0), (-1, 0)]),
            "`offsets` must be different vectors of 2 integers",
        ),
        (lambda: missing(selling(np.eye(2)), [(1, 0, 0)]), "vectors of 2 integers"),
    ],
)
def test_bad_arguments_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
