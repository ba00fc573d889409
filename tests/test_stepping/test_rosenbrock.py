import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

from diffjax.stepping import (
    AbstractLinearised,
    AbstractStructuredTerm,
    DenseLinearised,
    DenseTerm,
    Rodas3,
    Rodas4,
    Ros2,
)

from ..helpers import observed_order, validation_row


METHODS = [Rodas3(), Rodas4(), Ros2()]
NAMES = ["Rodas3", "Rodas4", "Ros2"]
END = 3600.0
SPAN = jnp.asarray(0.0), jnp.asarray(100.0)


def classic(tableau):
    """The method in the form with matrix products: alpha, beta and weights."""
    s = len(tableau.weights)
    a, c = np.zeros((s, s)), np.zeros((s, s))
    for i in range(s):
        row = tableau.states[i] or ()
        a[i, : len(row)] = row
        c[i, : len(tableau.mixes[i])] = tableau.mixes[i]
    gamma = np.linalg.inv(np.eye(s) / tableau.gamma - c)
    alpha = a @ gamma
    return alpha, gamma, alpha + gamma


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_order_conditions(method):
    t = method.tableau
    alpha, gamma, beta = classic(t)
    b = np.array(t.weights) @ gamma
    a1, b1 = alpha.sum(1), beta.sum(1)
    np.testing.assert_allclose(a1, t.nodes, atol=1e-14)
    np.testing.assert_allclose(gamma.sum(1), t.drifts, atol=1e-14)
    third = [(b @ a1**2, 1 / 3), (b @ beta @ b1, 1 / 6)]
    fourth = [
        (b @ a1**3, 1 / 4),
        ((b * a1) @ alpha @ b1, 1 / 8),
        (b @ beta @ a1**2, 1 / 12),
        (b @ beta @ beta @ b1, 1 / 24),
    ]
    conditions = [(b.sum(), 1.0), (b @ b1, 0.5)]
    conditions += third if t.order >= 3 else []
    conditions += fourth if t.order == 4 else []
    for value, wanted in conditions:
        np.testing.assert_allclose(value, wanted, rtol=2e-14)
    if t.any_matrix:  # the parts with and without the matrix hold apart
        np.testing.assert_allclose([b @ a1, b @ gamma.sum(1)], [0.5, 0.0], atol=1e-15)
        return
    # Stiffly accurate: the step ends in the last stage, so the method is L-stable.
    last = [*(t.states[-1] or ())]
    np.testing.assert_allclose(t.weights, [*last, *[0.0] * (len(b) - len(last) - 1), 1])


def reaction(t, y, args):
    """A forced, nonlinear pair of mole fractions, over an hour."""
    del args
    a, b = y
    rate = 1.0 / END
    forced = 0.3 * jnp.cos(2 * t * rate)
    return jnp.stack([-rate * a * b + rate * forced, rate * (a**2 - b)])


START = jnp.array([0.8, 0.2])


def march(method, steps, saveat=None, term: AbstractStructuredTerm | None = None):
    return diffrax.diffeqsolve(
        DenseTerm(reaction) if term is None else term,
        method,
        0.0,
        END,
        END / steps,
        START,
        saveat=diffrax.SaveAt(t1=True) if saveat is None else saveat,
        stepsize_controller=diffrax.ConstantStepSize(),
    )


def reference(times):
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(reaction),
        diffrax.Dopri8(),
        0.0,
        END,
        1.0,
        START,
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.PIDController(rtol=1e-12, atol=1e-13),
    )
    assert solution.ys is not None
    return solution.ys


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_order_in_time(method):
    exact = reference(jnp.array([END]))[0]
    errors = []
    for steps in (8, 16, 32, 64):
        ys = march(method, steps).ys
        assert ys is not None
        errors.append(float(jnp.max(jnp.abs(ys[-1] - exact))))
    orders = observed_order(errors)
    np.testing.assert_allclose(orders[1:], method.tableau.order, atol=0.2)
    validation_row(
        f"{type(method).__name__}: forced reaction of two species, 1 h",
        "Dopri8 of diffrax at 1e-12, largest absolute error",
        orders[-1],
        errors[-1],
        "64 steps",
    )


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_dense_output_keeps_the_order(method):
    times = jnp.linspace(0.0, END, 97)[1:-1]
    exact = reference(times)
    errors = []
    for steps in (8, 16, 32, 64):
        ys = march(method, steps, diffrax.SaveAt(ts=times)).ys
        errors.append(float(jnp.max(jnp.abs(ys - exact))))
    orders = observed_order(errors)
    np.testing.assert_allclose(orders[1:], method.tableau.order, atol=0.2)


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_a_stiff_decay_is_damped_at_once(method):
    term = DenseTerm(lambda t, y, args: -1e9 * (y - 1.0))
    y1, *_ = method.step(term, *SPAN, jnp.array([5.0]), None, None, False)
    np.testing.assert_allclose(y1, 1.0, atol=1e-7)


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_one_step_is_differentiable(method):
    def after(rate):
        term = DenseTerm(lambda t, y, args: -rate * y**2)
        return method.step(term, *SPAN, jnp.array([0.7]), None, None, False)[0][0]

    rate, h = jnp.asarray(1e-2), 1e-7
    differences = (after(rate + h) - after(rate - h)) / (2 * h)
    np.testing.assert_allclose(jax.grad(after)(rate), differences, rtol=1e-7)
    np.testing.assert_allclose(jax.jacfwd(after)(rate), differences, rtol=1e-7)


