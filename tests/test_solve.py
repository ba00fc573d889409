"""The front door: what it refuses, what it gives back, how often it is compiled."""

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx


D = 1e-14
CELLS = 40
GRID = djx.grid.uniform(-2e-6, 2e-6, CELLS)
START = djx.grid.step(GRID, 0.0, 1.0, 0.0)
LAW = djx.diffusivity.Exponential(D, -1.0)
EQUATION = djx.equations.Diffusion(LAW)
ANNEAL = djx.Anneal(60.0, 1000.0)


def end(law_value, slope, left, adjoint=None):
    law = djx.diffusivity.Exponential(law_value, slope)
    walls = djx.grid.Walls(x=(djx.grid.FixedValue(left), djx.grid.NoFlux()))
    equation = djx.equations.Diffusion(law, walls)
    return djx.solve(
        equation, GRID, START, ANNEAL, adjoint=adjoint, rtol=1e-7, throw=False
    ).ys[-1]


AT = tuple(map(jnp.asarray, (D, -1.0, 0.9)))
STEP = (1e-6 * D, 1e-6, 1e-6)


def differences(function, index):
    up = [v + STEP[i] * (i == index) for i, v in enumerate(AT)]
    down = [v - STEP[i] * (i == index) for i, v in enumerate(AT)]
    return (function(*up) - function(*down)) / (2 * STEP[index])


def test_forward_and_reverse_against_differences():
    forward = jax.jit(
        jax.jacfwd(lambda *p: end(*p, adjoint=diffrax.ForwardMode()), range(3))
    )(*AT)
    weights = jnp.sin(jnp.arange(CELLS))
    reverse = jax.jit(jax.grad(lambda *p: weights @ end(*p), range(3)))(*AT)
    for index in range(3):
        by_hand = differences(jax.jit(end), index)
        scale = float(jnp.max(jnp.abs(by_hand)))
        # The step control differs a little between the two runs of a difference.
        np.testing.assert_allclose(forward[index], by_hand, atol=1e-5 * scale)
        np.testing.assert_allclose(
            reverse[index], weights @ forward[index], rtol=1e-9, atol=1e-12 * scale
        )


def test_one_program_for_all_values():
    traces = []

    @eqx.filter_jit
    def run(*args):
        traces.append(1)
        return djx.solve(*args, throw=False).ys

    for k in range(4):
        law = djx.diffusivity.Exponential((1 + k) * D, -0.1 * k)
        anneal = djx.Anneal(60.0 + k, 1000.0 + k)
        run(djx.equations.Diffusion(law), GRID, START + k, anneal)
    assert len(traces) == 1


def test_the_door_itself_compiles_once():
    from diffjax import _solve

    def sizes():
        return _solve._solve._cached._cache_size()  # pyright: ignore

    djx.solve(EQUATION, GRID, START, ANNEAL)
    before = sizes()
    for k in range(3):
        law = djx.diffusivity.Exponential((2 + k) * D, -0.1 * k)
        anneal = djx.Anneal(70.0 + k, 1100.0 + k)
        djx.solve(djx.equations.Diffusion(law), GRID, 0.5 * START, anneal, rtol=1e-3)
    assert sizes() == before


def test_vmap():
    values = jnp.array([D, 2 * D])
    run = lambda v: end(v, jnp.asarray(-1.0), jnp.asarray(0.9))
    one_by_one = jnp.stack([jax.jit(run)(v) for v in values])
    # Members share the steps of neither: each keeps its own tolerance.
    np.testing.assert_allclose(jax.jit(jax.vmap(run))(values), one_by_one, atol=1e-10)


@pytest.mark.parametrize(
    "method", [djx.stepping.Rodas3(), diffrax.Kvaerno3(), diffrax.Tsit5()]
)
def test_other_solvers_of_diffrax_work_unchanged(method):
    mine = djx.solve(EQUATION, GRID, START, ANNEAL, rtol=1e-6)
    theirs = djx.solve(EQUATION, GRID, START, ANNEAL, method=method, rtol=1e-6)
    np.testing.assert_allclose(theirs.ys, mine.ys, atol=2e-5)
    assert theirs.stats["method"] == type(method).__name__
    np.testing.assert_allclose(theirs.balance.amount, mine.balance.start, rtol=1e-12)


