import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_bvp

import diffjax as djx
from diffjax.equations import similarity

from ..helpers import observed_order, validation_row


T = 1273.0
TIME = 3.6e5
LAW = djx.diffusivity.LogSpline(
    [0, 0.25, 0.5, 0.75, 1], [5e-13, 4e-13, 3.5e-13, 2.5e-13, 1e-13]
)


def test_order_against_the_error_function():
    x = jnp.linspace(-1e-3, 1e-3, 801)
    law = djx.diffusivity.Constant(3e-13)
    exact = djx.exact.couple(x, TIME, 3e-13, 0.9, 0.2)
    errors = [
        float(
            jnp.max(jnp.abs(similarity(law, 0.9, 0.2, T, cells=n).at(x, TIME) - exact))
        )
        for n in (200, 400)
    ]
    orders = observed_order(errors)
    np.testing.assert_allclose(orders, 2.0, atol=0.15)
    validation_row(
        "similarity solution of a couple, constant D",
        "error function, largest absolute error",
        orders[-1],
        errors[-1],
        "400 cells",
    )


def test_half_space_against_the_error_function():
    x = jnp.linspace(0.0, 1e-3, 401)
    law = djx.diffusivity.Constant(3e-13)
    exact = djx.exact.half_space(x, TIME, 3e-13, 0.9, 0.2)
    errors = [
        float(
            jnp.max(
                jnp.abs(
                    similarity(law, 0.9, 0.2, T, cells=n, half_space=True).at(x, TIME)
                    - exact
                )
            )
        )
        for n in (200, 400)
    ]
    np.testing.assert_allclose(observed_order(errors), 2.0, atol=0.2)


def test_against_the_boundary_value_solver_of_scipy():
    """An oracle that we did not write, for D(c)."""
    left, right = 0.0, 1.0
    law = djx.diffusivity.Exponential(5e-13, -1.6)
    unit = np.sqrt(5e-13)

    def equations(s, y):
        c, g = y
        d = np.exp(-1.6 * c)
        return np.vstack([g / d, -0.5 * s * g / d])

    s = np.linspace(-8, 8, 400)
    guess = np.vstack([0.5 * (1 + np.tanh(s)), 0.3 * np.exp(-(s**2))])
    ends = lambda a, b: np.array([a[0] - left, b[0] - right])
    oracle = solve_bvp(equations, ends, s, guess, tol=1e-9, max_nodes=100000)
    assert oracle.success
    inner = np.linspace(-4, 4, 300)
    mine = similarity(law, left, right, T).at(inner * unit * np.sqrt(TIME), TIME)
    np.testing.assert_allclose(mine, oracle.sol(inner)[0], atol=2e-5)


@pytest.mark.parametrize("slope", [-12.0, -3.0, 5.0, 12.0])
def test_monotone_and_balanced_for_any_contrast(slope):
    couple = similarity(djx.diffusivity.Exponential(1e-14, slope), 0.1, 0.9, T)
    c, eta = np.asarray(couple.composition), np.asarray(couple.eta)
    assert np.diff(c).min() >= -1e-14
    # The origin is the Matano plane: as much on one side as is missing on the other.
    excess = np.where(eta > 0, c - 0.9, c - 0.1)
    gained = np.trapezoid(np.where(eta <= 0, excess, 0), eta)
    lost = np.trapezoid(np.where(eta >= 0, excess, 0), eta)
    assert abs(gained + lost) < 2e-3 * gained


def test_the_march_arrives_at_the_same_profile():
    grid = djx.grid.graded(-2e-3, 2e-3, 600, 0.0, 2e-6)
    solution = djx.solve(
        djx.equations.Diffusion(LAW),
        grid,
        djx.grid.step(grid, 0.0, 0.0, 1.0),
        djx.Anneal(TIME, T),
        rtol=1e-6,
    )
    x = jnp.linspace(-1.2e-3, 1.2e-3, 201)
    couple = similarity(LAW, 0.0, 1.0, T)
    np.testing.assert_allclose(solution.at(x), couple.at(x, TIME), atol=2e-5)


