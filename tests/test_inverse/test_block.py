"""Blocks of a crystal: means along a ray, all axes of a series in one fit."""

import re
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import validation_row
from .olivine import block_of_san_carlos


EDGES = np.array([2.0e-3, 1.6e-3, 2.4e-3])
TRUTH = np.array([1.6e-11, 1.2e-12, 4e-12])
TIME, HOT = 2e4, 1073.15
ANNEAL = djx.Anneal(TIME, HOT)


class Sample(eqx.Module):
    """A law, and what all traverses of one block share."""

    law: Any
    initial: Any
    surface: Any


def law_of(model):
    return model.law


def initial_of(model):
    return model.initial


def surface_of(model):
    return model.surface


def sample(values, initial=1.0, surface=0.0):
    law = djx.diffusivity.Anisotropic(tuple(np.asarray(values).tolist()))
    return Sample(law, jnp.asarray(initial), jnp.asarray(surface))


FREE = [
    *(
        inv.Free(f"law.principal[{k}].value", inv.Log(), name=f"D_{axis}")
        for k, axis in enumerate("abc")
    ),
    inv.Free("initial"),
    inv.Free("surface"),
]


def scan(along, through, time=TIME, points=15, sigma=0.01, **options: Any):
    half = 0.49 * EDGES[along]
    plan = inv.planned(np.linspace(-half, half, points), sigma, f"{along} {time:g} s")
    shared: dict[str, Any] = {
        "initial": initial_of,
        "surface": surface_of,
        "law": law_of,
    }
    anneal = djx.Anneal(time, HOT)
    return inv.Block(plan, anneal, EDGES, along, through, **shared | options)


def scans(model, times=(0.3 * TIME, TIME, 3 * TIME), seed=0):
    rays = ((0, 1), (1, 2), (2, 1))
    return inv.simulate(model, [scan(i, j, t) for t in times for i, j in rays], seed)


def values(experiment, model, at=None):
    local = {"origin": jnp.zeros(())}
    at = experiment.profile.position if at is None else jnp.asarray(at)
    return experiment.predict(model, local, at)


@pytest.mark.parametrize("along,through", [(0, 1), (1, 2), (2, 0)])
@pytest.mark.parametrize("time", [0.01 * TIME, TIME])
def test_a_value_is_the_mean_of_the_box_along_the_ray(along, through, time):
    found = values(scan(along, through, time), sample(TRUTH, 0.9, 0.2))
    # Layers at the faces are thin at first: more nodes near both ends.
    nodes, weights = np.polynomial.legendre.leggauss(120)
    theta = 0.5 * np.pi * nodes
    depth = 0.5 * EDGES[through] * (1 + np.sin(theta))
    weights = weights * 0.25 * np.pi * np.cos(theta)
    x = np.linspace(-0.49, 0.49, 15) * EDGES[along] + 0.5 * EDGES[along]
    place = np.broadcast_to(0.5 * EDGES, (15, 120, 3)).copy()
    place[:, :, along] = x[:, None]
    place[:, :, through] = depth[None, :]
    box = djx.exact.box(place, time, TRUTH, EDGES, 0.2, 0.9)
    np.testing.assert_allclose(found, np.asarray(box) @ weights, rtol=1e-12)
    middle = values(scan(along, None, time), sample(TRUTH, 0.9, 0.2))
    place = np.broadcast_to(0.5 * EDGES, (15, 3)).copy()
    place[:, along] = x
    box = djx.exact.box(place, time, TRUTH, EDGES, 0.2, 0.9)
    np.testing.assert_allclose(middle, box, rtol=1e-13)


def test_a_long_block_is_a_plate():
    edges = np.array([2e-3, 10.0, 20.0])
    plan = scan(0, 1).profile
    known: dict[str, Any] = {"initial": 1.0, "surface": 0.0}
    law = sample(TRUTH).law
    x = plan.position
    plate = djx.exact.slab(x + 1e-3, TIME, TRUTH[0], 2e-3, 0.0, 1.0)
    section = inv.Block(plan, ANNEAL, edges, 0, **known)
    local = {k: jnp.asarray(v) for k, v in section.locals().items()}
    np.testing.assert_allclose(section.predict(law, local, x), plate, rtol=1e-12)
    # What the far faces have taken falls with the length of the ray.
    lost = 1 - djx.exact.slab_fraction(TIME, TRUTH[1], 10.0)
    through = inv.Block(plan, ANNEAL, edges, 0, 1, **known).predict(law, local, x)
    np.testing.assert_allclose(through, plate * lost, rtol=1e-12)
    assert 1 - 1e-4 < lost < 1


def test_one_number_a_row_and_a_tensor_are_read_alike():
    experiment = scan(0, 1)
    row = values(experiment, sample(TRUTH))
    tensor = Sample(djx.diffusivity.Tensor(np.diag(TRUTH)), 1.0, 0.0)
    np.testing.assert_allclose(values(experiment, tensor), row, rtol=1e-14)
    even = Sample(djx.diffusivity.Constant(2e-12), 1.0, 0.0)
    same = values(experiment, sample(np.full(3, 2e-12)))
    np.testing.assert_allclose(values(experiment, even), same, rtol=1e-14)