class Wrong(AbstractStructuredTerm):
    """The forced reaction with a matrix that is not its Jacobian."""

    knows_time: bool = eqx.field(static=True)

    def rate(self, t, y, args):
        return reaction(t, y, args)

    def linearise(self, t, y, args) -> AbstractLinearised:
        here = DenseTerm(reaction).linearise(t, y, args)
        wrong = jnp.array([[-9.0, 2.0], [5.0, -4.0]]) / END
        drift = here.drift if self.knows_time else jnp.zeros_like(here.drift)
        return DenseLinearised(here.rate, drift, wrong)

    def spectral_bound(self, t, y, args):
        raise NotImplementedError


@pytest.mark.parametrize("knows_time", [True, False])
def test_a_w_method_keeps_its_order_with_a_wrong_matrix(knows_time):
    exact = reference(jnp.array([END]))[0]
    errors = []
    for steps in (16, 32, 64, 128):
        ys = march(Ros2(), steps, term=Wrong(knows_time)).ys
        assert ys is not None
        errors.append(float(jnp.max(jnp.abs(ys[-1] - exact))))
    np.testing.assert_allclose(observed_order(errors)[1:], 2.0, atol=0.2)


class Plate(AbstractStructuredTerm):
    """Diffusion on a closed square of unit cells, with inverses along one axis each."""

    line: jax.Array

    def rate(self, t, y, args):
        del t, args
        return self.line @ y + y @ self.line

    def linearise(self, t, y, args) -> AbstractLinearised:
        return Product(self.rate(t, y, args), jnp.zeros_like(y), self.line)

    def spectral_bound(self, t, y, args):
        return jnp.asarray(8.0)


class Product(AbstractLinearised):
    rate: jax.Array
    drift: jax.Array
    line: jax.Array

    def solver(self, shift, preconditioner=None):
        """Only along the first axis, and only to see what is handed over."""
        return lambda right: right * preconditioner / shift

    def split_solver(self, shift):
        matrix = jnp.eye(self.line.shape[0]) - self.line / shift
        inverse = jnp.linalg.inv(matrix)
        return lambda right: inverse @ right @ inverse / shift


def test_a_product_of_inverses_against_the_matrix_exponential():
    n, end = 16, 40.0
    line = np.diag(np.full(n, -2.0)) + np.diag(np.ones(n - 1), 1)
    line += np.diag(np.ones(n - 1), -1)
    line[0, 0] = line[-1, -1] = -1.0
    x = (np.arange(n) + 0.5) / n
    start = np.where((x[:, None] - 0.4) ** 2 + (x - 0.5) ** 2 < 0.09, 1.0, 0.0)
    decay = scipy.linalg.expm(end * line)
    exact = decay @ start @ decay

    def run(tolerance):
        solution = diffrax.diffeqsolve(
            Plate(jnp.asarray(line)),
            Ros2(),
            0.0,
            end,
            1e-3,
            jnp.asarray(start),
            stepsize_controller=diffrax.PIDController(rtol=0.0, atol=tolerance),
            saveat=diffrax.SaveAt(steps=True),
            max_steps=512,
        )
        assert solution.ys is not None
        count = int(solution.stats["num_accepted_steps"])
        return np.asarray(solution.ys[:count])

    fields = run(1e-3)
    assert len(fields) < 150
    assert fields.min() > -1e-3 and fields.max() < 1 + 1e-3
    np.testing.assert_allclose(fields.sum((1, 2)), start.sum(), rtol=1e-12)
    coarse = np.abs(fields[-1] - exact).max()
    fine = np.abs(run(1e-4)[-1] - exact).max()
    assert coarse < 5e-3 and fine < 0.3 * coarse


def test_a_preconditioner_is_handed_to_the_equation():
    y0 = jnp.ones((2, 2))
    term = Plate(jnp.array([[-1.0, 0.5], [0.5, -1.0]]))
    for method in (Rodas3, Rodas4):
        with_it, *_ = method(1.0).step(term, *SPAN, y0, None, None, False)
        without, *_ = method(0.0).step(term, *SPAN, y0, None, None, False)
        assert np.all(with_it != y0)
        np.testing.assert_array_equal(without, y0)
