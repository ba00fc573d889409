import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.diffusivity import darken, manning_factor, Multicomponent

from ..alloys import ABC, binary, ternary


HOT = jnp.asarray(1100.0)
X = jnp.array([0.5, 0.3, 0.2])


@pytest.mark.parametrize("correlation", [None, 0.7815])
def test_fluxes_are_onsagers_coefficients_times_potential_gradients(correlation):
    law = ternary(correlation)

    @jax.jit
    def both(x, e):
        l = law.onsager(x, HOT)
        potentials = lambda x: ABC.chemical_potentials(x, HOT)
        by_mu = -l @ jax.jvp(potentials, (x,), (e,))[1] / (djx.GAS_CONSTANT * HOT)
        return l, by_mu, -law.intrinsic(x, HOT) @ e[:-1]

    for e in (jnp.array([1.0, 0.0, -1.0]), jnp.array([0.0, 1.0, -1.0])):
        l, by_mu, by_d = both(X, e)
        np.testing.assert_allclose(by_d, by_mu, rtol=1e-12)
    np.testing.assert_array_equal(l, l.T)
    assert np.linalg.eigvalsh(l).min() > 0


def test_two_components_are_darkens_and_mannings():
    law, f = binary(correlation=0.7815), 0.7815
    x = jnp.array([0.35, 0.65])
    factor = law.gibbs.thermodynamic_factor(x, HOT)
    a, b = 1e-14, 4e-14
    expected = darken(0.65, a, b, factor * manning_factor(0.65, a, b, f))
    np.testing.assert_allclose(law.interdiffusion(x, HOT)[0, 0], expected, rtol=1e-13)
    np.testing.assert_allclose(law.slowest(x, HOT), expected, rtol=1e-13)
    plain = binary()
    rows = plain.intrinsic(x, HOT)[:, 0]
    np.testing.assert_allclose(rows, [a * factor, -b * factor], rtol=1e-13)


def test_without_wind_is_the_limit_of_no_correlation():
    np.testing.assert_allclose(
        ternary(1.0).interdiffusion(X, HOT), ternary(None).interdiffusion(X, HOT)
    )


def test_eigenvalues_do_not_ask_which_component_is_dependent():
    law = ternary()
    values = [
        np.sort(np.linalg.eigvals(np.asarray(law.interdiffusion(X, HOT, d))))
        for d in (0, 1, 2)
    ]
    np.testing.assert_allclose(values[1:], [values[0]] * 2, rtol=1e-12)
    np.testing.assert_allclose(law.slowest(X, HOT), values[0][0], rtol=1e-10)


def test_reference_element_only_renames():
    """Fluxes of a gradient are the same whichever component is dependent."""
    law, e = ternary(), np.array([0.4, -1.0, 0.6])
    fluxes = [law.intrinsic(X, HOT, d) @ np.delete(e, d) for d in (0, 1, 2)]
    np.testing.assert_allclose(fluxes[1:], [fluxes[0]] * 2, rtol=1e-12)


def test_absent_components_and_pure_ends():
    law = ternary()
    for x in ([1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]):
        x = jnp.array(x)
        slow, slope = jax.value_and_grad(lambda x: law.slowest(x, HOT))(x)
        d = law.interdiffusion(x, HOT)
        assert np.all(np.isfinite(d)) and np.all(np.isfinite(slope))
        values = np.linalg.eigvals(np.asarray(d)).real
        np.testing.assert_allclose(slow, values.min(), rtol=1e-8)
        # A gradient of others moves no component that is absent.
        gone = np.asarray(x) == 0
        full = np.asarray(law.intrinsic(x, HOT))
        for i in np.flatnonzero(gone[:-1]):
            np.testing.assert_array_equal(np.delete(full[i], i), 0.0)


def test_inside_the_spinodal_an_eigenvalue_is_negative():
    phase = djx.thermo.regular(("A", "B"), {("A", "B"): 25e3})
    law, x = binary(phase=phase), jnp.array([0.5, 0.5])
    assert float(law.slowest(x, HOT)) < 0 < float(law.slowest(x, 3 * HOT))


def test_gradients_against_differences():
    e = jnp.array([0.3, 0.2, -0.5])

    @jax.jit
    def slopes(s):
        def value(s):
            law = ternary(0.7 + 0.1 * s, scale=1e14)
            d = law.interdiffusion(X + 0.1 * s * e, HOT * (1 + 0.2 * s))
            return jnp.sum(d * jnp.array([[1.0, 0.3], [-0.2, 0.7]]))

        h = 1e-5
        differences = (value(s + h) - value(s - h)) / (2 * h)
        return jax.jvp(value, (s,), (s + 1,))[1], jax.grad(value)(s), differences

    forward, reverse, differences = slopes(jnp.asarray(0.0))
    np.testing.assert_allclose(forward, differences, rtol=1e-8)
    np.testing.assert_allclose(reverse, forward, rtol=1e-12)


def test_laws_see_the_fraction_of_their_own_component():
    law = Multicomponent(
        {"A": djx.diffusivity.Exponential(1e-14, 1.0), "B": 2e-14}, correlation=0.5
    )
    found = law.tracers_at(jnp.array([0.25, 0.75]), HOT)
    np.testing.assert_allclose(found, [1e-14 * np.exp(0.25), 2e-14])
    assert law.components == ("A", "B") and float(law.wind) == 1.0  # pyright: ignore


def test_mobilities_are_taken():
    ends = {"A": -200e3, "B": -220e3}
    mobility = djx.thermo.TracerMobility(("A", "B"), {"A": ends, "B": ends})
    law = Multicomponent(mobility)
    x = jnp.array([0.4, 0.6])
    np.testing.assert_array_equal(law.tracers_at(x, HOT), mobility.at(x, HOT))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (({"A": 1e-14}, None), "at least two"),
        (({"A": 1e-14, "B": -1.0}, None), "B.*> 0"),
        (({"A": 1e-14, "X": 1e-14}, binary().gibbs), "tracers.*A, B"),
        ((lambda x, T: x, None), "components"),
        (({"A": 1e-14, "B": 1e-14}, None, 1.5), "correlation.*<= 1"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        Multicomponent(*arguments)


def test_interstitials_are_refused():
    sites = djx.thermo.Sites(("Fe", "C"), interstitials=("C",))
    ends = {"Fe": -200e3, "C": -100e3, "Va": -100e3}
    mobility = djx.thermo.TracerMobility(
        ("Fe", "C"),
        {
            name: djx.thermo.redlich_kister(sites.species, ends={"Fe": ends[name]})
            for name in ("Fe", "C")
        },
        sites,
    )
    with pytest.raises(ValueError, match="interstitials C"):
        Multicomponent(mobility)
