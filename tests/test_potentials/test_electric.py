import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.diffusivity import Point
from diffjax.potentials import Electric, Field


def test_a_volt_is_an_electronvolt_per_charge():
    point = Point(jnp.asarray(0.0), jnp.asarray(900.0), jnp.asarray(2e-6))
    np.testing.assert_allclose(Electric(-2, lambda x: 1e4 * x).at(point), -0.04)
    grid = djx.grid.uniform(0.0, 4e-6, 4)
    volts = Field(grid, 1e4 * grid.centres)
    np.testing.assert_allclose(Electric(3, volts).at(point), 0.06)


def test_sentences():
    with pytest.raises(ValueError, match=r"Electric\(charge="):
        Electric(jnp.nan, lambda x: x)
