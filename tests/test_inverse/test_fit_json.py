"""`fit.json`: what a fit was can be had again."""

import dataclasses
import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._fit_json import fit_text, title_of
from inverse._report import report_page

from .common import ANNEAL, erf_couple


@pytest.fixture(scope="module")
def fit():
    """Sigma unknown, and the start of a width held by its prior."""
    origin = inv.Free(prior=inv.Normal(30e-6, 1e-6), unit="m")
    couple = inv.Couple(erf_couple(), ANNEAL, origin=origin)
    return inv.fit(djx.diffusivity.Constant(1e-13), couple)


@pytest.fixture(scope="module")
def open_fit():
    """One temperature: both numbers of the law are open, their errors infinite."""
    table = inv.diffusivities(
        np.array([1200.0, 1200.0]), np.array([1e-15, 1.1e-15]), 0.1, bias=0.0
    )
    law = djx.diffusivity.Arrhenius(1e-5, 2.3)
    return inv.fit(law, table, throw=False)


def again(fit, tmp_path, like=None):
    fit.save(tmp_path / "fit.json")
    return inv.Fit.load(tmp_path / "fit.json", like)


def same_bits(a, b):
    assert type(a) is type(b), (a, b)
    if dataclasses.is_dataclass(a) and not isinstance(a, eqx.Module):
        a, b = vars(a), vars(b)
    leaves, other = jax.tree.leaves(a), jax.tree.leaves(b)
    assert len(leaves) == len(other)
    for x, y in zip(leaves, other):
        if isinstance(x, jax.Array | np.ndarray | float):
            assert np.asarray(x).tobytes() == np.asarray(y).tobytes()
        elif dataclasses.is_dataclass(x):
            same_bits(x, y)
        else:
            assert x == y


def test_every_number_comes_back(fit, open_fit, tmp_path):
    for one in (fit, open_fit):
        found = again(one, tmp_path)
        for field in dataclasses.fields(inv.Fit):
            same_bits(getattr(one, field.name), getattr(found, field.name))
    assert np.isinf(found["activation"].stderr)
    assert np.isnan(found.correlation[0, 1])


def test_so_do_words_intervals_and_the_page(fit, open_fit, tmp_path):
    for one in (fit, open_fit):
        found = again(one, tmp_path)
        assert found.table == one.table
        assert found.parameters == one.parameters
        assert found.verdicts == one.verdicts
        assert found.laplace_check.warnings == one.laplace_check.warnings
        assert report_page(found, "t") == report_page(one, "t")
        assert fit_text(found, "t") == fit_text(one, "t")


def test_what_follows_can_be_asked_again(fit, tmp_path):
    found = again(fit, tmp_path)
    function = lambda law: law.over(0.5, 1273.15) ** 2
    assert found.predict(function) == fit.predict(function)
    curve = np.linspace(0.2, 0.8, 5)
    for a, b in zip(found.diffusivity(curve), fit.diffusivity(curve)):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(found.fitted[0], fit.fitted[0])
    assert found.local == fit.local
    one, other = found.profile("D"), fit.profile("D")
    assert (one.lower, one.upper) == (other.lower, other.upper)


def test_a_fit_by_aicc_keeps_the_other_numbers_of_knots(fit, tmp_path):
    many = dataclasses.replace(
        fit, knots_table=((2, 1.5), (3, np.inf)), alternatives=((0.25, fit.ran),)
    )
    found = again(many, tmp_path)
    assert found.knots_table == ((2, 1.5), (3, np.inf))
    same_bits(many.alternatives, found.alternatives)


class Pair(eqx.Module):
    """A model of a user's own."""

    ratio: jax.Array
    slow: djx.diffusivity.Arrhenius

    def fast(self):
        return djx.diffusivity.Scaled(self.slow, self.ratio)


def of_my_own():
    model = Pair(jnp.asarray(2.0), djx.diffusivity.Arrhenius(1e-5, 2.3))
    t = np.array([1100.0, 1200.0, 1300.0])
    d = np.asarray(model.slow.over(0.0, t))
    tables = [
        inv.diffusivities(t, d, 0.1, law=lambda m: m.slow),
        inv.diffusivities(t, 2.2 * d, 0.1, law=lambda m: m.fast(), name="fast"),
    ]
    return model, tables


@pytest.fixture(scope="module")
def own():
    model, tables = of_my_own()
    free = [inv.Free("ratio", inv.Log()), inv.Free("slow.prefactor", inv.Log())]
    return inv.fit(model, tables, free)


def test_numbers_come_back_without_the_classes_of_a_user(own, tmp_path):
    found = again(own, tmp_path)
    assert found.table == own.table and found.parameters == own.parameters
    np.testing.assert_array_equal(found.covariance, own.covariance)
    assert found.predict(lambda m: m.ratio) == own.predict(lambda m: m.ratio)
    value = found.predict(lambda m: m.slow.over(0.0, 1000.0))
    assert value == own.predict(lambda m: m.slow.over(0.0, 1000.0))
    with pytest.raises(AttributeError, match="`Pair` is not in the file.*`like=`"):
        found.predict(lambda m: m.fast().over(0.0, 1000.0))
    with pytest.raises(ValueError, match="`of_my_own.<locals>.<lambda>` is not in"):
        found.laplace_check


def test_likeness_gives_the_rest(own, tmp_path):
    found = again(own, tmp_path, like=of_my_own())
    assert isinstance(found.model, Pair)
    value = found.predict(lambda m: m.fast().over(0.0, 1000.0))
    assert value == own.predict(lambda m: m.fast().over(0.0, 1000.0))
    assert found.laplace_check.warnings == own.laplace_check.warnings
    np.testing.assert_array_equal(
        found.band(1, own.experiments[1].data.at)[0], found.fitted[1]
    )
    assert again(own, tmp_path, like=own).table == own.table


def test_people_read_the_file_too(fit, tmp_path):
    lines = fit_text(fit, "a title").splitlines()
    assert json.loads("\n".join(lines))["title"] == "a title"
    assert lines[-2].startswith('  "fit": {"arrays"') and len(lines) > 100
    assert title_of(fit) == "Fit of profile"


@pytest.mark.parametrize(
    "text, sentence",
    [
        (None, "cannot be read (No such file or directory)."),
        ("{", "not JSON (Expecting property name enclosed in double quotes"),
        ("[]", "holds no fit that can be loaded; `fit.save` and `fit.report` write"),
        ('{"fit": {"arrays": [], "tree": 1}}', "holds something else than a fit."),
        (
            '{"fit": {"arrays": [], "tree": {"class": "inverse.Fad", "fields": {}}}}',
            "this version of diffjax has no `inverse.Fad`: the fit was written by",
        ),
    ],
)
def test_what_cannot_be_loaded_is_said(tmp_path, text, sentence):
    path = tmp_path / "fit.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(djx.storage.CaseError) as e:
        inv.Fit.load(path)
    assert str(e.value).startswith(f"{path}: {sentence}")


def test_a_folder_will_do(fit, tmp_path):
    fit.save(tmp_path / "out" / "fit.json")
    assert inv.Fit.load(tmp_path / "out").names == fit.names
