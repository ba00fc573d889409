"""How a fit ended."""

import optimistix as optx


class RESULTS(optx.RESULTS):  # pyright: ignore[reportGeneralTypeIssues]
    """Outcome of a fit; prints as a sentence, empty when all went well.

    Extends `optimistix.RESULTS` (and, through it, those of lineax), so that a failure
    deep down keeps its own words.
    """

    successful = ""
    start_not_finite = (
        "The model gives NaN or infinite values at the start of the fit, so there is "
        "nothing to improve on. Look at the law's starting values and at the anneal "
        "(time in s, temperature in K)."
    )
    stalled = (
        "The fit stopped before it reached a minimum: no step improved it, though the "
        "residuals still slope downhill. Usually the start is too far off, or the "
        "model is NaN just beyond it; give `Free(init=...)` or other starting values."
    )
    not_minimum = (
        "The method ended before it reached a minimum: its last residuals still slope "
        "downhill. Give it more steps, a larger learning rate, or use "
        "`LevenbergMarquardt()`."
    )
    divergent = (
        "More than 1 % of the steps of the sampler diverged: the posterior has a sharp "
        "bend, or the model fails close by. Its draws miss a part of it, so nothing is "
        "reported: give tighter priors or another transform, or use `Fit.profile`."
    )
    not_mixed = (
        "The chains do not agree (R-hat above 1.01), so nothing is reported: draw more "
        "(`draws`, `warmup`), give priors to what the data leave open, or look for "
        "other minima with `fit(starts=16)`."
    )


class FitError(RuntimeError):
    """Raised when a fit did not converge and `throw=True`; its text says why."""
