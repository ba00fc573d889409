import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from numpy.polynomial import legendre

from diffjax.stepping import AbstractLinearised, AbstractStructuredTerm, DenseTerm, Rkl2

from ..helpers import observed_order, validation_row


END = 3600.0
SPAN = jnp.asarray(0.0), jnp.asarray(1.0)


class Line(AbstractStructuredTerm):
    """Diffusion on a closed line: `rate(t)` (1/s) times second differences."""

    speed: jax.Array
    wave: float = eqx.field(static=True, default=0.0)
    end: float = eqx.field(static=True, default=1.0)

    def _fast(self, t):
        return self.speed * (1 + self.wave * jnp.sin(6 * t / self.end))

    def rate(self, t, y, args):
        del args
        flux = self._fast(jnp.asarray(t)) * jnp.diff(y["field"])
        gain = jnp.pad(flux, (0, 1)) - jnp.pad(flux, (1, 0))
        return dict(field=gain, passed=flux[:1])

    def linearise(self, t, y, args) -> AbstractLinearised:
        raise NotImplementedError

    def spectral_bound(self, t, y, args):
        del y, args
        return 4 * jnp.max(self._fast(t))


def second_differences(n):
    m = np.diag(np.full(n, -2.0)) + np.diag(np.ones(n - 1), 1)
    m += np.diag(np.ones(n - 1), -1)
    m[0, 0] = m[-1, -1] = -1.0
    return m


def state(field):
    return dict(field=field, passed=jnp.zeros(1, field.dtype))


def one_step(method, term, y0, span=SPAN):
    carried = method.init(term, *span, y0, None)
    return method.step(term, *span, y0, None, carried, False)


@pytest.mark.parametrize("reach", [0.5, 4.0, 40.0, 900.0])
def test_stability_polynomial_is_a_shifted_legendre(reach):
    """One step on the decay at rate z is a + b P(1 + w z), of the promised degree."""
    method = Rkl2()
    z = -jnp.asarray(np.linspace(0.0, reach, 41))
    term = DenseTerm(lambda t, y, args: z * y)
    y1, *_ = one_step(method, term, jnp.ones(41))
    s = int(method._stages(term, *SPAN, jnp.ones(41), None)[0])
    assert s % 2 == 1 and s >= 3 and (s * s + s - 2) / 2 > 1.05 * reach
    assert s <= 3 or ((s - 3) ** 2 + (s - 3) - 2) / 2 < 1.05 * reach
    b = (s * s + s - 2) / (2 * s * (s + 1))
    inside = 1 + 4 / (s * s + s - 2) * np.asarray(z)
    expected = 1 - b + b * legendre.legval(inside, [0] * s + [1])
    np.testing.assert_allclose(y1, expected, rtol=1e-11)
    assert np.all(y1 > 0) and np.all(y1 <= 1)


def forced(t, y, args):
    """Stiff, nonlinear and forced: two mole fractions over an hour."""
    del args
    a, b = y
    rate = 1.0 / END
    fast = 15 * rate * (b - a)
    return jnp.stack(
        [-rate * a * b + rate * jnp.cos(3 * t * rate) + fast, rate * a**2 - fast]
    )


def test_order_in_time_and_between_steps():
    times = jnp.linspace(0.0, END, 41)[1:]

    def march(method, controller, dt, term):
        ys = diffrax.diffeqsolve(
            term,
            method,
            0.0,
            END,
            dt,
            jnp.array([0.5, 0.52]),
            saveat=diffrax.SaveAt(ts=times),
            stepsize_controller=controller,
        ).ys
        assert ys is not None
        return ys

    tight = diffrax.PIDController(rtol=1e-11, atol=1e-12)
    exact = march(diffrax.Dopri8(), tight, 1.0, diffrax.ODETerm(forced))
    ends, between = [], []
    for steps in (32, 64, 128, 256):
        constant = diffrax.ConstantStepSize()
        got = march(Rkl2(), constant, END / steps, DenseTerm(forced))
        error = jnp.abs(got - exact)
        ends.append(float(jnp.max(error[-1])))
        between.append(float(jnp.max(error)))
    orders = observed_order(ends)
    np.testing.assert_allclose(orders[1:], 2.0, atol=0.2)
    np.testing.assert_allclose(observed_order(between)[1:], 2.0, atol=0.3)
    validation_row(
        "Rkl2: forced stiff reaction of two species, 1 h",
        "Dopri8 of diffrax at 1e-11, largest absolute error",
        orders[-1],
        ends[-1],
        "256 steps",
    )


def test_error_estimate_falls_with_the_third_power():
    sizes = END / 60 * np.array([0.4, 0.2, 0.1])
    estimates = []
    for h in sizes:
        span = jnp.asarray(0.0), jnp.asarray(h)
        _, error, *_ = one_step(Rkl2(), DenseTerm(forced), jnp.array([0.5, 0.52]), span)
        estimates.append(float(jnp.max(jnp.abs(error))))
    np.testing.assert_allclose(observed_order(estimates), 3.0, atol=0.25)


