"""The front door in two and three dimensions: bodies that differ between directions."""

from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.grid import Exchange, FixedFlux, FixedValue, NoFlux, Patch, Periodic, Walls

from .helpers import observed_order


BIG, SMALL = 1e-14, 0.2e-14
TURN = djx.tensors.rotation(jnp.pi / 4)
TENSOR = djx.tensors.from_principal(jnp.array([BIG, SMALL]), TURN)
LAW = djx.diffusivity.Tensor(TENSOR)
AROUND = Walls(x=Periodic(), y=Periodic())
HOUR = djx.Anneal(3600.0, 1000.0)


def plane(cells, half=20e-6):
    return djx.grid.uniform((-half, -half), (half, half), (cells, cells))


def spot(x):
    return jnp.exp(-jnp.sum(x**2, axis=-1) / (2 * (5e-6) ** 2))


def l2(found, exact):
    return float(jnp.linalg.norm(found - exact) / jnp.linalg.norm(exact))


def green(cells):
    grid = plane(cells, 50e-6)
    before, time = 7200.0, 7200.0
    source = lambda t: djx.exact.point_source(grid.centres, t, TENSOR, 1e-10)
    equation = djx.equations.Diffusion(LAW, AROUND)
    anneal = djx.Anneal(time, 1000.0)
    solution = djx.solve(equation, grid, source(before), anneal, rtol=1e-5)
    return solution, l2(solution.ys[-1], source(before + time))


def test_a_spot_spreads_as_the_anisotropic_green_function():
    (_, coarse), (solution, fine) = green(48), green(96)
    assert 1.5 < observed_order([coarse, fine])[0] < 2.4
    assert fine < 0.02
    assert float(solution.balance.smallest) >= 0
    assert float(solution.balance.defect) < 1e-12
    assert solution.stats["method"] == "Rkl2"
    assert solution.stats["reason"].startswith("a full tensor")


@pytest.mark.slow
def test_a_spot_on_256_by_256_cells_within_one_percent():
    solution, error = green(256)
    assert error < 0.01
    assert float(solution.balance.smallest) >= 0


def box_error(cells):
    values, lengths = jnp.array([1e-14, 0.5e-14, 0.2e-14]), 20e-6
    grid = djx.grid.uniform((0.0,) * 3, (lengths,) * 3, (cells,) * 3)
    held = FixedValue(1.0)
    law = djx.diffusivity.Anisotropic((1e-14, 0.5e-14, 0.2e-14))
    equation = djx.equations.Diffusion(law, Walls(x=held, y=held, z=held))
    exact = lambda t: djx.exact.box(grid.centres, t, values, lengths, 1.0)
    solution = djx.solve(equation, grid, exact(1000.0), djx.Anneal(3000.0, 1000.0))
    return l2(solution.ys[-1] - 1, exact(4000.0) - 1), solution


def test_a_box_with_three_diffusivities():
    (coarse, _), (fine, solution) = box_error(8), box_error(16)
    assert 1.6 < observed_order([coarse, fine])[0] < 2.5
    assert fine < 0.02
    assert solution.stats["method"] == "Ros2"
    assert "line by line" in solution.stats["reason"]
    balance = solution.balance
    assert balance.openings == tuple(
        f"{axis} {end}" for axis in "xyz" for end in ("lower", "upper")
    )
    # What faces mirror each other see is the same; quicker directions take more in.
    for axis in "xyz":
        lower, upper = (
            balance.through(f"{axis} lower"),
            balance.through(f"{axis} upper"),
        )
        np.testing.assert_allclose(lower, upper, rtol=1e-9)
    assert balance.through("x lower")[-1] > balance.through("z lower")[-1] > 0
    assert float(balance.defect) < 1e-12
    with pytest.raises(ValueError, match=r"must be one of 'x lower', 'x upper', 'y"):
        balance.through("w lower")


def test_a_box_that_exchanges():
    values, rates = jnp.array([BIG, SMALL]), jnp.array([2e-9, 1e-9])
    law = djx.diffusivity.Anisotropic((BIG, SMALL))
    walls = Walls(x=Exchange(2e-9, 1.0), y=Exchange(1e-9, 1.0))
    errors = []
    for cells in (16, 32):
        grid = djx.grid.uniform((0.0, 0.0), (20e-6, 20e-6), (cells, cells))
        exact = lambda t: djx.exact.box_exchange(
            grid.centres, t, values, 20e-6, rates, 1.0
        )
        equation = djx.equations.Diffusion(law, walls)
        solution = djx.solve(equation, grid, exact(1000.0), HOUR, rtol=1e-6)
        errors.append(l2(solution.ys[-1] - 1, exact(4600.0) - 1))
    assert 1.7 < observed_order(errors)[0] < 2.4
    assert errors[-1] < 2e-3


