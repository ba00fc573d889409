import jax
import jax.numpy as jnp
import numpy as np

from diffjax.equations._fence import once


def curve(x):
    return once(lambda: {"a": jnp.exp(x), "b": x**2}, x[0])


def test_nothing_changes_but_when_all_is_lost():
    x = jnp.array([0.5, 1.0])
    np.testing.assert_allclose(curve(x)["a"], np.exp(x))
    lost = curve(jnp.array([jnp.nan, 1.0]))
    assert bool(jnp.all(jnp.isnan(lost["b"])))


def test_derivatives_and_many_at_once():
    x = jnp.array([0.5, 1.0])
    slope = jax.grad(lambda x: jnp.sum(curve(x)["b"]))(x)
    np.testing.assert_allclose(slope, 2 * x)
    push = jax.jvp(curve, (x,), (jnp.ones(2),))[1]
    np.testing.assert_allclose(push["a"], np.exp(x))
    many = jax.vmap(curve)(jnp.stack([x, 2 * x]))
    np.testing.assert_allclose(many["b"], jnp.stack([x**2, 4 * x**2]))