@pytest.mark.parametrize("reach", [3.0, 300.0, 2000.0])
def test_bounds_and_mass_are_kept_from_a_step(reach):
    term = Line(jnp.asarray(reach / 4))
    y0 = state(jnp.where(jnp.arange(64) < 20, 1.0, 0.0))
    y1, *_ = one_step(Rkl2(), term, y0)
    field = y1["field"]
    assert float(field.min()) > -1e-14 and float(field.max()) < 1 + 1e-14
    np.testing.assert_allclose(float(field.sum()), 20.0, rtol=1e-14)
    gained = y1["passed"][0]
    np.testing.assert_allclose(gained, field[0] - 1.0, atol=1e-14)


def adaptive(term, y0, method=None, tolerance=1e-6, adjoint=None, end=1.0):
    return diffrax.diffeqsolve(
        term,
        Rkl2() if method is None else method,
        0.0,
        end,
        None,
        y0,
        stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance),
        adjoint=diffrax.RecursiveCheckpointAdjoint() if adjoint is None else adjoint,
    )


def test_against_the_matrix_exponential_with_a_speed_that_changes():
    n, speed = 40, 400.0
    y0 = state(jnp.where(jnp.arange(n) < 13, 1.0, 0.0))
    run = adaptive(Line(jnp.asarray(speed), wave=0.8), y0)
    passed = speed * (1 + 0.8 * (1 - np.cos(6.0)) / 6)
    exact = scipy.linalg.expm(passed * second_differences(n)) @ y0["field"]
    assert run.ys is not None
    np.testing.assert_allclose(run.ys["field"][0], exact, atol=4e-5)


def test_too_long_a_step_is_refused():
    term = Line(jnp.asarray(1e4))
    y0 = state(jnp.where(jnp.arange(8) < 3, 1.0, 0.0))
    y1, error, *_ = one_step(Rkl2(max_stages=11), term, y0)
    assert np.all(np.isnan(y1["field"])) and np.all(np.isinf(error["field"]))
    run = adaptive(term, y0, Rkl2(max_stages=11), tolerance=1e-3, end=0.1)
    assert run.ys is not None
    np.testing.assert_allclose(run.ys["field"][0], 0.375, atol=1e-4)
    assert run.stats["num_accepted_steps"] > 20


def test_forward_and_reverse_derivatives():
    y0 = state(jnp.where(jnp.arange(24) < 9, 1.0, 0.0))
    weights = jnp.sin(jnp.arange(24.0))

    def loss(speed, loop="checkpointed"):
        forward = diffrax.ForwardMode() if loop == "lax" else None
        method = Rkl2(loop=loop, checkpoints=3, max_stages=21)
        run = adaptive(Line(speed, wave=0.3), y0, method, 1e-7, forward)
        assert run.ys is not None
        return weights @ run.ys["field"][0]

    speed, h = jnp.asarray(30.0), 1e-3
    by_reverse = jax.jit(jax.grad(loss))(speed)
    run = jax.jit(lambda s: loss(s, "lax"))
    by_forward = jax.jit(jax.jacfwd(lambda s: loss(s, "lax")))(speed)
    differences = (run(speed + h) - run(speed - h)) / (2 * h)
    np.testing.assert_allclose(by_forward, by_reverse, rtol=1e-10)
    np.testing.assert_allclose(by_reverse, differences, rtol=1e-4)


@pytest.mark.slow
def test_derivatives_of_one_step_in_both_modes():
    y0 = state(jnp.where(jnp.arange(24) < 9, 1.0, 0.0))

    def after(speed):
        method = Rkl2(loop="bounded", max_stages=31)
        return jnp.sum(jnp.sin(3 * one_step(method, Line(speed), y0)[0]["field"]))

    speed, h = jnp.asarray(40.0), 1e-4
    differences = (after(speed + h) - after(speed - h)) / (2 * h)
    np.testing.assert_allclose(jax.grad(after)(speed), differences, rtol=1e-6)
    np.testing.assert_allclose(jax.jacfwd(after)(speed), differences, rtol=1e-6)


def test_single_precision_and_a_jump():
    term = Line(jnp.asarray(30.0, jnp.float32))
    y0 = state(jnp.linspace(0.0, 1.0, 16, dtype=jnp.float32))
    span = jnp.asarray(0.0, jnp.float32), jnp.asarray(1.0, jnp.float32)
    method = Rkl2()
    carried = method.init(term, *span, y0, None)
    plain = method.step(term, *span, y0, None, carried, False)
    assert all(x.dtype == jnp.float32 for x in jax.tree.leaves(plain[:4]))
    stale = jax.tree.map(jnp.zeros_like, carried)
    jumped = method.step(term, *span, y0, None, stale, jnp.asarray(True))
    np.testing.assert_allclose(jumped[0]["field"], plain[0]["field"], rtol=1e-6)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="at least 3; got 2"):
        Rkl2(max_stages=2)
    with pytest.raises(ValueError, match='must be "lax"'):
        Rkl2(loop="scan")  # pyright: ignore
    with pytest.raises(ValueError, match="at least 1; got 0"):
        Rkl2(checkpoints=0)
