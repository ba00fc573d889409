"""The optax road: it goes down, keeps the best, and checks its steps."""

import functools
import re

import jax.numpy as jnp
import numpy as np
import optax
import pytest

import diffjax as djx
import inverse as inv
from inverse._gradient import Parts

from .common import films


LAW = djx.diffusivity.Arrhenius(1e-5, 2.0)
START = djx.diffusivity.Activated(djx.diffusivity.Constant(1e-14), 1.8, 1150.0)


@pytest.mark.parametrize("forward", [True, False])
def test_it_finds_a_minimum(forward):
    method = inv.Optax(optax.adam(0.05), steps=600)
    best = method.run(lambda u: u - jnp.array([1.0, -2.0]), jnp.zeros(2), forward)
    np.testing.assert_allclose(best, [1.0, -2.0], atol=1e-3)


def test_the_best_point_is_kept():
    # A learning rate that diverges.
    method = inv.Optax(optax.sgd(30.0), steps=50)
    best = method.run(lambda u: u - 1.0, jnp.array([0.9]), True)
    np.testing.assert_allclose(best, [0.9])


@functools.cache
def straight_lines(count=5):
    """Points of one line, seen by `count` experiments, and a prior of its height."""
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=(2, count, 4))
    y = 1.0 - 2.0 * x + 0.1 * noise
    x, y = jnp.asarray(x), jnp.asarray(y)
    rows = lambda free, k: (free[0] + free[1] * x[k] - y[k]) / 0.1
    prior = lambda free: (free[:1] - 0.9) / 0.2
    everything = lambda free: jnp.concatenate(
        [*(rows(free, k) for k in range(count)), prior(free)]
    )
    parts = Parts(
        count,
        4 * count + 1,
        lambda free, k: 0.5 * jnp.sum(rows(free, k) ** 2),
        lambda free: 0.5 * jnp.sum(prior(free) ** 2),
    )
    ones = np.column_stack([np.ones(x.size), np.ravel(x)]) / 0.1
    matrix = np.vstack([ones, [[1 / 0.2, 0.0]]])
    best = np.linalg.lstsq(matrix, [*np.ravel(y) / 0.1, 0.9 / 0.2])[0]
    return everything, parts, best


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("batch", [1, 2, 5])
def test_batches_end_at_the_least_squares_of_all(batch, forward):
    everything, parts, best = straight_lines()
    pace = optax.cosine_decay_schedule(0.05, 1500)
    method = inv.Optax(optax.adam(pace), 1500, batch=batch)
    found = method.run(everything, jnp.zeros(2), forward, parts)
    # A standard deviation is about 0.02.
    np.testing.assert_allclose(found, best, atol=1e-4)


def test_a_batch_of_all_is_no_batch():
    everything, parts, _ = straight_lines()
    run = lambda steps, batch: inv.Optax(optax.adam(0.02), steps, batch).run(
        everything, jnp.zeros(2), False, parts
    )
    # Without batches the cost is known before a step, and so never after the last.
    np.testing.assert_allclose(run(40, 5), run(41, None), rtol=1e-9)


def test_the_seed_is_what_is_drawn():
    everything, parts, _ = straight_lines()
    run = lambda seed: inv.Optax(optax.adam(0.1), 7, batch=2, seed=seed).run(
        everything, jnp.zeros(2), False, parts
    )
    np.testing.assert_array_equal(run(3), run(3))
    assert np.max(np.abs(run(3) - run(4))) > 1e-3


def test_a_step_to_nowhere_is_taken_back():
    # Right of 1 there is nothing, and the first steps go there.
    rows = lambda u: jnp.where(u > 1.0, jnp.nan, u - 0.99)
    method = inv.Optax(optax.adam(optax.cosine_decay_schedule(0.3, 200)), steps=200)
    found = method.run(rows, jnp.array([0.0]), True)
    np.testing.assert_allclose(found, [0.99], atol=0.02)


def test_a_fit_in_batches_is_the_fit():
    experiments = [*films(LAW), *films(LAW, (1150.0, 1300.0))]
    reference = inv.fit(START, experiments)
    pace = optax.cosine_decay_schedule(3e-2, 1000)
    method = inv.Optax(optax.adam(pace), 1000, batch=2)
    fit = inv.fit(START, experiments, method=method)
    assert fit.converged and fit.iterations % 1000 == 0
    errors = np.array([estimate.stderr for estimate in reference.parameters])
    ends, wanted = ([e.value for e in f.parameters] for f in (fit, reference))
    assert np.max(np.abs(np.subtract(ends, wanted)) / errors) < 0.03
    np.testing.assert_allclose([e.stderr for e in fit.parameters], errors, rtol=1e-2)


def test_a_fit_says_when_it_stopped_far_away():
    experiments = films(LAW)
    strict, loose = (
        inv.Optax(optax.sgd(0.0), steps=1, offset=offset) for offset in (0.03, 1e9)
    )
    fit = inv.fit(START, experiments, method=strict, start="model", throw=False)
    assert not fit.converged
    assert inv.fit(START, experiments, method=loose, start="model").converged


@pytest.mark.parametrize(
    "words, sentence",
    [
        (dict(steps=0), "`Optax(steps=...)` must be at least 1; got 0."),
        (dict(batch=0), "`Optax(batch=...)` must be at least 1 experiment; got 0."),
        (dict(offset=0.0), "`Optax(offset=...)` must be > 0; got 0.0."),
    ],
)
def test_bad_arguments_are_refused(words, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        inv.Optax(optax.adam(1e-2), **words)


def test_a_batch_has_no_more_than_all():
    everything, parts, _ = straight_lines()
    sentence = "`Optax(batch=...)` must be at most the number of experiments, 5; got 6."
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        inv.Optax(optax.adam(0.1), 7, batch=6).run(
            everything, jnp.zeros(2), False, parts
        )
