"""Values between the cells, on one to three axes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx

from ..helpers import observed_order


def graded(count, low=0.0, high=60e-6):
    s = np.linspace(-1.0, 1.0, count + 1)
    return 0.5 * (low + high) + 0.5 * (high - low) * np.sinh(1.5 * s) / np.sinh(1.5)


def grid_of(*counts, even=True):
    if even:
        sizes = (60e-6, 40e-6, 30e-6)[: len(counts)]
        return djx.grid.uniform((0.0,) * len(counts), sizes, counts)
    return djx.grid.from_faces(tuple(graded(n) for n in counts))


def wave(positions, k=1.1e5):
    """Smooth, with extrema along every axis, different in each."""
    phases = jnp.arange(positions.shape[-1], dtype=positions.dtype) * 0.7
    scales = 1 + 0.2 * jnp.arange(positions.shape[-1], dtype=positions.dtype)
    shape = (1,) * (positions.ndim - 1) + (-1,)
    angle = k * scales.reshape(shape) * positions + phases.reshape(shape)
    return jnp.prod(jnp.sin(angle), axis=-1)


def points_in(grid, count, margin=0.12, seed=0):
    low = np.array([float(a.faces[0]) for a in grid.axes])
    high = np.array([float(a.faces[-1]) for a in grid.axes])
    u = np.random.default_rng(seed).uniform(margin, 1 - margin, (count, len(low)))
    return jnp.asarray(low + u * (high - low))


def masked(grid, solid):
    return djx.grid.Grid(grid.axes, grid.geometry, jnp.asarray(solid))


@pytest.mark.parametrize("even", [True, False], ids=["uniform", "graded"])
@pytest.mark.parametrize("axes", [2, 3])
def test_values_between_the_cells_are_second_order(axes, even):
    errors = []
    for n in (24, 48, 96) if axes == 2 else (16, 32):
        grid = grid_of(*(n,) * axes, even=even)
        x = points_in(grid, 4000)
        field = jax.jit(lambda g: djx.grid.cell_averages(g, wave))(grid)
        found = djx.grid.sample(grid, field, x)
        errors.append(float(jnp.sqrt(jnp.mean((found - wave(x)) ** 2))))
    orders = observed_order(errors)
    assert np.all(orders > 1.8) and np.all(orders < 2.6), orders


def test_monotone_values_at_the_centres_are_third_order():
    errors = []
    steep = lambda p: jnp.exp(-(p[..., 0] + 2 * p[..., 1]) / 40e-6)
    for n in (10, 20, 40):
        grid = grid_of(n, n)
        x = points_in(grid, 2000, margin=0.2)
        found = djx.grid.sample(grid, steep(grid.centres), x)
        errors.append(float(jnp.max(jnp.abs(found - steep(x)))))
    orders = observed_order(errors)
    assert np.all(orders > 2.5) and np.all(orders < 4.2), orders


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_never_outside_the_values_of_the_centres_around(axes):
    grid = grid_of(*(7, 6, 5)[:axes], even=axes == 2)
    rng = np.random.default_rng(1)
    field = jnp.asarray(rng.choice([0.0, 0.3, 1.0], grid.shape))
    x = points_in(grid, 3000, margin=0.0)
    found = np.asarray(djx.grid.sample(grid, field, x[:, 0] if axes == 1 else x))
    around = []
    for k, axis in enumerate(grid.axes):
        first = np.searchsorted(axis.centres, x[:, k]) - 1
        first = np.clip(first, 0, axis.cells - 2)
        around.append(np.stack([first, first + 1]))
    corners = [
        np.asarray(field)[tuple(a[b] for a, b in zip(around, bits))]
        for bits in np.ndindex(*(2,) * axes)
    ]
    assert np.all(found <= np.max(corners, axis=0) + 1e-14)
    assert np.all(found >= np.min(corners, axis=0) - 1e-14)
    again = djx.grid.sample(
        grid, field, grid.centres if axes > 1 else grid.axes[0].centres
    )
    np.testing.assert_allclose(again, field, atol=1e-14)


def test_a_field_that_changes_along_one_axis_is_interpolated_as_on_one_axis():
    grid = grid_of(9, 8, 7, even=False)
    x = points_in(grid, 50, margin=0.0)
    for k, axis in enumerate(grid.axes):
        line = jnp.asarray(np.random.default_rng(k).normal(size=axis.cells))
        shape = tuple(axis.cells if j == k else 1 for j in range(3))
        field = jnp.broadcast_to(line.reshape(shape), grid.shape)
        one = djx.grid.interpolate(axis.centres, line, x[:, k])
        np.testing.assert_allclose(djx.grid.sample(grid, field, x), one, atol=1e-13)


def test_shapes_and_transformations():
    grid = grid_of(6, 5)
    field = djx.grid.cell_averages(grid, wave)
    x = points_in(grid, 12)
    found = djx.grid.sample(grid, field, x)
    assert found.shape == (12,)
    assert djx.grid.sample(grid, field, x.reshape(3, 4, 2)).shape == (3, 4)
    assert djx.grid.sample(grid, field, x[0]).shape == ()
    one = lambda p: djx.grid.sample(grid, field, p)
    np.testing.assert_allclose(jax.jit(jax.vmap(one))(x), found, rtol=1e-12)
    assert djx.grid.sample(grid, field, [[1e-6, 2e-6]]).shape == (1,)


def test_single_precision_stays_single():
    faces = jnp.linspace(0.0, 1e-5, 6, dtype=jnp.float32)
    grid = djx.grid.from_faces((faces, faces))
    assert djx.grid.sample(grid, jnp.ones((5, 5), jnp.float32), [1e-6, 2e-6]).dtype == (
        jnp.float32
    )
    field = djx.grid.cell_averages(grid, lambda p: jnp.sum(p, axis=-1))
    assert field.dtype == jnp.float32


def test_derivatives_against_differences():
    grid = grid_of(9, 8)
    field = djx.grid.cell_averages(grid, wave)
    x = points_in(grid, 20, margin=0.05)
    at = lambda p, f: jnp.sum(jnp.sin(djx.grid.sample(grid, f, p)))
    by_position, by_field = jax.grad(at, argnums=(0, 1))(x, field)
    rng = np.random.default_rng(3)
    for which, scale in ((0, 1e-6), (1, 1.0)):
        arguments, step = [x, field], 1e-6 * scale
        way = jnp.asarray(rng.normal(size=arguments[which].shape))

        def moved(amount):
            new = list(arguments)
            new[which] = new[which] + amount * way
            return at(*new)

        difference = (moved(step) - moved(-step)) / (2 * step)
        reverse = jnp.sum((by_position, by_field)[which] * way)
        forward = jax.jvp(moved, (jnp.asarray(0.0),), (jnp.asarray(1.0),))[1]
        np.testing.assert_allclose(reverse, difference, rtol=1e-6)
        np.testing.assert_allclose(forward, difference, rtol=1e-6)


def test_the_slope_in_the_position_is_continuous_and_finite():
    grid = grid_of(7, 6, even=False)
    field = jnp.tanh(1e5 * (grid.centres[..., 0] - 30e-6)).at[:2].set(-1.0)
    slope = jax.vmap(jax.grad(lambda p: djx.grid.sample(grid, field, p)))
    nodes = grid.centres[1:-1, 1:-1].reshape(-1, 2)
    eps = jnp.asarray(1e-15)
    scale = float(jnp.max(jnp.abs(slope(nodes))))
    near = slope(nodes - eps), slope(nodes + eps)
    np.testing.assert_allclose(near[0] / scale, near[1] / scale, atol=1e-5)
    flat = jax.jacfwd(lambda f: djx.grid.sample(grid, f, nodes))(jnp.zeros(grid.shape))
    assert np.all(np.isfinite(flat))
    walls = jnp.array([[0.0, 0.0], [60e-6, 60e-6]])
    assert np.all(np.isfinite(slope(walls)))


def test_void_cells_are_not_used_and_give_nan():
    plain = grid_of(8, 6)
    solid = np.ones((8, 6), bool)
    solid[3:5, 2:] = False
    grid = masked(plain, solid)
    linear = plain.centres[..., 0] + 0.5 * plain.centres[..., 1]
    field = jnp.where(jnp.asarray(solid), linear, jnp.nan)
    x = points_in(plain, 3000, margin=0.0)
    found = np.asarray(djx.grid.sample(grid, field, x))
    cells = tuple(
        np.clip(np.searchsorted(a.faces, x[:, k]) - 1, 0, a.cells - 1)
        for k, a in enumerate(plain.axes)
    )
    np.testing.assert_array_equal(np.isnan(found), ~solid[cells])
    body = ~np.isnan(found)
    truth = np.asarray(x[:, 0] + 0.5 * x[:, 1])
    # Half a cell from a wall is the most that a value can stand still.
    assert np.max(np.abs(found - truth)[body]) < 0.51 * (7.5e-6 + 0.5 * 6.7e-6)
    far = body & (cells[0] < 2) & (cells[0] > 0) & (cells[1] > 0) & (cells[1] < 5)
    np.testing.assert_allclose(found[far], truth[far], rtol=1e-12)
    slope = jax.grad(lambda f: jnp.nansum(djx.grid.sample(grid, f, x)))(field)
    assert np.all(np.isfinite(slope)) and np.all(np.asarray(slope)[~solid] == 0.0)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_section_is_what_sampling_gives_on_its_plane(axis):
    grid = grid_of(7, 6, 5)
    field = djx.grid.cell_averages(grid, wave)
    others = [k for k in range(3) if k != axis]
    at = 0.37 * float(grid.axes[axis].faces[-1])
    plane = djx.grid.section(grid, field, axis, at)
    mesh = np.meshgrid(*(grid.axes[k].centres for k in others), indexing="ij")
    positions = np.full((*mesh[0].shape, 3), at)
    for k, values in zip(others, mesh):
        positions[..., k] = values
    np.testing.assert_allclose(
        plane, djx.grid.sample(grid, field, positions), atol=1e-13
    )
    moved = jax.grad(lambda z: jnp.sum(djx.grid.section(grid, field, axis, z)))
    h = 1e-10
    up, down = (djx.grid.section(grid, field, axis, at + s * h) for s in (1, -1))
    by_hand = jnp.sum(up - down) / (2 * h)
    np.testing.assert_allclose(moved(jnp.asarray(at)), by_hand, rtol=1e-6)


def test_a_section_has_no_void_cells():
    plain = grid_of(8, 6)
    solid = np.ones((8, 6), bool)
    solid[3, 2] = False
    line = djx.grid.section(masked(plain, solid), jnp.ones((8, 6)), 1, 16e-6)
    np.testing.assert_array_equal(np.isnan(line), np.arange(8) == 3)


@pytest.mark.parametrize(
    "positions, sentence",
    [
        (
            [61e-6, 1e-6],
            "`sample(positions=...)` must lie in the grid, 0 to 6e-05 m and 0 to 4e-05 "
            "m; got [6.1e-05 1.0e-06].",
        ),
        (
            [1e-6, 1e-6, 1e-6],
            "`sample(positions=...)` must have shape `(..., 2)` on a grid with 2 axes "
            "(m); got (3,).",
        ),
    ],
)
def test_positions_that_do_not_fit(positions, sentence):
    grid = grid_of(4, 4)
    with pytest.raises(ValueError) as error:
        djx.grid.sample(grid, jnp.ones((4, 4)), positions)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    "position, sentence",
    [
        (
            -1e-6,
            "`section(position=...)` must lie in the grid along y, 0 to 4e-05 m; got "
            "-1.e-06.",
        ),
        (
            [1e-6],
            "`section(position=...)` must be one number (m); got an array of shape "
            "(1,).",
        ),
    ],
)
def test_a_section_that_does_not_cut(position, sentence):
    with pytest.raises(ValueError) as error:
        djx.grid.section(grid_of(4, 4), jnp.ones((4, 4)), 1, position)
    assert str(error.value) == sentence
