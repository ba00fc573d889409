"""Which time stepper is chosen, and that all of them find the same answer."""

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse.linalg

import diffjax as djx
from diffjax._methods import choose, default_adjoint
from diffjax.grid import FixedValue, Walls


D = 1e-14
GRID = djx.grid.uniform((-20e-6, -20e-6), (20e-6, 20e-6), (12, 12))
TENSOR = djx.tensors.from_principal(
    D * jnp.array([1.0, 0.2]), djx.tensors.rotation(0.6)
)
FULL = djx.equations.Diffusion(djx.diffusivity.Tensor(TENSOR))
ALONG = djx.equations.Diffusion(djx.diffusivity.Anisotropic((D, 0.2 * D)))
ANNEAL = djx.Anneal(3600.0, 1000.0)
X = GRID.centres[..., 0] + 0.3 * GRID.centres[..., 1]
START = jnp.exp(-(X**2) / (2 * (6e-6) ** 2))


def exact(equation):
    """The exponential of the matrix, by scipy."""
    ready = equation.ready(GRID, START, ANNEAL)
    matrix = ready.generator(GRID, 1000.0).sparse() * 3600.0
    found = scipy.sparse.linalg.expm_multiply(matrix, np.asarray(START).ravel())
    return found.reshape(GRID.shape)


@pytest.mark.parametrize(
    "method",
    [
        djx.stepping.Rkl2(),
        djx.stepping.Ros2(),
        djx.stepping.Rodas3(),
        djx.stepping.Rodas4(),
        diffrax.Heun(),
    ],
    ids=lambda method: type(method).__name__,
)
def test_every_method_finds_the_exponential_of_the_generator(method):
    solution = djx.solve(FULL, GRID, START, ANNEAL, method=method, rtol=1e-5)
    np.testing.assert_allclose(solution.ys[-1], exact(FULL), atol=2e-4)
    assert solution.stats["method"] == type(method).__name__
    assert solution.stats["reason"] == "as asked for"
    assert float(solution.balance.defect) < 1e-12


def test_line_by_line_is_chosen_along_the_axes():
    solution = djx.solve(ALONG, GRID, START, ANNEAL, rtol=1e-5)
    assert solution.stats["method"] == "Ros2"
    np.testing.assert_allclose(solution.ys[-1], exact(ALONG), atol=2e-4)


def test_what_is_chosen_and_why():
    method, reason = choose(FULL, GRID, START, ANNEAL, None)
    assert isinstance(method, djx.stepping.Rkl2) and "full tensor" in reason
    assert method.loop == "checkpointed"
    method, _ = choose(FULL, GRID, START, ANNEAL, diffrax.ForwardMode())
    assert isinstance(method, djx.stepping.Rkl2) and method.loop == "lax"
    long = djx.Anneal(1e12, 1000.0)
    method, reason = choose(FULL, GRID, START, long, None)
    assert isinstance(method, djx.stepping.Rodas3) and "times the fastest" in reason
    method, reason = choose(ALONG, GRID, START, long, None)
    assert isinstance(method, djx.stepping.Ros2) and "line by line" in reason
    row = djx.grid.uniform(0.0, 1e-5, 12)
    one = djx.equations.Diffusion(djx.diffusivity.Constant(D))
    method, reason = choose(one, row, START[0], ANNEAL, None)
    assert isinstance(method, djx.stepping.Rodas4) and "one axis" in reason


def test_a_traced_tensor_is_stepped_explicitly():
    found = []

    def look(tensor):
        law = djx.diffusivity.Custom(lambda c, T, x: tensor)
        equation = djx.equations.Diffusion(law)
        found.append(choose(equation, GRID, START, djx.Anneal(1e12, 1e3), None)[0])
        return tensor

    jax.eval_shape(look, TENSOR)
    assert isinstance(found[0], djx.stepping.Rkl2)


def test_memory_of_the_way_back():
    assert default_adjoint(START).checkpoints == 128  # pyright: ignore
    big = jnp.zeros((512, 512, 128), dtype=jnp.float32)
    assert default_adjoint(big).checkpoints == 8  # pyright: ignore


def test_walls_bring_in_what_the_exponential_says():
    """Held walls are a constant inflow: one more cell that never changes."""
    walls = Walls(x=(FixedValue(1.0), FixedValue(0.2)))
    equation = djx.equations.Diffusion(djx.diffusivity.Tensor(TENSOR), walls)
    ready = equation.ready(GRID, START, ANNEAL)
    term = ready.term(GRID, ANNEAL)
    inflow = np.asarray(term.balance(0.0, jnp.zeros(GRID.shape))[0]).ravel()  # pyright: ignore
    matrix = ready.generator(GRID, 1000.0).sparse().toarray()
    wide = np.zeros((len(inflow) + 1,) * 2)
    wide[:-1, :-1], wide[:-1, -1] = matrix, inflow
    start = np.append(np.asarray(START).ravel(), 1.0)
    found = scipy.sparse.linalg.expm_multiply(wide * 3600.0, start)[:-1]
    solution = djx.solve(equation, GRID, START, ANNEAL, rtol=1e-5)
    np.testing.assert_allclose(solution.ys[-1], found.reshape(GRID.shape), atol=2e-4)