def test_principal_values_with_activation_energies_of_their_own():
    fast = djx.diffusivity.Arrhenius(1e-6, 1.6)
    slow = djx.diffusivity.Arrhenius(1e-8, 1.3)
    law = djx.diffusivity.Anisotropic((fast, slow), TURN)
    times, hot = jnp.array([0.0, 300.0, 600.0]), jnp.array([900.0, 1050.0, 950.0])
    ramp = djx.Ramp(times, hot)
    fine = np.linspace(0, 600, 20001)
    at = jnp.interp(jnp.asarray(fine), times, hot)
    zero = jnp.zeros((), dtype=float)
    point = lambda T: djx.diffusivity.Point(zero, T, jnp.zeros(2))
    tensors = jax.vmap(lambda T: law.at(point(T)))(at)
    spread = jnp.asarray(np.trapezoid(np.asarray(tensors), fine, axis=0))
    first = 2 * (2.5e-6) ** 2 * jnp.eye(2)
    gauss = lambda dt: djx.exact.point_source(grid.centres, 1.0, dt, 1e-10)
    errors = []
    for cells in (32, 64):
        grid = plane(cells, 30e-6)
        equation = djx.equations.Diffusion(law, AROUND)
        solution = djx.solve(equation, grid, gauss(first), ramp, rtol=1e-5)
        errors.append(l2(solution.ys[-1], gauss(first + spread)))
        assert float(solution.balance.smallest) >= 0
    assert 1.5 < observed_order(errors)[0] < 2.4
    assert errors[-1] < 0.02


def everything():
    """Walls, a patch, a source and held cells, together; a law of composition."""
    law = djx.diffusivity.Scaled(LAW, lambda c, T, x: 1 + c**2)
    grid = plane(16)
    south = Patch(lambda x: x[0] < 0, FixedValue(0.5), FixedFlux(-1e-10))
    walls = Walls(
        x=(FixedValue(jnp.linspace(0.1, 0.9, 16)), Exchange(1e-9, lambda t: t / 3600)),
        y=(south, FixedValue(lambda t, x: 0.5 + x[0] / 80e-6)),
    )
    where = jnp.sum((grid.centres - 5e-6) ** 2, axis=-1) < (4e-6) ** 2
    held = djx.equations.Held(where, 0.7)
    made = lambda c, T, x, t: 1e-4 * c * (1 - c)
    equation = djx.equations.Diffusion(law, walls, source=made, held=held)
    return djx.solve(equation, grid, spot, HOUR, save_at=[1800.0, 3600.0]), where


def test_all_openings_at_once_leave_no_defect():
    solution, where = everything()
    balance = solution.balance
    assert balance.openings[4:] == ("source", "held")
    assert float(balance.defect) < 1e-12
    for name in balance.openings:
        assert np.all(np.abs(balance.through(name)) > 0), name
    np.testing.assert_allclose(solution.ys[:, where], 0.7, rtol=1e-12)
    assert float(balance.smallest) >= 0


def test_a_uniform_field_grows_as_its_source_says():
    logistic = lambda c, T, x: 1e-3 * c * (1 - c)
    grid, anneal = plane(16), djx.Anneal(3000.0, 1000.0)
    equation = djx.equations.Diffusion(LAW, AROUND, source=logistic)
    start = jnp.full(grid.shape, 0.1)
    solution = djx.solve(equation, grid, start, anneal, rtol=1e-6)
    exact = 1 / (1 + 9 * np.exp(-3.0))
    np.testing.assert_allclose(solution.ys[-1], exact, rtol=1e-4)
    made = solution.balance.through("source")[-1]
    np.testing.assert_allclose(made, (exact - 0.1) * (40e-6) ** 2, rtol=2e-4)


def disc(cells):
    radius = 20e-6
    x = (np.arange(cells) + 0.5) / cells * 2.2 - 1.1
    far = np.hypot(*np.meshgrid(x, x, indexing="ij")) * radius
    grid = djx.grid.voxels(far < radius, spacing=2.2 * radius / cells)
    law = djx.diffusivity.Constant(BIG)
    equation = djx.equations.Diffusion(law, Walls(surface=FixedValue(1.0)))
    solution = djx.solve(equation, grid, jnp.zeros(grid.shape), HOUR)
    inside = far < radius
    exact = djx.exact.cylinder(far[inside], 3600.0, BIG, radius, 1.0)
    return l2(solution.ys[-1][inside], exact), solution


