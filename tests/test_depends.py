"""What a function depends on, read from its program."""

import equinox as eqx
import jax
import jax.numpy as jnp

import diffjax as djx
from diffjax._depends import depends_on


ONE, TWO = jnp.asarray(1.0), jnp.ones(2)


def test_plain_functions():
    assert depends_on(lambda x, y: x * 2, ONE, ONE) == (True, False)
    assert depends_on(lambda x, y: jnp.sum(y) + 0 * x, ONE, TWO) == (True, True)
    assert depends_on(lambda x, y: jnp.asarray(3.0), ONE, TWO) == (False, False)
    assert depends_on(lambda x: x, ONE) == (True,)


def test_through_branches_loops_and_inner_programs():
    def branch(x, y, z):
        return jax.lax.cond(x > 0, lambda: y, lambda: 2 * y)

    assert depends_on(branch, ONE, ONE, ONE) == (True, True, False)

    def loop(x, y):
        return jax.lax.fori_loop(0, 3, lambda _, c: c * x, jnp.asarray(1.0))

    assert depends_on(loop, ONE, ONE) == (True, False)
    assert depends_on(jax.jit(lambda x, y: y), ONE, ONE)[1]


def test_trees_and_things_that_are_no_arrays():
    pair = lambda tree, x: (tree["a"], "a word", None)
    assert depends_on(pair, {"a": ONE, "b": ONE}, ONE) == (True, False)


def test_what_laws_depend_on():
    at = lambda law: depends_on(
        lambda c, T, x: law.at(djx.diffusivity.Point(c, T, x)), ONE, ONE, TWO
    )
    assert at(djx.diffusivity.Constant(1e-14)) == (False, False, False)
    assert at(djx.diffusivity.Arrhenius(1e-5, 2.0)) == (False, True, False)
    assert at(djx.diffusivity.Exponential(1e-14, 1.0))[0]
    turned = djx.diffusivity.Anisotropic((1e-14, 1e-15), djx.tensors.rotation(0.3))
    assert at(turned) == (False, False, False)
    bent = djx.diffusivity.Custom(lambda c, T, x: 1e-14 * (1 + x[0]))
    assert at(bent) == (False, False, True)


def test_nothing_is_run():
    """Only shapes and types count: a function that would fail on numbers is read."""
    check = lambda x: eqx.error_if(x, x < 2, "never run")
    assert depends_on(check, ONE) == (True,)
