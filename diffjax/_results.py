"""How a solve ended."""

import diffrax


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
    similarity_not_converged = (
        "The similarity solution of the couple did not converge. Usually the "
        "diffusivity varies by many orders of magnitude or is discontinuous in "
        "composition: use more `cells`, or march in time with `diffjax.solve`."
    )
