"""The front door with forces: Boltzmann, orders, positivity, derivatives."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations import Diffusion
from diffjax.fluxes import Drift
from diffjax.grid import FixedValue, NoFlux, Periodic, Walls
from diffjax.potentials import BodyForce, Energy, Field
from diffjax.schemes import Central, Monotone

from . import manufactured
from .helpers import observed_order, validation_row


D, LENGTH, HOT = 1e-14, 1e-6, 1000.0
KT = djx.BOLTZMANN_EV * HOT
TURN = {
    2: djx.tensors.rotation(0.4),
    3: djx.tensors.rotation_from_euler(jnp.array([0.3, 0.5, 0.7])),
}


def law_of(dimension, anisotropy):
    if dimension == 1:
        return djx.diffusivity.Constant(D)
    values = D * jnp.array([1.0] * (dimension - 1) + [1 / anisotropy])
    return djx.diffusivity.Tensor(djx.tensors.from_principal(values, TURN[dimension]))


def waves(x):
    """A potential of wells and hills, -20 to 20 kT, in eV."""
    phase = 2 * jnp.pi * 0.9 * jnp.atleast_1d(x) / LENGTH + 0.3
    return 20 * KT * jnp.prod(jnp.sin(phase))


def grid_of(dimension, cells):
    if dimension == 1:
        return djx.grid.uniform(0.0, LENGTH, cells)
    ends = ((0.0,) * dimension, (LENGTH,) * dimension)
    return djx.grid.uniform(*ends, (cells,) * dimension)


def boltzmann(grid, potential, hot=HOT):
    at = potential
    for _ in range(grid.dimension):
        at = jax.vmap(at)
    level = at(grid.centres) / (djx.BOLTZMANN_EV * hot)
    return jnp.exp(-level)


SLOW = pytest.mark.slow
CASES = [
    (1, 1.0, 64),
    (2, 1.0, 24),
    (2, 1e4, 24),
    pytest.param(3, 1e4, 8, marks=SLOW),
]


@pytest.mark.parametrize("dimension, anisotropy, cells", CASES)
def test_boltzmanns_distribution_rests_to_round_off(dimension, anisotropy, cells):
    grid = grid_of(dimension, cells)
    equation = Diffusion(Drift(law_of(dimension, anisotropy), waves))
    generator = equation.generator(grid, HOT)
    c = boltzmann(grid, waves)
    # Against what each cell gives and takes.
    gross = -generator.diagonal * c
    residual = jnp.abs(generator.apply(c)) / gross
    assert float(jnp.max(residual)) < 1e-13
    assert float(generator.smallest_rate) >= 0
    if anisotropy > 1 or dimension == 1:
        validation_row(
            f"Boltzmann's distribution in {dimension}-D, 40 kT, anisotropy "
            f"{anisotropy:.0e}",
            "nothing; largest change over what passes a cell",
            None,
            float(jnp.max(residual)),
            f"{cells} cells an axis",
        )


def test_central_bonds_leave_it_at_rest_too():
    grid = grid_of(2, 24)
    equation = Diffusion(Drift(law_of(2, 100.0), waves), scheme=Central())
    generator = equation.generator(grid, HOT)
    c = boltzmann(grid, waves)
    out = [jnp.abs(r) for k in range(4) for r in generator.departures(k)]
    gross = jnp.sum(jnp.stack(out), axis=0) * c
    assert float(jnp.max(jnp.abs(generator.apply(c)) / gross)) < 1e-13


def bowl(x):
    """A potential with one low, 20 kT deep, in eV."""
    return 20 * KT * jnp.sum((jnp.atleast_1d(x) / LENGTH - 0.4) ** 2)


@pytest.mark.parametrize(
    "dimension, anisotropy, cells",
    [(1, 1.0, 40), (2, 50.0, 20), pytest.param(3, 4.0, 8, marks=SLOW)],
)
def test_an_even_start_relaxes_to_it(dimension, anisotropy, cells):
    grid = grid_of(dimension, cells)
    equation = Diffusion(Drift(law_of(dimension, anisotropy), bowl))
    anneal = djx.Anneal(anisotropy * 3 * LENGTH**2 / D, HOT)
    solution = djx.solve(equation, grid, jnp.full(grid.shape, 0.01), anneal, rtol=1e-8)
    assert float(solution.balance.defect) < 1e-12
    assert float(solution.balance.smallest) >= 0
    c = boltzmann(grid, bowl)
    exact = 0.01 * c / jnp.mean(c)
    error = jnp.max(jnp.abs(solution.ys[-1] - exact)) / jnp.max(exact)
    assert float(error) < 1e-6
    steady = djx.steady_state(equation, grid, HOT, guess=0.01)
    np.testing.assert_allclose(steady.composition, exact, rtol=1e-13)
    assert int(steady.iterations) == 0


LEVEL = lambda x: (
    1.5 * jnp.sin(2 * jnp.pi * x[0] / manufactured.LENGTH + 0.2)
    + 0.7 * jnp.cos(2 * jnp.pi * x[1] / manufactured.LENGTH)
)


@pytest.mark.parametrize(
    "kind, scheme",
    [
        ("periodic", Monotone()),
        pytest.param("value", Monotone(), marks=pytest.mark.slow),
        pytest.param("flux", Monotone(), marks=pytest.mark.slow),
        pytest.param("exchange", Monotone(), marks=pytest.mark.slow),
        pytest.param("value", Central(), marks=pytest.mark.slow),
        pytest.param("flux", Central(), marks=pytest.mark.slow),
    ],
)
def test_second_order_with_a_tensor_that_turns(kind, scheme):
    errors = [
        manufactured.error_of(kind, 3.0, n, scheme, level=LEVEL)[0] for n in (16, 32)
    ]
    order = observed_order(errors)[-1]
    assert 1.85 < order < 2.15
    name = type(scheme).__name__.lower()
    validation_row(
        f"drift and a turning tensor in 2-D, {kind} walls, {name} scheme",
        "manufactured solution, relative root mean square error",
        order,
        errors[-1],
        "32² cells",
    )


def test_a_constant_drift_is_exact_at_every_centre_of_ten_cells():
    # Between two held ends, c = A + B exp(F x / kT).
    force, ends = 8 * KT / LENGTH, (1.0, 0.2)
    grid = djx.grid.uniform(0.0, LENGTH, 10)
    walls = Walls(x=(FixedValue(ends[0]), FixedValue(ends[1])))
    equation = Diffusion(Drift(law_of(1, 1), BodyForce(force)), walls)
    steady = djx.steady_state(equation, grid, HOT, guess=0.5)
    rise = lambda x: np.expm1(force / KT * x) / np.expm1(force / KT * LENGTH)
    exact = ends[0] + (ends[1] - ends[0]) * rise(np.asarray(grid.centres))
    error = np.abs(np.asarray(steady.composition) - exact).max()
    assert error < 1e-12
    validation_row(
        "constant drift of 8 kT between held ends",
        "exponential profile at the centres, largest error",
        None,
        error,
        "10 cells",
    )


def test_a_pulse_drifts_at_einsteins_velocity_and_spreads_as_without_a_force():
    grid = djx.grid.uniform(0.0, 20 * LENGTH, 400)
    x, force, time = np.asarray(grid.centres), 2 * KT / LENGTH, 100.0
    start = jnp.asarray(np.exp(-(((x - 6 * LENGTH) / LENGTH) ** 2) / 2))
    equation = Diffusion(Drift(law_of(1, 1), BodyForce(force)))
    end = djx.solve(equation, grid, start, djx.Anneal(time, HOT), rtol=1e-8).ys[-1]
    end = np.asarray(end)
    middle = np.sum(x * end) / np.sum(end)
    np.testing.assert_allclose(middle - 6 * LENGTH, D * force / KT * time, rtol=1e-5)
    width = np.sum((x - middle) ** 2 * end) / np.sum(end)
    np.testing.assert_allclose(width, LENGTH**2 + 2 * D * time, rtol=3e-3)


@pytest.mark.parametrize("geometry", ["cylindrical", "spherical"])
def test_boltzmann_in_round_bodies(geometry):
    grid = djx.grid.uniform(0.0, LENGTH, 20, geometry)
    equation = Diffusion(Drift(law_of(1, 1), bowl))
    steady = djx.steady_state(equation, grid, HOT, guess=0.01)
    exact = boltzmann(grid, bowl)
    exact = exact * 0.01 * jnp.sum(grid.volumes) / jnp.sum(grid.volumes * exact)
    np.testing.assert_allclose(steady.composition, exact, rtol=1e-13)
    solution = djx.solve(
        equation, grid, exact, djx.Anneal(1e3, HOT), rtol=1e-8, atol=1e-12
    )
    np.testing.assert_allclose(solution.ys[-1], exact, rtol=1e-9)


def test_a_graded_plane_rests():
    faces = djx.grid.graded(0.0, LENGTH, 14, 0.4 * LENGTH, 0.02 * LENGTH).faces
    grid = djx.grid.from_faces((faces, faces))
    law = djx.diffusivity.Anisotropic((D, 0.3 * D))
    equation = Diffusion(Drift(law, bowl))
    generator = equation.generator(grid, HOT)
    c = boltzmann(grid, bowl)
    residual = jnp.abs(generator.apply(c)) / (-generator.diagonal * c)
    assert float(jnp.max(residual)) < 1e-13


def test_a_body_of_voxels_rests_in_one_piece_and_in_two():
    solid = np.ones((12, 10), bool)
    solid[3:6, 2:5] = False
    grid = djx.grid.voxels(solid, LENGTH / 10)
    equation = Diffusion(Drift(law_of(2, 4.0), bowl))
    steady = djx.steady_state(equation, grid, HOT, guess=0.01)
    assert int(steady.iterations) == 0
    c = jnp.where(solid, boltzmann(grid, bowl), 0.0)
    exact = 0.01 * c * float(solid.sum()) / jnp.sum(c)
    np.testing.assert_allclose(
        np.asarray(steady.composition)[solid], np.asarray(exact)[solid], rtol=1e-12
    )
    np.testing.assert_allclose(steady.rates, 0.0, atol=1e-25)
    # Cut in two, each part keeps its own amount.
    solid[6] = False
    grid = djx.grid.voxels(solid, LENGTH / 10)
    equation = Diffusion(Drift(law_of(2, 1.0), bowl))
    steady = djx.steady_state(equation, grid, HOT, guess=0.01)
    for part in (slice(None, 6), slice(7, None)):
        inside = solid[part]
        c = np.where(inside, boltzmann(grid, bowl)[part], 0.0)
        exact = 0.01 * c * inside.sum() / c.sum()
        found = np.asarray(steady.composition)[part]
        np.testing.assert_allclose(found[inside], exact[inside], rtol=1e-12)


def transient(diffusivity, depth, centre, hot=HOT):
    """The end of a run in a well, as a function of what one may fit."""
    grid = djx.grid.uniform((0.0, 0.0), (LENGTH, LENGTH), (8, 6))
    tensor = diffusivity * djx.tensors.from_principal(jnp.array([1.0, 0.3]), TURN[2])
    well = lambda x: depth * jnp.sum((x / LENGTH - centre) ** 2)
    equation = Diffusion(Drift(djx.diffusivity.Tensor(tensor), well))
    start = jnp.full(grid.shape, 0.01)
    anneal = djx.Anneal(5.0, hot)
    offsets = ((1, 0), (0, 1), (1, 1))
    equation = eqx.tree_at(lambda e: e.scheme, equation, Monotone(offsets=offsets))
    end = djx.solve(equation, grid, start, anneal, rtol=1e-9).ys[-1]
    return jnp.sum(end * grid.centres[..., 0]) / LENGTH


POINT = (D, 10 * KT, 0.3, HOT)


@pytest.mark.slow
def test_derivatives_through_a_run_agree_with_differences():
    run = jax.jit(transient)
    reverse = jax.jit(jax.grad(transient, argnums=(0, 1, 2, 3)))(*POINT)
    for k, value in enumerate(POINT):
        shift = 3e-3 * value
        at = lambda n: run(*(v + n * shift * (i == k) for i, v in enumerate(POINT)))
        # Of fourth order, and wide: the steps of each run adapt anew.
        quotient = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * shift)
        np.testing.assert_allclose(reverse[k], quotient, rtol=1e-6)


@pytest.mark.slow
def test_many_wells_at_once():
    depths = jnp.array([2.0, 10.0]) * KT
    many = jax.jit(jax.vmap(lambda depth: transient(D, depth, 0.3)))(depths)
    alone = [transient(D, depth, 0.3) for depth in depths]
    np.testing.assert_allclose(many, alone, rtol=1e-8)


def test_the_state_at_rest_is_differentiable():
    grid = djx.grid.uniform(0.0, LENGTH, 10)

    def low(depth, amount):
        well = lambda x: depth * (x / LENGTH - 0.3) ** 2
        equation = Diffusion(Drift(law_of(1, 1), well))
        return djx.steady_state(equation, grid, HOT, guess=amount).composition[2]

    slopes = jax.grad(low, argnums=(0, 1))(10 * KT, 0.02)
    h = 1e-5 * KT
    quotient = (low(10 * KT + h, 0.02) - low(10 * KT - h, 0.02)) / (2 * h)
    np.testing.assert_allclose(slopes[0], quotient, rtol=1e-6)
    np.testing.assert_allclose(slopes[1], low(10 * KT, 0.02) / 0.02, rtol=1e-10)


def test_forces_that_come_and_go_and_temperatures_that_ramp():
    # A force that is switched on half way, on a ramp of the temperature.
    grid = djx.grid.uniform(0.0, LENGTH, 16)
    pull = Energy(lambda x, T, t: jnp.where(t < 50.0, 0.0, -5 * KT * x / LENGTH))
    equation = Diffusion(Drift(djx.diffusivity.Arrhenius(1e-6, 1.6), pull))
    anneal = djx.Ramp([0.0, 100.0, 2000.0], [900.0, 1000.0, 1100.0])
    times = [40.0, 2000.0]
    solution = djx.solve(
        equation, grid, jnp.full(16, 0.1), anneal, save_at=times, rtol=1e-7
    )
    np.testing.assert_allclose(solution.ys[0], 0.1, rtol=1e-12)
    assert float(solution.balance.defect) < 1e-12
    assert solution.ys[-1][-1] > 3 * solution.ys[-1][0]


def test_single_precision():
    grid = grid_of(2, 12)
    equation = Diffusion(Drift(law_of(2, 4.0), bowl))
    given = equation, grid, jnp.full(grid.shape, 0.01), djx.Anneal(8e2, HOT)
    single = jax.tree.map(
        lambda x: x.astype(jnp.float32) if eqx.is_inexact_array(x) else x, given
    )
    end = djx.solve(*single, rtol=1e-4).ys[-1]
    assert end.dtype == jnp.float32
    c = boltzmann(grid_of(2, 12), bowl)
    exact = np.asarray(0.01 * c / jnp.mean(c))
    assert np.abs(np.asarray(end, float) - exact).max() < 1e-3 * exact.max()


@pytest.mark.slow
def test_everything_at_once():
    # A tensor of composition, a field on the grid, a force, a source and open walls.
    grid = djx.grid.uniform((0.0, 0.0), (LENGTH, LENGTH), (8, 8))
    values = 0.5 * KT * np.random.default_rng(4).normal(size=(8, 8))
    scaled = djx.diffusivity.Scaled(law_of(2, 4.0), lambda c, T, x: 1 + c)
    potential = Field(grid, values) + BodyForce((2 * KT / LENGTH, 0.0))
    walls = Walls(x=(FixedValue(0.2), FixedValue(0.1)), y=(NoFlux(), NoFlux()))
    equation = Diffusion(
        Drift(scaled, potential), walls, source=lambda c, T, x: 1e-4 * (0.5 - c)
    )
    start = jnp.full(grid.shape, 0.1)
    solution = djx.solve(equation, grid, start, djx.Anneal(1e3, HOT), rtol=1e-7)
    assert float(solution.balance.defect) < 1e-12
    steady = djx.steady_state(equation, grid, HOT, guess=0.1)
    np.testing.assert_allclose(solution.ys[-1], steady.composition, rtol=1e-5)


def test_walls_that_hold_boltzmanns_values_change_nothing():
    grid = djx.grid.uniform((0.0, 0.0), (LENGTH, LENGTH), (12, 10))
    shallow = lambda x: 0.1 * bowl(x)
    held = FixedValue(lambda t, x: 0.1 * jnp.exp(-shallow(x) / KT))
    law = djx.diffusivity.Anisotropic((D, 0.3 * D))
    equation = Diffusion(Drift(law, shallow), Walls(x=held, y=held))
    steady = djx.steady_state(equation, grid, HOT, guess=0.1)
    exact = 0.1 * boltzmann(grid, shallow)
    np.testing.assert_allclose(steady.composition, exact, rtol=1e-8)


def test_a_ring_with_a_potential_that_closes():
    grid = djx.grid.uniform(0.0, LENGTH, 24)
    wave = lambda x: 3 * KT * jnp.cos(2 * jnp.pi * x / LENGTH)
    equation = Diffusion(Drift(law_of(1, 1), wave), Walls(x=Periodic()))
    anneal = djx.Anneal(100 * LENGTH**2 / D, HOT)
    end = djx.solve(equation, grid, jnp.full(24, 0.1), anneal, rtol=1e-8).ys[-1]
    c = boltzmann(grid, wave)
    np.testing.assert_allclose(end, 0.1 * c / jnp.mean(c), rtol=1e-6)


def test_a_potential_that_is_not_finite_is_refused_before_any_work():
    grid = djx.grid.uniform((0.0, 0.0), (LENGTH, LENGTH), (4, 4))
    line = lambda x: -0.1 * LENGTH / jnp.sqrt(jnp.sum((x - 0.125 * LENGTH) ** 2))
    equation = Diffusion(Drift(law_of(2, 1.0), line))
    with pytest.raises(ValueError, match=r"potential must be finite.*cell \(0, 0\)"):
        djx.solve(equation, grid, jnp.ones((4, 4)), djx.Anneal(1.0, HOT))
