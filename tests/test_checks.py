import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax._checks import one_number, real, require, symmetric, symmetric_tensor


def test_known_values_raise_now():
    with pytest.raises(ValueError, match=r"^`x` must be > 0 \(m\)\.$"):
        require(jnp.asarray(-1.0), lambda v: v > 0, "`x` must be > 0 (m).")


def test_known_values_inside_jit_raise_while_tracing():
    @jax.jit
    def build(x):
        return djx.diffusivity.Constant(-1e-14).value + x

    with pytest.raises(ValueError, match="must be one finite number > 0"):
        build(1.0)


def test_traced_values_raise_when_the_program_runs():
    @eqx.filter_jit
    def build(x):
        return djx.diffusivity.Constant(x).value

    assert build(jnp.asarray(1e-14)) == 1e-14
    with pytest.raises(eqx.EquinoxRuntimeError, match="must be one finite number > 0"):
        build(jnp.asarray(-1e-14))


@pytest.mark.parametrize("given", [1, 1.0, np.float64(1.0), [1.0, 2.0], np.arange(3)])
def test_real_gives_floats(given):
    assert real(given).dtype == jnp.float64


def test_real_keeps_float32():
    assert real(np.float32(1.0)).dtype == jnp.float32
    assert real(jnp.ones(2, dtype=jnp.float32)).dtype == jnp.float32


@pytest.mark.parametrize(
    "given, sentence",
    [
        (np.nan, r"`T` must be one finite number > 0 \(K\); got nan\."),
        (-3.0, r"`T` must be one finite number > 0 \(K\); got -3\.\."),
        (np.ones(2), r"`T` must be one finite number > 0 \(K\); got an array of shape"),
    ],
)
def test_one_number_says_what_is_wrong(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        one_number(given, "T", "K", "> 0")


def test_constants_are_the_exact_si():
    np.testing.assert_allclose(djx.BOLTZMANN_EV, 8.617333262e-5, rtol=1e-9)
    np.testing.assert_allclose(djx.GAS_CONSTANT, 8.314462618, rtol=1e-9)


def test_symmetric_tensors_are_made_exactly_so():
    near = np.array([[1.0, 2.0, 0.0], [2.0 + 1e-14, 1.0, 0.0], [0.0, 0.0, 1.0]])
    found = symmetric_tensor(near, "f(x=...)", "Pa")
    np.testing.assert_array_equal(found, found.T)
    sentence = r"symmetric; got 1 at \[0,1\] and 0 at \[1,0\] \(Pa\)"
    with pytest.raises(ValueError, match=sentence):
        symmetric(jnp.asarray([np.eye(2), np.eye(2) + np.eye(2, k=1)]), "x", "Pa")
    with pytest.raises(ValueError, match=r"shape \(3, 3\) \(Pa\); got \(2, 2\)"):
        symmetric_tensor(np.eye(2), "f(x=...)", "Pa")
    wrong = eqx.filter_jit(lambda x: symmetric_tensor(x, "f(x=...)", "Pa"))
    with pytest.raises(eqx.EquinoxRuntimeError, match="must be symmetric"):
        wrong(jnp.asarray(np.tri(3)))
