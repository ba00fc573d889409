"""A map around one point: the tensor in its plane, its axes and their angle."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv


TIME, ANGLE = 3.6e5, 0.6
TENSOR = np.asarray(
    djx.tensors.rotate(np.diag([8e-14, 1.5e-14]), djx.tensors.rotation(ANGLE))
)
ANNEAL = djx.Anneal(TIME, 1200.0)
LINE = np.linspace(-4e-4, 4e-4, 17)
PLANE = np.stack(np.meshgrid(LINE, LINE), axis=-1).reshape(-1, 2)
CENTRE = np.array([3e-5, -2e-5])


def spot(seed=0, **options):
    clean = np.asarray(djx.exact.point_source(PLANE - CENTRE, TIME, TENSOR, 1e-8))
    sigma = 0.02 * clean.max()
    noise = sigma * np.random.default_rng(seed).normal(size=clean.shape)
    data = inv.Readings(clean + noise, sigma, at=PLANE, name="map")
    return inv.PointSource(data, ANNEAL, **options)


def angle(law):
    d = law.value
    return 0.5 * jnp.arctan2(2 * d[0, 1], d[0, 0] - d[1, 1])


@pytest.mark.parametrize("factor", [0.03, 1.0, 30.0])
def test_the_tensor_in_the_plane_and_its_angle(factor):
    start = djx.diffusivity.Tensor(4e-14 * factor * np.eye(2))
    found = inv.fit(start, spot())
    wanted = dict(zip(("D11", "D22", "D12"), np.asarray(djx.tensors.pack(TENSOR))))
    for name, truth in wanted.items():
        one = found[name]
        assert one.verdict == "determined" and one.stderr < 0.03 * truth
        assert abs(one.value - truth) < 3.5 * one.stderr
    value, error = found.predict(angle)
    assert abs(value - ANGLE) < 3.5 * error < 0.05
    sizes, errors = found.predict(lambda law: jnp.linalg.eigvalsh(law.value))
    assert np.all(np.abs(sizes - [1.5e-14, 8e-14]) < 3.5 * errors)
    for name, truth in zip(("x", "y"), CENTRE):
        assert abs(found[name].value - truth) < 3.5 * found[name].stderr


def test_angles_cover_the_truth_as_often_as_they_say():
    start, off = djx.diffusivity.Tensor(4e-14 * np.eye(2)), []
    for seed in range(40):
        value, error = inv.fit(start, spot(seed)).predict(angle)
        off.append((value - ANGLE) / error)
    assert np.sum(np.abs(off) < 1.96) >= 35
    assert 0.7 < np.std(off) < 1.3


def test_the_prediction_has_the_slopes_of_differences():
    experiment = spot(centre=CENTRE.tolist())
    local = {k: jnp.asarray(v) for k, v in experiment.locals().items() if k in "xyz"}
    local |= {"amount": jnp.asarray(1e-8), "background": jnp.zeros(())}
    at, unit = jnp.asarray(PLANE[::29]), jnp.asarray([[1.0, 0.4], [0.4, -0.6]])

    @jax.jit
    def values(u):
        law = djx.diffusivity.Custom(lambda c, t, x: TENSOR + 1e-14 * u * unit)
        return experiment.predict(law, local, at)

    slope, h = jax.jvp(values, (0.0,), (1.0,))[1], 1e-4
    difference = (values(h) - values(-h)) / (2 * h)
    np.testing.assert_allclose(slope, difference, rtol=1e-5, atol=1e-8)
    seed = jnp.arange(1.0, len(at) + 1)
    back = jax.vjp(values, 0.0)[1](seed)[0]
    np.testing.assert_allclose(back, seed @ slope, rtol=1e-10)


def test_a_ramp_counts_by_its_mean_tensor():
    law = djx.diffusivity.Scaled(
        djx.diffusivity.Tensor(TENSOR), djx.diffusivity.Arrhenius(1e5, 1.2)
    )
    ramp = djx.Ramp(np.array([0.0, TIME]), np.array([1100.0, 1300.0]))
    data = inv.Readings(np.ones(4), 0.1, at=PLANE[:4])
    one = inv.PointSource(data, ramp, amount=1e-8, centre=(0.0, 0.0))
    hot = np.linspace(1100.0, 1300.0, 4001)
    factor = np.trapezoid(np.asarray(law.factor.over(0.0, hot)), hot) / 200.0
    wanted = djx.exact.point_source(PLANE[:4], TIME, factor * TENSOR, 1e-8)
    local = {k: jnp.asarray(v) for k, v in one.locals().items()}
    found = one.predict(law, local, data.at)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_positions_and_centres_have_as_many_numbers():
    data = inv.Readings(np.ones(4), 0.1)
    with pytest.raises(ValueError, match=re.escape("(m); got (4,).")):
        inv.PointSource(data, ANNEAL)
    data = inv.Readings(np.ones(4), 0.1, at=PLANE[:4])
    with pytest.raises(ValueError, match=re.escape("must have 2 numbers (m); got 3.")):
        inv.PointSource(data, ANNEAL, centre=(0.0, 0.0, 0.0))