def test_boltzmann_collapse():
    couple = similarity(LAW, 0.0, 1.0, T)
    eta = jnp.linspace(-1e-6, 1e-6, 51)
    profiles = [couple.at(eta * jnp.sqrt(t), t) for t in (1.0, 1e3, 1e6)]
    for profile in profiles[1:]:
        np.testing.assert_allclose(profile, profiles[0], atol=1e-14)


def predict(log_values, left, right, temperature, origin, x):
    law = eqx.tree_at(lambda l: l.log_values, LAW, log_values)
    law = djx.diffusivity.Activated(law, 2.0, T)
    couple = similarity(law, left, right, temperature, throw=False)
    return couple.at(x - origin, TIME)


def test_derivatives_are_exact():
    """Forward, reverse and differences agree in every argument."""
    x = jnp.linspace(-6e-4, 6e-4, 41)
    start = (LAW.log_values, *map(jnp.asarray, (0.02, 0.97, T, 1e-5)))
    run = jax.jit(predict)
    forward = jax.jit(jax.jacfwd(predict, range(5)))(*start, x)
    reverse = jax.jit(jax.jacrev(predict, range(5)))(*start, x)
    for a, b in zip(forward, reverse):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    for index, h in ((1, 1e-6), (2, 1e-6), (3, 1e-3)):
        moved = lambda by: [v + by * (i == index) for i, v in enumerate(start)]
        up, down = (run(*moved(sign * h), x) for sign in (1, -1))
        differences = (up - down) / (2 * h)
        np.testing.assert_allclose(forward[index], differences, rtol=1e-6, atol=1e-9)
    direction = jnp.array([1.0, -2.0, 0.5, 0.3, -0.7])
    h = 1e-5
    up, down = (run(start[0] + s * h * direction, *start[1:], x) for s in (1, -1))
    differences = (up - down) / (2 * h)
    np.testing.assert_allclose(forward[0] @ direction, differences, atol=1e-8)


def test_one_program_for_all_values():
    traces = []

    @jax.jit
    def run(law, left, right, temperature, x):
        traces.append(1)
        return similarity(law, left, right, temperature, throw=False).at(x, TIME)

    for k in range(4):
        law = djx.diffusivity.LogSpline([0.0, 0.5, 1.0], (1 + k) * np.ones(3) * 1e-13)
        run(law, 0.01 * k, 1.0 - 0.01 * k, 1200.0 + k, jnp.linspace(0, 1e-3, 11) + k)
    assert len(traces) == 1


def test_vmap_over_couples():
    ends = jnp.array([0.0, 0.1, 0.2])
    run = lambda left: similarity(LAW, left, 1.0, T, throw=False).at(1e-4, TIME)
    one_by_one = jnp.stack([run(left) for left in ends])
    np.testing.assert_allclose(jax.vmap(run)(ends), one_by_one, rtol=1e-12)


def test_float32():
    law = djx.diffusivity.Exponential(np.float32(5e-13), np.float32(-1.2))
    args = (np.float32(0.0), np.float32(1.0), np.float32(T))
    single = similarity(law, *args)
    assert single.composition.dtype == jnp.float32
    double = similarity(djx.diffusivity.Exponential(5e-13, -1.2), 0.0, 1.0, T)
    np.testing.assert_allclose(single.composition, double.composition, atol=2e-5)


def test_a_hopeless_law_says_so():
    law = djx.diffusivity.Custom(lambda c, temperature, x: 1e-14 * x)
    with pytest.raises(eqx.EquinoxRuntimeError, match="did not converge"):
        similarity(law, 0.0, 1.0, T)
    quiet = similarity(law, 0.0, 1.0, T, throw=False)
    assert bool(quiet.result == djx.RESULTS.similarity_not_converged)


@pytest.mark.parametrize(
    "change, sentence",
    [
        (dict(cells=3), r"`similarity\(cells=...\)` must be an integer >= 20; got 3"),
        (dict(left=np.nan), r"`similarity\(left=...\)` must be one finite number"),
        (
            dict(temperature=-1.0),
            r"`similarity\(temperature=...\)` must be .*> 0 \(K\)",
        ),
    ],
)
def test_bad_input_is_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        similarity(LAW, **(dict(left=0.0, right=1.0, temperature=T) | change))
