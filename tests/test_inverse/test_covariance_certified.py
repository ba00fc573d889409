"""Estimates, standard deviations and sigma of certified regression problems."""

import numpy as np
import pytest

from ..helpers import validation_row
from .certified import fit_certified, PROBLEMS


def far_from_certified(name, start):
    """Largest relative error of estimates, of standard deviations, and of sigma."""
    problem, fit = PROBLEMS[name], fit_certified(name, start)
    assert fit.converged and isinstance(fit.sigma, float)
    values = np.array([one.value for one in fit.parameters])
    errors = np.array([one.stderr for one in fit.parameters])
    return (
        float(np.max(np.abs(values / np.array(problem.values) - 1))),
        float(np.max(np.abs(errors / np.array(problem.errors) - 1))),
        abs(fit.sigma / problem.sigma - 1),
    )


def test_estimates_and_errors_are_those_certified():
    far = [far_from_certified(name, start=1) for name in PROBLEMS]
    assert np.max(far) < 1e-6
    # Where the last step ends is rounding: the row tells what is held.
    validation_row(
        "estimates, standard deviations and sigma of six nonlinear regressions (NIST)",
        "certified values; the error is the bound that is tested",
        None,
        1e-6,
        "9 to 37 points",
    )


@pytest.mark.parametrize("name", ["Misra1a", "Rat42", "Thurber", "Eckerle4"])
def test_the_far_start_leads_there_too(name):
    assert max(far_from_certified(name, start=0)) < 1e-6
