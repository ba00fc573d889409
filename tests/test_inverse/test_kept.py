"""Objects as JSON and back: the same classes, the same bits."""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx
import pytest

import diffjax as djx
import inverse as inv
from inverse._kept import Absent, plain, revived, StandIn
from inverse._slots import Place


class Mine(eqx.Module):
    """A class that the packages do not know."""

    energy: jax.Array
    name: str = eqx.field(static=True)
    law: djx.diffusivity.Constant

    def double(self):
        return 2 * self.energy


def mine():
    return Mine(jnp.asarray(0.3), "a", djx.diffusivity.Constant(1e-13))


def through(thing, like=None):
    text = json.dumps(plain(thing), allow_nan=False)
    return revived(json.loads(text), like)


def same(a, b):
    leaves, other = jax.tree.leaves(a), jax.tree.leaves(b)
    assert len(leaves) == len(other)
    for x, y in zip(leaves, other):
        if not isinstance(x, jax.Array | np.ndarray):
            assert x == y
            continue
        assert type(x) is type(y) and x.dtype == y.dtype and x.shape == y.shape
        assert np.asarray(x).tobytes() == np.asarray(y).tobytes()


@pytest.mark.parametrize(
    "thing",
    [
        0.1 + 0.2,
        -np.inf,
        (1, True, None, "µ", [2.5]),
        {"a": (), "c": {"b": 1e-300}},
        np.array([np.inf, -0.0, np.pi]),
        np.zeros((0, 3)),
        np.array([True, False]),
        jnp.arange(6).reshape(2, 3),
        np.float32(0.1) * np.ones(2, np.float32),
        Place(3, None, (2,)),
        djx.diffusivity.LogSpline(np.linspace(0, 1, 4), 1e-13),
        djx.Anneal(3.6e5, 1273.15),
        inv.Free("a", inv.Interval(0.0, 2.0), prior=inv.Normal(1.0, 0.1), unit="eV"),
        inv.LevenbergMarquardt(),
        djx.lattice.fcc(4e-10),
    ],
    ids=lambda x: type(x).__name__,
)
def test_there_and_back(thing):
    again = through(thing)
    assert jax.tree.structure(again) == jax.tree.structure(thing)
    same(thing, again)
    assert plain(again) == plain(thing)


def test_not_a_number_stays_one():
    found = through((float("nan"), np.array([np.nan, 1.0])))
    assert np.isnan(found[0]) and np.isnan(found[1][0]) and found[1][1] == 1


def test_every_array_is_written_once():
    x = np.linspace(0, 1, 7)
    kept = plain([x, x.copy(), jnp.asarray(x), x[:3]])
    assert [one["shape"] for one in kept["arrays"]] == [[7], [3]]


def test_functions_of_the_packages_are_found_and_others_by_likeness():
    pick, other = (lambda m: m.law), (lambda m: m)
    assert through(optx.max_norm) is optx.max_norm
    assert through([pick, other, pick], (other, pick)) == [other, pick, other]
    first, _, third = through([pick, other, pick])
    assert first == third and hash(first) == hash(third) and isinstance(first, Absent)
    with pytest.raises(ValueError, match="`.*<lambda>` is not in the file.*`like=`"):
        first(1)


def test_a_class_of_your_own_is_known_by_likeness():
    again = through(mine(), like=mine())
    assert isinstance(again, Mine) and again.double() == 0.6
    same(mine(), again)


def test_a_stand_in_has_the_numbers_in_their_order():
    found = through(mine())
    assert isinstance(found, StandIn)
    same(mine(), found)
    assert found.energy == 0.3 and found.name == "a"
    assert isinstance(found.law, djx.diffusivity.Constant)
    with pytest.raises(AttributeError, match="'double': `Mine` is not in the file"):
        found.double()
    with pytest.raises(ValueError, match="`Mine` is not in the file"):
        found(1.0)


def test_nothing_but_the_packages_is_imported():
    for home in ("os.system", "inverse._fit_json.Path", "diffjax._cli.os"):
        kept = {"arrays": [], "tree": {"function": {"home": home}}}
        assert isinstance(revived(kept), Absent), home
    kept = {"arrays": [], "tree": {"class": "subprocess.Popen", "fields": {}}}
    with pytest.raises(ValueError, match="has no `subprocess.Popen`"):
        revived(kept)


def test_another_version_is_noticed():
    kept = plain(djx.diffusivity.Constant(1e-13))
    kept["tree"]["fields"]["rate"] = 1.0
    with pytest.raises(ValueError, match=r"other fields than .* \(rate\)"):
        revived(kept)
    with pytest.raises(ValueError, match="holds a 'colour' that this version"):
        revived({"arrays": [], "tree": {"colour": 1}})
