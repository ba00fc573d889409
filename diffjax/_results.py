"""How a solve ended."""

from typing import TypeVar

import diffrax
from jax.core import Tracer


_X = TypeVar("_X")


class RESULTS(diffrax.RESULTS):  # pyright: ignore[reportGeneralTypeIssues]
    """Outcome of a solve; prints as a sentence, empty when all went well.

    Extends `diffrax.RESULTS` (and, through it, those of optimistix and lineax), so that
    a failure deep down keeps its own words.
    """

    successful = ""
    not_finite = (
        "The composition became NaN or infinite. Usually the diffusivity overflows or "
        "is NaN somewhere between the smallest and largest composition: evaluate "
        "`law.over(...)` on that range. A smaller `rtol` helps where it does not."
    )
    negative_diffusivity = (
        "The diffusivity is zero, negative or NaN at a composition that occurs in the "
        "solution, so the problem is not well posed there. Look at `law.over(...)` "
        "between the smallest and largest composition; a log-spline or an exponential "
        "law is positive everywhere."
    )
    inside_spinodal = (
        "A mixture came to lie inside its spinodal, where it un-mixes by itself: a "
        "gradient of concentration steepens without limit, and without a gradient "
        "energy the problem is not well posed. Look at `gibbs.stability(...)` along "
        "the profile: it must be > 0."
    )
    tensor_beyond_reach = (
        "The tensor became too anisotropic for the offsets of the monotone scheme, "
        "which were fixed before its value was known. Give it more room with "
        "`Monotone(reach=...)`, turn the grid towards the principal axes, or use "
        "`Central()`."
    )
    steady_state_not_reached = (
        "The steady state was not reached: the linear or Newton iteration stalled. "
        "Usually nothing fixes the level (all walls closed and no `held` cells), or "
        "the diffusivity varies by many orders of magnitude: march in time with "
        "`diffjax.solve` instead."
    )
    similarity_not_converged = (
        "The similarity solution of the couple did not converge. Usually the "
        "diffusivity varies by many orders of magnitude or is discontinuous in "
        "composition: use more `cells`, or march in time with `diffjax.solve`."
    )


def raise_failure(x: _X, result: RESULTS) -> _X:
    """Gives back `x`, unless `result` is a failure.

    **Arguments:**

    - `x`: what was computed, of any unit and shape; use what is returned.
    - `result`: how it ended.

    **Returns:** `x`, unchanged.

    **Raises:** `equinox.EquinoxRuntimeError` with the sentence of `result`: now if it
    is known, when the compiled program runs if it is traced.
    """
    failed = result != RESULTS.successful
    if isinstance(failed, Tracer) or bool(failed):
        return result.error_if(x, failed)
    return x