def test_a_ramp_counts_by_its_mean():
    law = djx.diffusivity.Scaled(
        djx.diffusivity.Tensor(np.diag(TRUTH)), djx.diffusivity.Arrhenius(1e5, 1.2)
    )
    ramp = djx.Ramp(np.array([0.0, TIME]), np.array([1000.0, 1200.0]))
    hot = np.linspace(1000.0, 1200.0, 4001)
    factor = np.trapezoid(np.asarray(law.factor.over(0.0, hot)), hot) / 200.0
    known: dict[str, Any] = {"initial": 1.0, "surface": 0.0}
    plan = scan(1, 2).profile
    one = inv.Block(plan, ramp, EDGES, 1, 2, **known)
    local = {k: jnp.asarray(v) for k, v in one.locals().items()}
    wanted = values(scan(1, 2), sample(factor * TRUTH))
    np.testing.assert_allclose(
        one.predict(law, local, plan.position), wanted, rtol=1e-6
    )


def test_the_prediction_has_the_slopes_of_differences():
    experiment, at = scan(2, 1), jnp.linspace(-1.1e-3, 1.1e-3, 5)
    tilt = jnp.array([0.7, -0.4, 1.1])

    @jax.jit
    def found(u):
        law = djx.diffusivity.Custom(lambda c, t, x: TRUTH * jnp.exp(u * tilt))
        return values(experiment, Sample(law, 1.0 + 0.1 * u, 0.2 * u), at)

    slope, h = jax.jvp(found, (0.1,), (1.0,))[1], 1e-5
    difference = (found(0.1 + h) - found(0.1 - h)) / (2 * h)
    np.testing.assert_allclose(slope, difference, rtol=1e-7)
    seed = jnp.arange(1.0, 6.0)
    np.testing.assert_allclose(
        jax.vjp(found, 0.1)[1](seed)[0], seed @ slope, rtol=1e-12
    )


def test_three_axes_of_a_series_in_one_fit():
    truth = sample(TRUTH, 0.95, 0.15)
    found = inv.fit(sample([1e-13] * 3), scans(truth), FREE)
    wanted = dict(zip(("D_a", "D_b", "D_c"), TRUTH), initial=0.95, surface=0.15)
    worst = 0.0
    for name, value in wanted.items():
        one = found[name]
        assert one.verdict == "determined" and one.stderr < 0.06 * value
        worst = max(worst, abs(one.value - value) / one.stderr)
    assert worst < 3.5
    assert abs(found.chi2 / found.dof - 1) < 0.3
    middle, low, high = found.diffusivity(0.5, experiment=2)
    assert middle[0] == pytest.approx(found["D_c"].value)
    assert low < middle < high
    validation_row(
        "three diffusivities of a block from means along rays, three times",
        "those that made them; deviation over standard error",
        None,
        worst,
        "9 traverses of 15 points, 1 %",
    )


@pytest.mark.parametrize("factor", [1e-2, 1.0, 30.0])
def test_starts_far_away_are_found_from_the_data(factor):
    clean: Any = inv.simulate(sample(TRUTH), scan(0, 1, sigma=0.01))[0].data
    one = inv.Block(clean, ANNEAL, EDGES, 0, 1, initial=None, surface=0.0)
    assert abs(one.guess().log_diffusivity[0] - np.log(TRUTH[0])) < 1
    start = djx.diffusivity.Anisotropic((factor * TRUTH[0], TRUTH[1], TRUTH[2]))
    free = inv.Free("principal[0].value", inv.Log(), name="D_a")
    found = inv.fit(start, one, free)
    assert found["D_a"].value == pytest.approx(TRUTH[0], rel=1e-5)
    assert found["initial"].value == pytest.approx(1.0, rel=1e-5)


def test_an_axis_that_nothing_shows_is_told():
    plan = [scan(0, None, points=9)]
    report = inv.identify(sample(TRUTH * [1.0, 1e-3, 1e-3]), plan, FREE[:3])
    assert report["D_a"].verdict == "determined"
    assert all(report[n].verdict.startswith("not") for n in ("D_b", "D_c"))


@pytest.mark.parametrize(
    "options,words",
    [
        ({"lengths": EDGES[:2]}, "must hold 3 edges (m); got shape (2,)."),
        ({"lengths": -EDGES}, "must be finite and > 0 (m)."),
        ({"along": 3}, "must be axes 0, 1 or 2; got 3 and 1."),
        ({"through": 0}, "must be two axes; got 0 for both."),
        ({"origin": 1e-4}, "point 1 is -0.00108 m away."),
    ],
)
def test_wrong_arguments_are_told(options, words):
    given: dict[str, Any] = {"lengths": EDGES, "along": 0, "through": 1, **options}
    with pytest.raises(ValueError, match=re.escape(words)):
        inv.Block(scan(0, 1).profile, ANNEAL, initial=1.0, **given)


@pytest.mark.slow
def test_measured_olivine():
    # Height of one band; the start's own scatter as the error of all points.
    experiments = block_of_san_carlos("3525", 0.06)
    found = inv.fit(sample([1e-12] * 3, 1.0, 0.2), experiments, FREE)
    assert found["D_a"].value == pytest.approx(1.62e-11, rel=0.03)
    assert found["D_a"].stderr < 0.05 * found["D_a"].value
    assert found["D_c"].verdict.startswith("not determined")
    # Both of the slow axes are bounded from above, far below the fast one.
    for name in ("D_b", "D_c"):
        assert found.profile(name).upper < 0.03 * found["D_a"].value
    assert 0.9 < found.chi2 / found.dof < 1.4
    assert 0.15 < found["surface"].value < 0.20
    # The integrated area keeps more, and fits no single block.
    area = inv.fit(sample([1e-12] * 3, 1.0, 0.2), block_of_san_carlos(), FREE)
    assert area.chi2 / area.dof > 2.5
    assert any("chi2/dof" in one for one in area.verdicts)
