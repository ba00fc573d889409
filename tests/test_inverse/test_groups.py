"""Items that are alike share one program, and nothing else changes."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from inverse._groups import for_each, for_one, groups


class Item(eqx.Module):
    x: jax.Array
    power: int = eqx.field(static=True)


SIZES = [(3, 1), (3, 2), (2, 1), (3, 1), (3, 1), (3, 1), (2, 1)]
ITEMS = [Item(jnp.arange(1.0, n + 1) + k, p) for k, (n, p) in enumerate(SIZES)]


def powers(item, factor=1.0):
    return factor * item.x**item.power


def test_groups_are_of_one_shape_and_kind():
    found = [group.members for group in groups(ITEMS)]
    assert sorted(found) == [(0, 3, 4, 5), (1,), (2, 6)]


def test_what_has_no_hash_stays_alone():
    assert len(groups([({1}, jnp.ones(2)), ({1}, jnp.ones(2))])) == 2


def test_each_comes_out_in_its_place():
    out = jax.jit(lambda items: for_each(powers, items))(ITEMS)
    for row, item in zip(out, ITEMS):
        np.testing.assert_array_equal(row, powers(item))


def test_those_alike_are_traced_once():
    seen = []

    def counted(item):
        seen.append(item.x.shape)
        return powers(item)

    jax.make_jaxpr(lambda items: for_each(counted, items))(ITEMS)
    assert sorted(seen) == [(2,), (2,), (3,), (3,)]


def test_one_of_them_by_a_number_known_later():
    one = lambda factor, index: for_one(
        lambda item: jnp.sum(powers(item, factor)), ITEMS, index
    )
    run = jax.jit(jax.value_and_grad(one))
    for index, item in enumerate(ITEMS):
        value, slope = run(2.0, jnp.asarray(index))
        np.testing.assert_allclose([value, 2 * slope], 2 * np.sum(powers(item)))
