"""Networks in a fit: what is free of them, and how well D(c) is known."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import diffjax as djx
import inverse as inv
from inverse._defaults import default_free

from .common import ANNEAL, couple_values, noisy, positions


PARTS = ("level", "slope", "heights", "steepnesses", "places")


def falling(width):
    module = djx.diffusivity.MonotoneMLP(width, rising=False, key=jax.random.key(0))
    return djx.diffusivity.Network(module, value=2e-13)


def test_weights_are_free_and_nothing_else():
    law = djx.diffusivity.Activated(falling(3), 2.0, 1273.15)
    names = [free.where for free in default_free(law)]
    assert names == [*(f"law.module.{part}" for part in PARTS), "activation"]
    assert all(
        float(np.asarray(free.scale)) == 1.0 for free in default_free(falling(3))
    )


@pytest.mark.slow
def test_batches_and_levenberg_marquardt_learn_the_same():
    truth = djx.diffusivity.LogSpline([0.0, 0.5, 1.0], [5e-13, 3e-13, 1e-13])
    x, experiments = positions(40), []
    for k, (left, right) in enumerate([(0.0, 0.9), (0.2, 1.0), (0.1, 0.7), (0.3, 1.0)]):
        values = noisy(couple_values(truth, x, left, right), 0.005, seed=k)
        profile = inv.Profile(x, values, 0.005, name=f"couple {k}")
        experiments.append(inv.Couple(profile, ANNEAL, left, right, origin=0.0))
    free = [inv.Free(f"module.{part}", prior=inv.Normal(0.0, 2.0)) for part in PARTS]
    pace = optax.cosine_decay_schedule(3e-2, 800)
    method = inv.Optax(optax.adam(pace), 800, batch=2, offset=1.0)
    law = falling(3)
    fits = [inv.fit(law, experiments, free, method=m) for m in (method, None)]
    c = jnp.linspace(0.05, 0.95, 19)
    (batches, low, high), (exact, *_) = (np.log(fit.diffusivity(c)) for fit in fits)
    # Half of the interval is two standard deviations.
    assert np.max(np.abs(batches - exact) / (high - low)) < 0.25
    assert np.max(high - low) < 0.5
    off = np.abs(batches - np.log(truth.over(c, 1273.15))) / (high - low)
    assert np.mean(off < 0.5) > 0.8
