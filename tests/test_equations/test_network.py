"""Networks of bonds: orders by manufactured solutions, exact cases, refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations import Diffusion
from diffjax.grid import FixedFlux, FixedValue, NoFlux, Periodic, Walls
from diffjax.schemes import Central, Monotone

from .. import manufactured
from ..helpers import observed_order, validation_row


SCHEMES = {"monotone": Monotone(), "central": Central()}
# Root mean square orders up to 32 or 64 cells; lower and upper bound.
ORDERS = {
    ("periodic", "monotone"): (1.85, 2.15),
    ("periodic", "central"): (1.85, 2.15),
    ("value", "monotone"): (1.85, 2.15),
    ("value", "central"): (1.85, 2.15),
    ("flux", "monotone"): (1.85, 2.15),
    ("flux", "central"): (1.85, 2.15),
    ("exchange", "monotone"): (1.85, 2.15),
    ("exchange", "central"): (1.85, 2.15),
    ("flux and value", "monotone"): (1.75, 2.15),
    ("flux and value", "central"): (1.55, 2.15),
}
QUICK = [("periodic", "monotone"), ("flux", "monotone"), ("value", "central")]


@pytest.mark.parametrize(
    "kind, name",
    [
        pytest.param(*case, marks=[] if case in QUICK else [pytest.mark.slow])
        for case in ORDERS
    ],
)
def test_order_in_two_dimensions(kind, name):
    """A tensor of ratio 3 that turns and grows from place to place."""
    cells = (16, 32) if (kind, name) in QUICK else (32, 64)
    errors = [manufactured.error_of(kind, 3.0, n, SCHEMES[name])[0] for n in cells]
    order = observed_order(errors)[-1]
    low, high = ORDERS[kind, name]
    assert low <= order <= high
    validation_row(
        f"turning tensor in 2-D, {kind} walls, {name} scheme",
        "manufactured solution, relative root mean square error",
        order,
        errors[-1],
        f"{cells[-1]}² cells",
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind, name",
    [
        ("periodic", "monotone"),
        ("value", "monotone"),
        ("flux", "monotone"),
        ("flux", "central"),
    ],
)
def test_order_in_three_dimensions(kind, name):
    """A full tensor of ratio 3; bonds cut at faces, edges and corners."""
    run = lambda n: manufactured.error_of(
        kind, 3.0, n, SCHEMES[name], (1.0, 1.0, 1.0), varying=kind == "periodic"
    )
    errors = [run(n)[0] for n in (8, 16)]
    order = observed_order(errors)[-1]
    low = 1.85 if name == "monotone" else 1.5
    assert low <= order <= 2.2
    validation_row(
        f"full tensor in 3-D, {kind} walls, {name} scheme",
        "manufactured solution, relative root mean square error",
        order,
        errors[-1],
        "16³ cells",
    )


@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0])
def test_a_linear_field_between_fixed_fluxes_is_exact(angle):
    """Corners included, while bonds reach one cell."""
    tensor = djx.tensors.from_principal([1e-14, 4e-15], djx.tensors.rotation(angle))
    slope = jnp.array([3e3, -5e3])
    flux = -tensor @ slope
    sides = [(FixedFlux(-flux[k]), FixedFlux(flux[k])) for k in range(2)]
    grid = djx.grid.uniform((0.0, 0.0), (1.2e-5, 1.6e-5), (12, 16))
    scheme = Monotone(offsets=djx.tensors.offsets_of(np.asarray(tensor)[None] * 1e12))
    equation = Diffusion(
        djx.diffusivity.Tensor(tensor), Walls(sides[0], sides[1]), scheme=scheme
    )
    rate, _ = manufactured.parts(equation, grid, grid.centres @ slope)
    scale = float(jnp.max(jnp.abs(tensor))) * 5e3 / 1e-6  # of what each wall brings
    np.testing.assert_allclose(rate, 0.0, atol=1e-11 * scale)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES.keys())
def test_schemes_agree_with_plain_differences_on_aligned_tensors(scheme):
    """A full tensor with nothing off its diagonal, a pair of values, and one number."""
    grid = djx.grid.uniform((0.0, 0.0), (1e-5, 1e-5), (7, 9))
    walls = Walls(x=(FixedValue(0.0), NoFlux()), y=Periodic())

    def matrix(law, **how):
        return Diffusion(law, walls, **how).generator(grid, 1000.0).sparse().toarray()

    laws = djx.diffusivity
    full = matrix(laws.Tensor(jnp.diag(jnp.array([1e-14, 3e-15]))), scheme=scheme)
    pair = matrix(laws.Anisotropic((1e-14, 3e-15)))
    np.testing.assert_allclose(full, pair, atol=1e-13 * abs(pair).max())
    same = matrix(laws.Tensor(1e-14 * jnp.eye(2)), scheme=scheme)
    one = matrix(laws.Constant(1e-14))
    np.testing.assert_allclose(same, one, atol=1e-13 * abs(one).max())


def test_graded_grids_are_second_order_for_aligned_tensors():
    def error(cells):
        axis = djx.grid.graded(0.0, 1.0, cells, 0.3, 0.5 / cells).axes[0]
        other = djx.grid.uniform(0.0, 1.0, cells).axes[0]
        grid = djx.grid.Grid((axis, other), "planar")
        value = lambda x: jnp.cos(2 * x[0]) * jnp.exp(x[1])
        held = FixedValue(lambda t, x: value(x))
        values = lambda x: jnp.stack([1.0 + 0.5 * x[0] * x[1], 0.3 + 0.2 * x[0]])
        law = djx.diffusivity.Custom(lambda c, T, x: values(x))
        equation = Diffusion(law, Walls(held, held))
        flux = lambda x: -values(x) * jax.grad(value)(x)
        made = manufactured.mapped(lambda x: jnp.trace(jax.jacfwd(flux)(x)), grid)
        exact = manufactured.mapped(value, grid)
        found = manufactured.implicit(equation, grid, exact + made, 1.0)
        return float(np.sqrt(np.mean((found - np.asarray(exact)) ** 2)))

    errors = [error(n) for n in (24, 48)]
    np.testing.assert_allclose(observed_order(errors), 2.0, atol=0.2)


def test_volumes_of_graded_grids_weigh_the_symmetry():
    axes = [djx.grid.graded(0.0, 1e-5, n, 4e-6, 1e-6).axes[0] for n in (8, 7)]
    grid = djx.grid.Grid(tuple(axes), "planar")
    law = djx.diffusivity.Anisotropic((1e-14, 3e-15))
    walls = Walls(x=(FixedValue(0.0), NoFlux()))
    generator = Diffusion(law, walls).generator(grid, 1000.0)
    matrix = np.asarray(grid.volumes).reshape(-1, 1) * generator.sparse().toarray()
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-14 * abs(matrix).max())
    inner = matrix.sum(axis=0).reshape(grid.shape)
    np.testing.assert_allclose(inner[1:], 0, atol=1e-14 * abs(matrix).max())
    assert np.all(inner[0] < 0)


def test_entries_are_differentiable_in_the_tensor():
    grid = djx.grid.uniform((0.0, 0.0), (5e-6, 5e-6), (5, 5))
    scheme = Monotone(reach=2)
    c = jnp.asarray(np.random.default_rng(0).normal(size=(5, 5)))

    @jax.jit
    def product(p):
        tensor = 1e-14 * jnp.stack([p[:2], p[1:]])
        law = djx.diffusivity.Custom(lambda c, T, x: tensor)
        return Diffusion(law, scheme=scheme).generator(grid, 1000.0).apply(c)

    p, step = jnp.array([1.0, 0.3, 0.6]), 1e-6
    exact = jax.jit(jax.jacfwd(product))(p)
    units = jnp.eye(3)
    central = [
        (product(p + step * e) - product(p - step * e)) / (2 * step) for e in units
    ]
    np.testing.assert_allclose(
        exact, jnp.stack(central, -1), atol=1e-7 * abs(exact).max()
    )
    # At an isotropic tensor two sets of offsets serve: the derivative is of one side.
    assert np.all(np.isfinite(jax.jit(jax.jacrev(product))(jnp.array([1.0, 0.0, 1.0]))))


@pytest.mark.parametrize(
    "law, grid, sentence",
    [
        (
            djx.diffusivity.Tensor(1e-14 * jnp.eye(3)),
            djx.grid.uniform((0.0, 0.0), (1.0, 1.0), (4, 4)),
            r"on a grid with 2 axes a diffusivity must be .* gives shape \(3, 3\)",
        ),
        (
            djx.diffusivity.Tensor(1e-14 * jnp.eye(2)),
            djx.grid.Grid(
                (djx.grid.graded(0.0, 1.0, 8, 0.5, 0.05).axes[0],) * 2, "planar"
            ),
            "a full tensor needs equal cells along each axis",
        ),
    ],
)
def test_what_a_network_refuses(law, grid, sentence):
    with pytest.raises(ValueError, match=sentence):
        Diffusion(law).network(grid)
