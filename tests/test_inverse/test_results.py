"""Each way in which a fit can end has its sentence."""

import optimistix as optx

import inverse as inv


def test_success_is_silent_and_failures_speak():
    assert str(inv.RESULTS[inv.RESULTS.successful]) == ""
    assert (
        "NaN or infinite values at the start"
        in inv.RESULTS[inv.RESULTS.start_not_finite]
    )


def test_failures_of_optimistix_keep_their_words():
    deep = inv.RESULTS.promote(optx.RESULTS.nonlinear_max_steps_reached)
    assert "maximum number of steps" in inv.RESULTS[deep]
