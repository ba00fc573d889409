"""An interstitial at one point and one face: activities, rest, slopes, sentences."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax import GAS_CONSTANT as R
from diffjax.diffusivity import Constant, Point
from diffjax.fluxes import Face, InMatrix
from diffjax.thermo import CompoundEnergy, redlich_kister, Sites


D, GAP, HOT = 3e-11, 1e-6, jnp.asarray(1300.0)
SITES = Sites(("Fe", "Si", "C"), ("C",))
STEEL = jnp.array([0.93, 0.07])


def phase(silicon=1e5, carbon=4e4, sites=SITES):
    pairs = {("Si", "C"): silicon, ("C", "VA"): -carbon}
    ends = redlich_kister(sites.components, {"Fe": -5e4, "Si": -3e4})
    energy = redlich_kister(
        sites.species, {"Fe": -5e4, "Si": -3e4, "C": (8e4, -16.0)}, pairs
    )
    return CompoundEnergy(sites, energy, ends)


def flux(mean: Any = "harmonic", **more):
    return InMatrix(Constant(D), phase(), STEEL, mean=mean, **more)


def log_activity(u, silicon=1e5, carbon=4e4):
    """By hand, from G = y (8e4 - 16 T) + Si y W - y (1 - y) L per mole of metals."""
    hot = float(HOT)
    energy = 8e4 - 16 * hot + 0.07 * silicon - (1 - 2 * u) * carbon
    return np.log(u / (1 - u)) + energy / (R * hot)


def test_activity_by_hand_and_back():
    u = np.array([1e-6, 0.02, 0.5])
    found = flux().activity(u, HOT)
    np.testing.assert_allclose(found, np.exp(log_activity(u)), rtol=1e-12)
    shifted = flux(standard=(1e4, -2.0)).activity(u, HOT)
    scale = np.exp(-(1e4 - 2 * 1300) / (R * 1300))
    np.testing.assert_allclose(shifted, found * scale, rtol=1e-12)
    back = flux().composition(found, HOT)
    np.testing.assert_allclose(back, u, rtol=1e-11)
    # Sites are few: an activity of any height fills them at most.
    full = flux().composition(1e9, HOT)
    assert 0.99 < float(full) < 1


def test_potential_and_factor_are_those_of_the_phase():
    u = jnp.asarray(0.05)
    point = Point(u, HOT, jnp.asarray(0.0))
    x = jnp.append(STEEL, u) / (1 + u)
    mu = phase().chemical_potentials(x, HOT)[2] / (R * HOT)
    found = flux()
    np.testing.assert_allclose(found.level(point) + jnp.log(u), mu, rtol=1e-12)
    slope = jax.grad(lambda v: log_jax(v))(0.05)
    np.testing.assert_allclose(found.factor_at(point), 0.05 * slope, rtol=1e-12)
    chemical = flux(chemical=True)
    fick = chemical.coefficient(point) * chemical.factor_at(point)
    np.testing.assert_allclose(fick, D, rtol=1e-13)
    # Nothing is singular where there is no carbon.
    none = Point(jnp.asarray(0.0), HOT, jnp.asarray(0.0))
    assert bool(jnp.isfinite(found.level(none)))
    np.testing.assert_allclose(found.factor_at(none), 1.0, rtol=1e-14)


def test_slopes_of_a_chemical_diffusivity_against_differences():
    def value(p):
        here = InMatrix(
            djx.diffusivity.Exponential(p[0], 5.0 * p[0]),
            phase(p[1] * 1e5, p[2] * 4e4),
            STEEL,
            chemical=True,
        )
        point = Point(0.05 * p[3], 1300 * p[4], jnp.asarray(0.0))
        return here.coefficient(point) + here.factor_at(point) + here.level(point)

    p, h = jnp.ones(5), 1e-5
    run = jax.jit(value)
    back, forward = jax.jit(jax.grad(value))(p), jax.jit(jax.jacfwd(value))(p)
    pairs = [(run(p + w) - run(p - w)) / (2 * h) for w in h * np.eye(5)]
    np.testing.assert_allclose(back, np.array(pairs), rtol=1e-7)
    np.testing.assert_allclose(forward, back, rtol=1e-12)
    # Finite where there is no carbon, too.
    none = jax.grad(value)(p.at[3].set(0.0))
    assert bool(jnp.all(jnp.isfinite(none)))


def log_jax(u):
    return jnp.log(u / (1 - u)) + 2 * u * 4e4 / (R * HOT)


@pytest.mark.parametrize("order", [("C", "Fe", "Si"), ("Fe", "C", "Si")])
def test_the_order_of_components_is_of_no_account(order):
    sites = Sites(order, ("C",))
    other = InMatrix(Constant(D), phase(sites=sites), {"Si": 0.07, "Fe": 0.93})
    at = lambda f: float(f.activity(0.03, HOT))
    np.testing.assert_allclose(at(other), at(flux()), rtol=1e-12)


def face(left, right, rise, d_left=D, d_right=D, dtype=float):
    sides = (left, right, d_left, d_right, GAP, GAP)
    return Face(*(jnp.asarray(v, dtype) for v in sides), rise=jnp.asarray(rise, dtype))


@pytest.mark.parametrize("mean", ["harmonic", "arithmetic"])
@pytest.mark.parametrize("rise", [-20.0, -1e-3, 0.0, 0.3, 600.0])
def test_nothing_flows_at_equal_activity(mean, rise):
    c = np.exp(-abs(rise))
    left, right = (1.0, c) if rise > 0 else (c, 1.0)
    scale = D / (2 * GAP) * max(1.0, abs(rise))
    moved = flux(mean).through(face(left, right, rise, D, 3 * D))
    np.testing.assert_allclose(moved / scale, 0.0, atol=4e-15)


def test_a_jump_of_the_matrix_is_two_resistances():
    # Between them one activity: D1 (u1 - w) / g = D2 (w e^-rise - u2) / g.
    rise, u1, u2, d1, d2 = 0.7, 0.03, 0.01, D, 4 * D
    w = (d1 * u1 + d2 * u2) / (d1 + d2 * np.exp(-rise))
    exact = d1 * (u1 - w) / GAP
    found = flux().through(face(u1, u2, rise, d1, d2))
    np.testing.assert_allclose(found, exact, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_steep_steps_have_value_and_slopes(dtype):
    steps = jnp.asarray([-1e3, -80.0, -1e-9, 0.0, 1e-9, 80.0, 1e3], dtype)
    run = lambda s: flux().through(face(0.3, 0.2, s, dtype=dtype)) / D * GAP
    value, slope = jax.vmap(run)(steps), jax.vmap(jax.grad(run))(steps)
    assert bool(jnp.all(jnp.isfinite(value)) & jnp.all(jnp.isfinite(slope)))
    near = (run(1e-5) - run(-1e-5)) / 2e-5
    if dtype == "float64":
        np.testing.assert_allclose(slope[3], near, rtol=1e-9)


def test_slopes_of_the_composition_of_a_gas():
    def found(p):
        here = InMatrix(Constant(D), phase(p[0] * 1e5, p[1] * 4e4), STEEL)
        return here.composition(p[2], 1300 * p[3])

    p = jnp.array([1.0, 1.0, 0.4, 1.0])
    run = eqx.filter_jit(found)
    back, forward = jax.jit(jax.grad(found))(p), jax.jit(jax.jacfwd(found))(p)
    for k, unit in enumerate(jnp.eye(4)):
        near = (run(p + 1e-5 * unit) - run(p - 1e-5 * unit)) / 2e-5
        np.testing.assert_allclose(back[k], near, rtol=1e-6)
        np.testing.assert_allclose(forward[k], back[k], rtol=1e-10)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: InMatrix(Constant(D), phase()), "must give fractions of Fe, Si"),
        (lambda: InMatrix(Constant(D), phase(), {"Fe": 1.0}), "name the metals Fe, Si"),
        (lambda: InMatrix(Constant(D), phase(), [1.0]), r"shape \(2,\).*got \(1,\)"),
        (lambda: InMatrix(Constant(D), phase(), [0.5, 0.4]), "sum to 1"),
        (lambda: flux(standard=[1.0, 2.0, 3.0, 4.0]), "at most 3"),
        (lambda: flux().composition(0.0, HOT), r"activity=...\)` must be > 0"),
        (
            lambda: InMatrix(Constant(D), phase(), lambda x: jnp.ones(3)).activity(
                0.1, HOT
            ),
            r"one fraction for each of Fe, Si; got shape \(3,\)",
        ),
    ],
)
def test_bad_input_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_other_phases_are_refused():
    two = Sites(("Fe", "C", "N"), ("C", "N"))
    none = lambda s: CompoundEnergy(
        s, redlich_kister(s.species), redlich_kister(s.components)
    )
    with pytest.raises(ValueError, match="one interstitial; got C, N"):
        InMatrix(Constant(D), none(two))
    for wrong in (djx.thermo.Ideal(("Fe", "C")), none(Sites(("Fe", "Si")))):
        with pytest.raises((TypeError, ValueError), match="phase"):
            InMatrix(Constant(D), wrong)  # pyright: ignore
    with pytest.raises((TypeError, ValueError), match="mean"):
        flux("median")
