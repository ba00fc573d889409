"""Alloys that tests of mixing share."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

import diffjax as djx


T = 1100.0
AB = djx.thermo.RedlichKister(("A", "B"), {("A", "B"): [-8000.0, 3000.0]})
ABC = djx.thermo.RedlichKister(
    ("A", "B", "C"),
    {("A", "B"): [-8000.0, 2000.0], ("A", "C"): -15000.0, ("B", "C"): 5000.0},
)


def binary(first=1e-14, second=4e-14, phase: Any = AB, correlation: Any = None):
    tracers = {"A": first, "B": second}
    return djx.diffusivity.Multicomponent(tracers, phase, correlation)


class Rising(eqx.Module):
    """Tracers that rise and fall with composition. A module, so that all tests share
    one compiled program."""

    values: jax.Array
    slopes: jax.Array

    def __call__(self, x, temperature):
        del temperature
        return self.values * jnp.exp(self.slopes @ x)


def ternary(correlation: Any = 0.7815, scale=1.0, slow=4e-16):
    """Tracers up to two orders of magnitude apart."""
    values = jnp.array([1e-14, 4e-14, slow]) * scale
    slopes = jnp.array([[0.8, 0.2, 0.0], [-0.5, 0.4, 0.0], [0.3, -0.6, 0.0]])
    return djx.diffusivity.Multicomponent(Rising(values, slopes), ABC, correlation)
