"""The correlation factors of the Green function beside those of vacancies that walk."""

import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import lattice as lat

from ..helpers import validation_row


CASES = {
    "simple cubic": (lat.simple_cubic(3e-10), (1.0,), 16, 1),
    "bcc": (lat.bcc(3e-10), (1.0,), 16, 1),
    "fcc": (lat.fcc(3e-10), (1.0,), 16, 1),
    "diamond": (lat.diamond(3e-10), (1.0,), 12, 1),
    "hcp, two rates": (lat.hcp(3e-10), (1.0, 2.5), 12, 1),
    "bcc, two shells": (lat.bcc(3e-10), (1.0, 0.4), 16, 2),
    "square": (lat.square(3e-10), (1.0,), 64, 1),
    "honeycomb": (lat.honeycomb(3e-10), (1.0,), 48, 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_walks_agree_within_their_errors(case):
    crystal, values, cells, shells = CASES[case]
    jumps = lat.neighbour_jumps(crystal, shells=shells)
    w = 1e9 * np.array(values)[np.array(jumps.classes)]
    exact = lat.correlation_factors(jumps, w)
    mean = float(jnp.trace(exact)) / len(exact)
    walk = lat.vacancy_walk(jumps, w, cells, hops=4000, walkers=2000, seed=5)
    error = float(walk.factor_stderr)
    # Vacancies of neighbouring blocks meet: of the order of one over the sites.
    assert error < 0.002 * mean
    assert abs(float(walk.factor) - mean) < 3 * error
    off = abs(np.asarray(walk.correlation - exact))
    assert np.all(off < 4 * np.asarray(walk.correlation_stderr))
    validation_row(
        f"correlation factor, {case}, by walks",
        f"Green function; standard error {error / mean:.1e}",
        None,
        abs(float(walk.factor) / mean - 1),
        f"{walk.hops / 1e6:.0f} million hops",
    )
