"""Elastic fields: equilibrium, superposition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import (
    Bending,
    EdgeDislocation,
    Isotropic,
    MisfittingSphere,
    ScrewDislocation,
    Superposition,
    Uniform,
)


STEEL = Isotropic(young=210e9, poisson=0.3)
NM = 1e-9
FIELDS = {
    "uniform": Uniform(jnp.diag(jnp.array([1e-3, 0.0, -2e-3])), STEEL),
    "bending": Bending(10.0, STEEL, across="y", along="z"),
    "edge": EdgeDislocation(0.25 * NM, STEEL, 0.2 * NM, (0.1 * NM, 0.0)),
    "screw": ScrewDislocation(0.25 * NM, STEEL, 0.2 * NM),
    "sphere": MisfittingSphere(NM, 0.02, STEEL),
}
PLACES = NM * np.array([[0.3, 0.2, 0.1], [-1.5, 0.7, 0.9], [4.0, -3.0, 2.0], [0, 0, 0]])


@pytest.mark.parametrize("name", FIELDS)
def test_no_force_is_left_anywhere(name):
    field = FIELDS[name]
    for x in jnp.asarray(PLACES):
        slopes = jax.jacfwd(field.stress)(x)
        force = jnp.einsum("ijj->i", slopes)
        scale = jnp.max(jnp.abs(slopes)) + 1e-30
        assert float(jnp.max(jnp.abs(force)) / scale) < 1e-13
        assert bool(jnp.all(jnp.isfinite(slopes)))
        stress = field.stress(x)
        np.testing.assert_allclose(stress, stress.T)
        np.testing.assert_allclose(
            field.stiffness.stress(field.strain(x)), stress, rtol=1e-11, atol=1e-3
        )
        np.testing.assert_allclose(field.hydrostatic(x), jnp.trace(stress) / 3)


def test_fields_add_up():
    x = jnp.asarray(PLACES[1])
    both = FIELDS["edge"] + FIELDS["screw"] + FIELDS["edge"]
    assert isinstance(both, Superposition)
    expected = 2 * FIELDS["edge"].stress(x) + FIELDS["screw"].stress(x)
    np.testing.assert_allclose(both.stress(x), expected, rtol=1e-13)
    with pytest.raises(ValueError, match="at least one field"):
        Superposition()


def test_coordinates_left_out_are_zero():
    edge = FIELDS["edge"]
    flat, full = jnp.array([NM, 2 * NM]), jnp.array([NM, 2 * NM, 0.0])
    np.testing.assert_allclose(edge.stress(flat), edge.stress(full))
    np.testing.assert_allclose(
        edge.stress(jnp.asarray(NM)), edge.stress(jnp.array([NM, 0.0, 0.0]))
    )