def test_diffrax_itself_takes_the_term():
    """Events, progress meters and dense output come with diffrax."""
    term = EQUATION.term(GRID, ANNEAL)
    half = lambda t, y, args, **kwargs: y.composition[-1] - 0.1
    run = diffrax.diffeqsolve(
        term,
        djx.stepping.Rodas4(),
        0.0,
        6e4,
        None,
        djx.equations.State(START, jnp.zeros(2)),
        saveat=diffrax.SaveAt(t1=True, dense=True),
        stepsize_controller=diffrax.PIDController(rtol=1e-5, atol=1e-5),
        event=diffrax.Event(half),
    )
    assert run.ts is not None and 0 < float(run.ts[-1]) < 6e4
    assert run.event_mask
    middle = run.evaluate(0.5 * run.ts[-1])
    np.testing.assert_allclose(jnp.sum(middle.composition), jnp.sum(START), rtol=1e-12)


def test_a_callable_controller_and_adjoint_pass_through():
    controller = diffrax.PIDController(rtol=1e-5, atol=1e-5)
    adjoint = diffrax.DirectAdjoint()
    a = djx.solve(
        EQUATION,
        GRID,
        START,
        ANNEAL,
        controller=controller,
        adjoint=adjoint,
        max_steps=128,
    )
    b = djx.solve(EQUATION, GRID, START, ANNEAL)
    np.testing.assert_allclose(a.ys, b.ys, atol=1e-4)


def test_an_initial_function_is_averaged():
    a = djx.solve(EQUATION, GRID, lambda x: 0.5 + x / 1e-5, ANNEAL)
    b = djx.solve(EQUATION, GRID, 0.5 + GRID.centres / 1e-5, ANNEAL)
    np.testing.assert_allclose(a.ys, b.ys, rtol=1e-10)


def test_save_times_and_stats():
    solution = djx.solve(EQUATION, GRID, START, ANNEAL, save_at=[0.0, 6.0, 60.0])
    np.testing.assert_allclose(solution.ts, [0.0, 6.0, 60.0])
    assert solution.ys.shape == (3, CELLS)
    np.testing.assert_array_equal(solution.ys[0], START)
    assert solution.stats["method"] == "Rodas4"
    assert int(solution.stats["num_accepted_steps"]) > 3


def test_too_few_steps_is_told_or_raised():
    quiet = djx.solve(EQUATION, GRID, START, ANNEAL, max_steps=3, throw=False)
    assert bool(quiet.result == djx.RESULTS.max_steps_reached)
    with pytest.raises(eqx.EquinoxRuntimeError, match="maximum number of solver steps"):
        djx.solve(EQUATION, GRID, START, ANNEAL, max_steps=3)


def test_a_negative_diffusivity_is_told():
    law = djx.diffusivity.Polynomial([D, -1.2 * D])
    walls = djx.grid.Walls(x=(djx.grid.FixedValue(1.0), djx.grid.NoFlux()))
    equation = djx.equations.Diffusion(law, walls)
    with pytest.raises(eqx.EquinoxRuntimeError, match="zero, negative or NaN"):
        djx.solve(equation, GRID, jnp.full(CELLS, 0.95), djx.Anneal(1.0, 1000.0))


def test_a_law_that_gives_nan_is_told():
    law = djx.diffusivity.Custom(lambda c, T, x: D * jnp.sqrt(c - 2.0))
    solution = djx.solve(
        djx.equations.Diffusion(law), GRID, START, ANNEAL, max_steps=50, throw=False
    )
    assert not bool(solution.result == djx.RESULTS.successful)


@pytest.mark.parametrize(
    "change, sentence",
    [
        (dict(initial=jnp.ones(3)), r"must have shape \(40,\), one value per cell"),
        (dict(initial=jnp.full(CELLS, jnp.nan)), "must be finite everywhere"),
        (dict(save_at=[1.0, 100.0]), r"between 0 and the end of the anneal, 60\. s"),
        (dict(save_at=[-1.0]), "between 0 and the end"),
        (dict(save_at=[2.0, 1.0]), r"must increase \(s\)"),
        (dict(save_at=jnp.zeros((2, 2))), "must be a row of times"),
        (dict(rtol=0.0), r"`solve\(rtol=...\)` must be > 0"),
        (dict(progress=True, method=djx.stepping.Rodas3()), None),
    ],
)
def test_bad_input_is_refused(change, sentence):
    given = dict(equation=EQUATION, grid=GRID, initial=START, anneal=ANNEAL) | change
    if sentence is None:
        djx.solve(**given)
        return
    with pytest.raises(ValueError, match=sentence):
        djx.solve(**given)
