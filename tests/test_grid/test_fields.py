import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx


@pytest.mark.parametrize("geometry", ["planar", "cylindrical", "spherical"])
def test_a_step_holds_the_exact_amount(geometry):
    grid = djx.grid.uniform(0.0, 1e-6, 10, geometry)
    at = 0.333e-6
    field = djx.grid.step(grid, at, 0.8, 0.1)
    power = {"planar": 1, "cylindrical": 2, "spherical": 3}[geometry]
    inside = (at / 1e-6) ** power
    amount = float(jnp.sum(grid.volumes)) * (0.8 * inside + 0.1 * (1 - inside))
    np.testing.assert_allclose(grid.total(field), amount, rtol=1e-13)
    assert float(field.max()) <= 0.8 and float(field.min()) >= 0.1


def test_a_step_moves_smoothly():
    grid = djx.grid.uniform(0.0, 1e-6, 10)
    slope = jax.grad(lambda at: grid.total(djx.grid.step(grid, at, 0.8, 0.1)))
    np.testing.assert_allclose(slope(0.333e-6), 0.7, rtol=1e-12)


@pytest.mark.parametrize("geometry", ["planar", "cylindrical", "spherical"])
def test_cell_averages_are_exact_for_polynomials(geometry):
    grid = djx.grid.uniform(1e-6, 3e-6, 5, geometry)
    power = {"planar": 0, "cylindrical": 1, "spherical": 2}[geometry]
    f = grid.faces
    moment = lambda n: (f[1:] ** (n + 1) - f[:-1] ** (n + 1)) / (n + 1)
    exact = moment(power + 3) / moment(power)
    averages = djx.grid.cell_averages(grid, lambda x: x**3)
    np.testing.assert_allclose(averages, exact, rtol=1e-12)


@pytest.mark.parametrize("axes", [2, 3])
def test_cell_averages_on_more_axes_are_exact_for_polynomials(axes):
    faces = tuple(jnp.asarray(np.cumsum([1.0, 0.5, 0.7, 1.1][: 5 - k])) for k in (1, 2))
    grid = djx.grid.from_faces((*faces, faces[0])[:axes])
    powers = (5, 3, 4)[:axes]
    exact = np.ones(grid.shape)
    for k, (axis, n) in enumerate(zip(grid.axes, powers)):
        f = np.asarray(axis.faces)
        mean = np.diff(f ** (n + 1)) / (n + 1) / np.diff(f)
        exact = exact * mean.reshape([-1 if j == k else 1 for j in range(axes)])
    product = lambda p: jnp.prod(
        jnp.stack([p[..., k] ** n for k, n in enumerate(powers)]), axis=0
    )
    averages = djx.grid.cell_averages(grid, product)
    np.testing.assert_allclose(averages, exact, rtol=1e-12)
    constant = djx.grid.cell_averages(grid, lambda p: 0.3)
    np.testing.assert_allclose(constant, np.full(grid.shape, 0.3), rtol=1e-14)


def test_a_function_that_keeps_the_axis_of_positions_is_refused():
    grid = djx.grid.uniform((0.0, 0.0), (1e-6, 1e-6), (4, 3))
    with pytest.raises(ValueError) as error:
        djx.grid.cell_averages(grid, lambda p: p)
    assert str(error.value) == (
        "`cell_averages(function=...)` must give one value per position: shape (4, 3) "
        "for positions of shape (4, 3, 2); got (4, 3, 2)."
    )


def test_interpolation_is_third_order_and_monotone():
    errors = []
    x = jnp.linspace(0.3, 1.2, 1001)
    for n in (40, 80, 160):
        nodes = jnp.linspace(0.0, 1.5, n)
        errors.append(
            float(
                jnp.max(
                    jnp.abs(djx.grid.interpolate(nodes, jnp.sin(nodes), x) - jnp.sin(x))
                )
            )
        )
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert np.all(orders > 2.8) and np.all(orders < 4.2)
    nodes = jnp.arange(8.0)
    step = jnp.array([0.0, 0, 0, 0, 1, 1, 1, 1])
    values = djx.grid.interpolate(nodes, step, jnp.linspace(0.0, 7.0, 501))
    assert float(values.min()) == 0.0 and float(values.max()) == 1.0
    assert np.all(np.diff(values) >= 0)


def test_interpolation_has_a_continuous_slope_and_no_nan():
    nodes = jnp.linspace(0.0, 1.0, 11)
    values = jnp.tanh(8 * (nodes - 0.5)).at[:3].set(-1.0)
    slope = jax.vmap(jax.grad(lambda x: djx.grid.interpolate(nodes, values, x)))
    eps = 1e-9
    np.testing.assert_allclose(
        slope(nodes[1:-1] - eps), slope(nodes[1:-1] + eps), atol=1e-6
    )
    by_values = jax.jacfwd(lambda v: djx.grid.interpolate(nodes, v, nodes + 0.03))(
        values
    )
    assert np.all(np.isfinite(by_values))


def test_step_of_mixtures_is_that_of_each_component():
    grid = djx.grid.uniform(1e-6, 9e-6, 7, "spherical")
    both = djx.grid.step(grid, 4.3e-6, [0.2, 0.8], [0.9, 0.1])
    for i, sides in enumerate(((0.2, 0.9), (0.8, 0.1))):
        np.testing.assert_array_equal(both[:, i], djx.grid.step(grid, 4.3e-6, *sides))
