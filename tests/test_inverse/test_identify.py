"""What experiments can tell, before they are done."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from .plans import film, LAW, Numbers


@pytest.fixture(scope="module")
def one_temperature():
    return inv.identify(LAW, film(1200.0))


def test_one_temperature_fixes_one_combination(one_temperature):
    found = one_temperature
    slope = 1 / (8.617333262e-5 * 1200.0)
    said = f"the data fix only ln prefactor - {slope:.4g}·activation"
    assert found.structural == (said,)
    assert (
        found["prefactor"].verdict
        == found["activation"].verdict
        == (f"not determined: {said}")
    )
    assert found["activation"].error == np.inf and not found.identifiable
    assert np.isnan(found["activation"].prior_share)
    row = found.null_vectors[0]
    np.testing.assert_allclose(row[0] / row[1], slope, rtol=1e-8)
    np.testing.assert_allclose(row[2], 0.0, atol=1e-8)
    (pair,) = found.confounded
    assert pair.names == ("prefactor", "activation")
    assert "anneal at a second one" in pair.advice
    assert "structural: " + said in repr(found) and "inf" in repr(found)


def test_a_second_temperature_resolves_it_and_a_fit_agrees():
    films = [film(1200.0), film(1000.0)]
    found = inv.identify(LAW, films)
    assert found.identifiable and not found.structural and not found.confounded
    assert found.data.rank == 4
    fit = inv.fit(LAW, inv.simulate(LAW, films))
    for name in fit.names:
        np.testing.assert_allclose(found[name].error, fit[name].stderr, rtol=1e-4)
    # The error of Q follows from those of the two ln D.
    d = [inv.identify(LAW, one).total for one in films]
    each = [one.error_of(np.array([[1.0, 0.0, 0.0]])) for one in d]
    assert np.all(np.isinf(each))
    law = djx.diffusivity.Constant(float(LAW.over(0.0, 1200.0)))
    ln_d = inv.identify(law, film(1200.0))["D"].error / float(law.value)
    span = (1 / 1000 - 1 / 1200) / 8.617333262e-5
    np.testing.assert_allclose(
        found["activation"].error, np.sqrt(2) * ln_d / span, rtol=1e-6
    )


def test_the_share_of_priors():
    free = [
        inv.Free("prefactor", inv.Log(), scale=2.0, unit="m²/s"),
        inv.Free("activation", scale=0.3, prior=inv.Normal(2.0, 0.1), unit="eV"),
    ]
    found = inv.identify(LAW, film(1200.0), free)
    assert found.identifiable and len(found.structural) == 1
    assert found["activation"].verdict == "set by its prior"
    assert found["prefactor"].verdict == "set by the prior of activation"
    np.testing.assert_allclose(found["activation"].error, 0.1, rtol=1e-9)
    np.testing.assert_allclose(found["activation"].prior_share, 1.0, atol=1e-9)
    np.testing.assert_allclose(found["amount"].prior_share, 0.0, atol=1e-9)
    # A prior as sharp as the data has half of the say.
    alone = djx.diffusivity.Constant(1e-14)
    bare = inv.Free("value", inv.Log(), 1.0, name="D")
    law = lambda t=1200.0: film(t, law=alone)
    sd = inv.identify(alone, law(), bare)["D"].error / 1e-14
    prior = inv.LogNormal(1e-14, np.exp(sd))
    half = inv.identify(
        alone, law(), inv.Free("value", inv.Log(), 1.0, prior, name="D")
    )
    np.testing.assert_allclose(half["D"].prior_share, 0.5, rtol=1e-9)


@pytest.mark.slow
def test_equilibrium_sees_the_sum_of_two_energies():
    law = djx.diffusivity.VacancyMechanism(
        djx.lattice.fcc(4.079e-10), 0.94, 0.83, 1e13, formation_entropy=0.7
    )
    free = [
        inv.Free("formation_energy", scale=0.3, unit="eV"),
        inv.Free("migration_energy", scale=0.3, unit="eV"),
        inv.Free("attempt_frequency", inv.Log(), scale=2.0, unit="Hz"),
    ]
    found = inv.identify(law, [film(900.0, law=law), film(1300.0, law=law)], free)
    assert found.structural == (
        "the data fix only formation_energy + migration_energy",
    )
    row = found.null_vectors[0]
    np.testing.assert_allclose(row / row[0], [1, -1, 0, 0, 0], atol=1e-8)
    assert found.data.rank == 4
    assert "after a quench" in str(found.confounded[0])
    assert found["attempt_frequency"].verdict == "determined"


@pytest.mark.slow
def test_a_beam_and_d_at_one_time():
    def couple(time, width):
        x = jnp.linspace(-8e-4, 8e-4, 41)
        plan = inv.planned(x, 0.003, response=inv.GaussianBlur(width))
        return inv.Couple(plan, djx.Anneal(time, 1273.15), 0.0, 1.0, 0.0)

    law = djx.diffusivity.Constant(3e-14)
    width = inv.Free(init=5e-5, unit="m")
    found = inv.identify(law, couple(3.6e5, width))
    assert found["D"].verdict.startswith("not determined")
    assert "beam on a sharp edge" in str(found.confounded[0])
    known = inv.Free(init=5e-5, unit="m", prior=inv.LogNormal(5e-5, 1.05))
    found = inv.identify(law, couple(3.6e5, known))
    assert found["width"].verdict == "set by its prior"
    assert found["D"].error < 0.1 * 3e-14


def square(model, local, at):
    del local
    return model.b[0] + (model.b[1] - 1.0) ** 2 * at


def test_flat_at_one_point_is_not_flat_for_good():
    plan = inv.Measured(inv.planned_readings(jnp.linspace(0.0, 1.0, 5), 0.1), square)
    free = inv.Free("b", scale=1.0, name=("a", "q"))
    found = inv.identify(Numbers(jnp.array([1.0, 1.0])), plan, free)
    assert found.structural == () and found.null_vectors.shape == (0, 2)
    assert found.accidental == ("the data do not depend on q",)
    assert "for these values only: the data do not depend on q" in found.table
    found = inv.identify(Numbers(jnp.array([1.0, 2.0])), plan, free)
    assert found.accidental == () and found.identifiable


def test_wrong_arguments_have_a_sentence(one_temperature):
    with pytest.raises(KeyError, match="'Q'; there are prefactor, activation, amount"):
        one_temperature["Q"]
    with pytest.raises(ValueError, match="no data to guess its 'amount' from"):
        inv.identify(LAW, film(1200.0, amount=None))