def test_a_disc_of_voxels_is_a_cylinder_to_first_order():
    (coarse, _), (fine, solution) = disc(16), disc(64)
    assert 0.6 < observed_order([coarse, fine], ratio=4.0)[0] < 2.2
    assert fine < 0.05
    assert solution.balance.openings[-1] == "surface"
    taken = solution.balance.through("surface")[-1]
    part = float(taken) / (np.pi * (20e-6) ** 2)
    whole = float(djx.exact.cylinder_fraction(3600.0, BIG, 20e-6))
    assert abs(part / whole - 1) < 0.05
    assert float(solution.balance.defect) < 1e-12


def test_lines_one_after_the_other_keep_the_books_too():
    law = djx.diffusivity.Anisotropic((BIG, SMALL))
    held = FixedValue(1.0)
    equation = djx.equations.Diffusion(law, Walls(x=held, y=held))
    solution = djx.solve(equation, plane(16), jnp.zeros((16, 16)), HOUR)
    assert float(solution.balance.defect) < 1e-12


def end(tensor, wall, start, adjoint=None, rtol=1e-9):
    grid = plane(10)
    law = djx.diffusivity.Tensor(tensor)
    walls = Walls(x=FixedValue(wall), y=Periodic())
    scheme = djx.schemes.Monotone(reach=1)
    equation = djx.equations.Diffusion(law, walls, scheme=scheme)
    solution = djx.solve(
        equation, grid, start, HOUR, rtol=rtol, adjoint=adjoint, throw=False
    )
    weights = jnp.sin(1e5 * grid.centres[..., 0] + 1.0 + 2e5 * grid.centres[..., 1])
    return jnp.sum(weights * solution.ys[-1])


# Compiled once for all tensors.
RUN, REVERSE = jax.jit(end), jax.jit(jax.grad(end, (0, 1, 2)))
FORWARD = jax.jit(
    jax.jacfwd(lambda d, w, c: end(d, w, c, diffrax.ForwardMode()), (0, 1))
)
MILD = BIG * jnp.array([[1.0, 0.3], [0.3, 0.8]])


@pytest.mark.slow
@pytest.mark.parametrize("tensor", [MILD, BIG * jnp.eye(2)], ids=["full", "isotropic"])
def test_derivatives_in_every_component(tensor):
    """Isotropic is where the offsets switch: the derivative there is one-sided in the
    coupling, and stays finite. The quotient also sees the steps adapt anew, which the
    derivative leaves out: that is why it agrees to 3e-5 only."""
    grid = plane(10)
    x, y = grid.centres[..., 0], grid.centres[..., 1]
    start = jnp.exp(-(x**2 + y**2 + x * y) / (2 * (6e-6) ** 2))
    wall = jnp.asarray(0.3)
    reverse = REVERSE(tensor, wall, start)
    assert all(bool(jnp.all(jnp.isfinite(g))) for g in reverse)
    forward = FORWARD(tensor, wall, start)
    scale = float(jnp.max(abs(forward[0])))
    np.testing.assert_allclose(reverse[0], forward[0], atol=1e-8 * scale)
    np.testing.assert_allclose(reverse[1], forward[1], rtol=1e-8)
    plain, step = RUN, 1e-5
    pushes = [((0, 0),), ((1, 1),)]
    pushes += [((0, 1), (1, 0))] if tensor is MILD else []
    for push in pushes:
        change = jnp.zeros((2, 2))
        for place in push:
            change = change.at[place].set(step * BIG)
        up, down = (plain(tensor + s * change, wall, start) for s in (1.0, -1.0))
        found = float(jnp.sum(forward[0] * change)) / step
        np.testing.assert_allclose(
            found, float(up - down) / 2 / step, atol=1e-5 * scale * BIG
        )
    up, down = (plain(tensor, wall + s * step, start) for s in (1.0, -1.0))
    np.testing.assert_allclose(reverse[1], (up - down) / 2 / step, rtol=3e-5)
    change = step * jnp.cos(1e5 * x)
    up, down = (plain(tensor, wall, start + s * change) for s in (1.0, -1.0))
    found = float(jnp.sum(reverse[2] * change)) / step
    np.testing.assert_allclose(found, float(up - down) / 2 / step, rtol=3e-5)


