"""The monotone scheme: rates that are never negative, and what follows from that."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse as sparse
import scipy.sparse.linalg as solvers

import diffjax as djx
from diffjax.grid import NoFlux, Periodic, Walls
from diffjax.schemes import Central, layer_of, Monotone
from diffjax.tensors import offsets_of

from ..test_tensors.common import needles_and_plates
from .common import energy, tensors


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_families_sum_to_the_tensor_with_no_negative_rate(dimension):
    field = tensors(dimension)
    families = Monotone(offsets=offsets_of(field)).families(jnp.asarray(field))
    np.testing.assert_allclose(energy(families), field, atol=1e-14)
    assert min(float(jnp.min(f.coefficient)) for f in families) >= 0
    assert families[0].offset == (1, *(0,) * (dimension - 1))
    one = Monotone(offsets=offsets_of(field)).families(jnp.asarray(field[0]))
    np.testing.assert_allclose(energy(one), field[0], atol=1e-14)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("outward", [-1, 1])
def test_crossings_share_the_wall_among_them(dimension, outward):
    """Of one tensor for all cells every face is passed by all of its flux."""
    (tensor,) = tensors(dimension, 20.0, 1)[:1]
    scheme = Monotone(offsets=offsets_of(tensor[None]))
    for axis in range(dimension):
        crossings = scheme.crossings(jnp.asarray(tensor), axis, outward)
        np.testing.assert_allclose(
            sum(float(c.share) for c in crossings), 1, rtol=1e-13
        )
        # A bond leaves outwards, and meets the wall after half a cell and its layers.
        for c in crossings:
            assert float(c.share) >= 0 and c.offset[axis] * outward > 0
            np.testing.assert_allclose(c.shift[axis], outward * (c.layer + 0.5))


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_closed_wall_adds_what_the_cut_bonds_carried(dimension):
    """Rates along the wall whose sum is S, and never negative ones."""
    field = tensors(dimension, 6.0, 6)
    scheme = Monotone(offsets=djx.tensors.offsets_within(2, dimension))
    axis, others = 0, list(range(1, dimension))
    parts = djx.tensors.selling(field)
    found = np.zeros(field.shape)
    for offset, rate in scheme.along_closed(jnp.asarray(field), axis, 1):
        assert offset[axis] == 0 and float(jnp.min(rate)) >= 0
        e = np.asarray(offset, float)
        found += np.asarray(rate)[:, None, None] * np.outer(e, e)
    wanted = np.zeros(field.shape)
    for k in range(parts.weights.shape[-1]):
        e = np.asarray(parts.offsets)[:, k].astype(float)
        v = e - e[:, axis, None] * field[:, :, axis] / field[:, axis, axis, None]
        weight = np.asarray(parts.weights)[:, k] * abs(e[:, axis]) / 2
        wanted += weight[:, None, None] * v[:, :, None] * v[:, None, :]
    inner = np.ix_(range(len(field)), others, others)
    for k in others:
        np.testing.assert_allclose(found[:, k, k], wanted[:, k, k], atol=1e-14)
    if dimension == 3:
        # The coupling, as far as rates that are not negative allow.
        small = np.minimum(wanted[:, 1, 1], wanted[:, 2, 2])
        kept = np.clip(wanted[:, 1, 2], -small, small)
        np.testing.assert_allclose(found[inner][:, 0, 1], kept, atol=1e-14)
        assert np.mean(abs(kept - wanted[:, 1, 2]) < 1e-12) > 0.7


def test_layers_are_counted_from_the_wall():
    field = jnp.arange(24.0).reshape(3, 2, 2, 2)
    np.testing.assert_array_equal(layer_of(field, 0, 0, -1), field[0])
    np.testing.assert_array_equal(layer_of(field, 1, 0, 1), field[1])
    np.testing.assert_array_equal(layer_of(field[0, 0], 2, 1, 1), field[0, 0])


def test_what_lies_beyond_the_reach_is_told():
    needle = jnp.asarray(tensors(2, 100.0, 7)[1])
    assert float(Monotone(reach=8).reduced_by(needle)) < 1e-12
    assert float(Monotone(reach=1).reduced_by(needle)) > 0.01


@pytest.mark.parametrize("reach", [0, -1, 1.5])
def test_a_reach_is_a_number_of_cells(reach):
    with pytest.raises((ValueError, TypeError), match="reach"):
        Monotone(reach=reach)


# -- what no value may do ------------------------------------------------------------


def body(dimension, anisotropy, angle, cells, walls, scheme):
    """The generator of one tensor, and the matrix of it."""
    values = np.ones(dimension)
    values[0] = anisotropy
    turn = djx.tensors.rotation(angle)
    if dimension == 3:
        angles = jnp.array([angle, 0.3 + 0.7 * angle, 0.2])
        turn = djx.tensors.rotation_from_euler(angles)
    tensor = djx.tensors.from_principal(1e-14 * values / anisotropy, turn)
    grid = djx.grid.uniform(
        (0.0,) * dimension, (cells * 1e-6,) * dimension, (cells,) * dimension
    )
    if isinstance(scheme, Monotone):
        scheme = Monotone(offsets=offsets_of(np.asarray(tensor)[None] * 1e12))
    equation = djx.equations.Diffusion(
        djx.diffusivity.Tensor(tensor), Walls(*(walls(),) * dimension), scheme=scheme
    )
    return jax.jit(lambda: equation.generator(grid, 1000.0))()


def backward_euler(generator, step):
    """An implicit step, refined by what its bonds pass: a matrix sums up to nothing
    only to round-off, which steps far beyond the explicit ones make large."""
    rates = step * generator.sparse()
    solve = solvers.splu((sparse.eye_array(rates.shape[0]) - rates).tocsc()).solve
    apply = jax.jit(lambda c: generator.apply(c))

    def advance(c):
        after = solve(c)
        passed = np.asarray(apply(jnp.asarray(after).reshape(generator.shape)))
        return after + solve(c - after + step * passed.ravel())

    return advance


def excursion(generator, dimension, steps=40):
    """How far explicit and implicit steps of a patch leave [0, 1]; change of mass."""
    cells = generator.shape[0]
    low, high = cells // 3, 2 * cells // 3
    start = np.zeros(generator.shape)
    start[(slice(low, high),) * dimension] = 1.0
    start = start.ravel()
    matrix = generator.sparse()
    out, mass = 0.0, 0.0
    step = 2 / float(generator.spectral_bound)
    runs = [(lambda c: c + step * (matrix @ c), steps)]
    for factor in (1.0, 1e3):
        runs.append((backward_euler(generator, factor * step), 4))
    for advance, count in runs:
        c = start
        for _ in range(count):
            c = advance(c)
            out = max(out, -c.min(), c.max() - 1)
            mass = max(mass, abs(c.sum() / start.sum() - 1))
    return out, mass


FEW = [(2, 1.0, 0.0), (2, 10.0, 0.5), (2, 1e4, 0.3), (3, 10.0, 0.6)]
MANY = [
    (d, k, a)
    for d, cells in ((2, 5), (3, 3))
    for k in (1.0, 5.0, 1e2, 1e4)
    for a in np.linspace(0.0, np.pi, cells)
    if not (d == 3 and k > 300)
]


@pytest.mark.parametrize("walls", [NoFlux, Periodic])
@pytest.mark.parametrize(
    "dimension, anisotropy, angle",
    [*FEW, *(pytest.param(*case, marks=pytest.mark.slow) for case in MANY)],
)
def test_no_value_leaves_its_range(dimension, anisotropy, angle, walls):
    """At any anisotropy and angle, bonds longer than the body included."""
    cells = {2: 20, 3: 8}[dimension]
    generator = body(dimension, anisotropy, angle, cells, walls, Monotone())
    assert float(generator.smallest_rate) >= 0
    out, mass = excursion(generator, dimension)
    assert out < 1e-13
    assert mass < 1e-12


@pytest.mark.parametrize("walls", [NoFlux, Periodic])
@pytest.mark.parametrize(
    "dimension, anisotropy, angle", [(2, 10.0, 0.5), (3, 10.0, 0.6)]
)
def test_the_central_scheme_does_leave_it(dimension, anisotropy, angle, walls):
    cells = {2: 20, 3: 8}[dimension]
    generator = body(dimension, anisotropy, angle, cells, walls, Central())
    assert float(generator.smallest_rate) < 0
    out, mass = excursion(generator, dimension)
    assert out > 1e-3, "without this the monotone scheme would be for nothing"
    assert mass < 1e-12


def test_tensors_that_turn_from_cell_to_cell_keep_the_range_too():
    """Grains: neighbouring cells with different offsets."""
    field = needles_and_plates(2, 30.0, 144).reshape(12, 12, 2, 2) * 1e-14
    grid = djx.grid.uniform((0.0, 0.0), (12e-6, 12e-6), (12, 12))
    table = jnp.asarray(field)

    def law(c, T, x):
        i, j = (jnp.clip((p / 1e-6).astype(int), 0, 11) for p in x)
        return table[i, j]

    scheme = Monotone(offsets=offsets_of(field * 1e12))
    equation = djx.equations.Diffusion(law, scheme=scheme)
    generator = jax.jit(lambda: equation.generator(grid, 1000.0))()
    assert float(generator.smallest_rate) >= 0
    out, mass = excursion(generator, 2)
    assert out < 1e-13 and mass < 1e-12


# -- gradients -----------------------------------------------------------------------


def entries(packed):
    tensor = jnp.stack([packed[:2], packed[1:]])
    families = Monotone(reach=2).families(tensor)
    return jnp.stack([f.coefficient for f in families])


def test_rates_are_differentiable_in_the_tensor():
    x, step = jnp.array([1.0, 0.3, 0.7]), 1e-6
    exact = jax.jacfwd(entries)(x)
    np.testing.assert_allclose(jax.jacrev(entries)(x), exact, atol=1e-14)
    central = [
        (entries(x + step * e) - entries(x - step * e)) / (2 * step) for e in jnp.eye(3)
    ]
    np.testing.assert_allclose(exact, jnp.stack(central, 1), atol=1e-8)


@pytest.mark.parametrize("packed", [[1.0, 0.0, 1.0], [1.0, 0.0, 0.4], [1.0, 0.5, 0.5]])
def test_where_the_offsets_switch_the_derivative_is_one_sided(packed):
    """Finite, that of one side, and right for the tensor that the rates sum to."""
    x, step = jnp.array(packed), 1e-6
    exact = jax.jacfwd(entries)(x)
    assert np.all(np.isfinite(exact))
    for k, unit in enumerate(jnp.eye(3)):
        right = (entries(x + step * unit) - entries(x)) / step
        left = (entries(x) - entries(x - step * unit)) / step
        sides = [np.abs(exact[:, k] - side).max() for side in (left, right)]
        if k == 1:
            assert min(sides) < 1e-8
    whole = lambda x: energy_of(entries(x))
    np.testing.assert_allclose(jax.jacfwd(whole)(x)[0, 1], [0, 1, 0], atol=1e-13)
    np.testing.assert_allclose(jax.jacfwd(whole)(x)[0, 0], [1, 0, 0], atol=1e-13)


def energy_of(rates):
    e = jnp.asarray(djx.tensors.offsets_within(2, 2), dtype=float)
    return jnp.einsum("k,ki,kj->ij", rates, e, e)