def test_derivatives_in_an_activation_energy_and_the_temperature():
    grid = plane(10)

    def run(energy, hot):
        fast = djx.diffusivity.Arrhenius(1e-6, energy)
        law = djx.diffusivity.Anisotropic((fast, SMALL), TURN)
        scheme = djx.schemes.Monotone(reach=2)
        equation = djx.equations.Diffusion(law, AROUND, scheme=scheme)
        forward = diffrax.ForwardMode()
        solution = djx.solve(
            equation, grid, spot, djx.Anneal(3600.0, hot), rtol=1e-9, adjoint=forward,
            throw=False,
        )  # fmt: skip
        return jnp.max(solution.ys[-1]), jnp.sum(
            grid.centres[..., 0] ** 2 * 1e10 * solution.ys[-1]
        )  # noqa: E501

    at = (jnp.asarray(1.6), jnp.asarray(1000.0))
    found = jax.jit(jax.jacfwd(run, (0, 1)))(*at)
    plain = jax.jit(run)
    for index, step in enumerate((1e-6, 1e-3)):
        up, down = (
            plain(*(v + s * step * (i == index) for i, v in enumerate(at)))
            for s in (1.0, -1.0)
        )
        for row, high, low in zip(found, up, down):
            # The steps of either run adapt anew: that is in the quotient alone.
            np.testing.assert_allclose(row[index], (high - low) / 2 / step, rtol=1e-5)


@pytest.mark.slow
def test_derivatives_through_three_dimensions_at_an_isotropic_tensor():
    grid = djx.grid.uniform((-10e-6,) * 3, (10e-6,) * 3, (6, 6, 6))
    around = Walls(x=Periodic(), y=Periodic(), z=Periodic())

    def run(tensor, adjoint=None):
        scheme = djx.schemes.Monotone(reach=1)
        law = djx.diffusivity.Tensor(tensor)
        equation = djx.equations.Diffusion(law, around, scheme=scheme)
        solution = djx.solve(
            equation, grid, spot, djx.Anneal(300.0, 1000.0), rtol=1e-8, throw=False,
            adjoint=adjoint,
        )  # fmt: skip
        return jnp.max(solution.ys[-1])

    at = BIG * jnp.eye(3)
    reverse = jax.jit(jax.grad(run))(at)
    assert bool(jnp.all(jnp.isfinite(reverse)))
    forward = jax.jit(jax.jacfwd(lambda d: run(d, diffrax.ForwardMode())))(at)
    scale = float(jnp.max(abs(forward)))
    np.testing.assert_allclose(reverse, forward, atol=1e-8 * scale)


def test_one_program_for_all_tensors_and_vmap_is_a_loop():
    grid, traces = plane(10), []
    start = djx.grid.cell_averages(grid, spot)

    @jax.jit
    def run(tensor):
        traces.append(1)
        law = djx.diffusivity.Custom(lambda c, T, x: tensor)
        equation = djx.equations.Diffusion(law, AROUND)
        return djx.solve(equation, grid, start, HOUR, throw=False).ys[-1]

    angles = jnp.linspace(0.0, jnp.pi, 64)
    values = jnp.broadcast_to(jnp.array([BIG, SMALL]), (64, 2))
    tensors = djx.tensors.from_principal(values, djx.tensors.rotation(angles))
    loop = jnp.stack([run(tensor) for tensor in tensors])
    assert len(traces) == 1
    together = jax.jit(jax.vmap(run))(tensors)
    np.testing.assert_allclose(together, loop, atol=1e-12)


def test_single_precision_throughout():
    grid, start = plane(16), djx.grid.cell_averages(plane(16), spot)
    single = lambda tree: jax.tree.map(
        lambda x: x.astype(jnp.float32) if eqx.is_inexact_array(x) else x, tree
    )
    equation = djx.equations.Diffusion(LAW, AROUND)
    double = djx.solve(equation, grid, 1 + 1e-3 * start, HOUR)
    given = single((equation, grid, 1 + 1e-3 * start, HOUR))
    found = djx.solve(*given)
    for leaf in (found.ys, found.ts, found.balance.entered, found.balance.defect):
        assert leaf.dtype == jnp.float32
    # A tenth of a per cent on a background of one: to a per cent of itself, and the
    # whole field to a few round-offs.
    gap = np.asarray(found.ys[-1], dtype=float) - np.asarray(double.ys[-1])
    assert np.max(np.abs(gap)) < 1e-5
    assert np.max(np.abs(gap)) < 0.01 * float(jnp.max(double.ys[-1]) - 1)
    assert float(found.balance.defect) < 1e-5


STEEP = djx.tensors.from_principal(
    BIG * jnp.array([1.0, 1e-5]), djx.tensors.rotation(0.3)
)
GRID = plane(16)
ONES = jnp.ones(GRID.shape)


GRADED = djx.grid.Grid(
    (djx.grid.graded(0.0, 1e-5, 16, 0.0, 1e-7).axes[0], GRID.axes[0]), "planar"
)


def refused(law: Any = LAW, walls=None, grid=GRID, scheme=None, held=None):
    equation = djx.equations.Diffusion(law, walls, scheme=scheme, held=held)
    djx.solve(equation, grid, jnp.ones(grid.shape), HOUR)


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda: djx.diffusivity.Tensor(BIG * jnp.array([[1.0, 0.2], [0.1, 1.0]])),
            "symmetric",
        ),
        (
            lambda: djx.diffusivity.Tensor(BIG * jnp.array([[1.0, 2.0], [2.0, 1.0]])),
            r"-1e-14",
        ),
        (
            lambda: refused(lambda c, T, x: BIG * jnp.array([[1.0, 2.0], [2.0, 1.0]])),
            r"-1e-14",
        ),
        (
            lambda: refused(lambda c, T, x: BIG * jnp.ones(3)),
            r"2 values along the axes or a 2 by 2 tensor; .* shape \(3,\)",
        ),
        (
            lambda: refused(grid=GRADED),
            "a full tensor needs equal cells along each axis",
        ),
        (lambda: Walls(x=(Periodic(), NoFlux())), "joins both walls of an axis"),
        (
            lambda: refused(djx.diffusivity.Tensor(STEEP)),
            "too anisotropic .* 1e\\+05 .* cells",
        ),  # noqa: E501
        (
            lambda: refused(
                scheme=djx.schemes.Monotone(reach=1),
                law=djx.diffusivity.Tensor(
                    djx.tensors.from_principal(
                        BIG * jnp.array([1.0, 0.05]), djx.tensors.rotation(0.3)
                    )
                ),
            ),  # noqa: E501
            r"ratio of its eigenvalues reaches 20 and its bonds . cells, more than 1",
        ),
        (lambda: djx.grid.voxels(np.zeros((4, 4), bool), 1e-6), "nothing inside"),
        (lambda: refused(walls=Walls(z=FixedValue(1.0))), "2 axes and no z"),
        (
            lambda: refused(walls=Walls(x=FixedValue(jnp.ones(5)))),
            r"one value per cell along it, shape \(16,\); got \(5,\)",
        ),
        (
            lambda: refused(held=djx.equations.Held(jnp.ones((3, 3), bool), 1.0)),
            r"shape of the grid, \(16, 16\); got \(3, 3\)",
        ),
        (lambda: refused(walls=Walls(surface=FixedValue(1.0))), "grid with a mask"),
    ],
)
def test_bad_input_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_too_few_steps_is_told():
    equation = djx.equations.Diffusion(LAW, AROUND)
    with pytest.raises(eqx.EquinoxRuntimeError, match="maximum number of solver steps"):
        djx.solve(equation, GRID, spot, HOUR, max_steps=3)


def test_a_tensor_that_outgrows_its_offsets_is_told():
    """Traced, the scheme has no tensor to choose its offsets by."""
    grid, start = plane(10), djx.grid.cell_averages(plane(10), spot)
    scheme = djx.schemes.Monotone(reach=1)

    @eqx.filter_jit
    def run(tensor):
        law = djx.diffusivity.Tensor(tensor)
        equation = djx.equations.Diffusion(law, AROUND, scheme=scheme)
        return djx.solve(equation, grid, start, HOUR, throw=False)

    beyond = djx.tensors.from_principal(
        BIG * jnp.array([1.0, 0.02]), djx.tensors.rotation(0.3)
    )
    assert bool(run(beyond).result == djx.RESULTS.tensor_beyond_reach)
    assert bool(run(MILD).result == djx.RESULTS.successful)
    sentence = str(djx.RESULTS[djx.RESULTS.tensor_beyond_reach])
    assert "Monotone(reach=...)" in sentence and "Central()" in sentence
