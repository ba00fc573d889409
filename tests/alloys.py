"""Alloys that tests of mixing share."""

import jax.numpy as jnp

import diffjax as djx


T = 1100.0
AB = djx.thermo.RedlichKister(("A", "B"), {("A", "B"): [-8000.0, 3000.0]})
ABC = djx.thermo.RedlichKister(
    ("A", "B", "C"),
    {("A", "B"): [-8000.0, 2000.0], ("A", "C"): -15000.0, ("B", "C"): 5000.0},
)


def binary(first=1e-14, second=4e-14, phase=AB, correlation=None):
    tracers = {"A": first, "B": second}
    return djx.diffusivity.Multicomponent(tracers, phase, correlation)


def ternary(correlation=0.7815, scale=1.0):
    """Tracers that depend on composition, two orders of magnitude apart."""

    def tracers(x, temperature):
        del temperature
        rise = jnp.array([0.8, -0.5, 0.3]) * x[0] + jnp.array([0.2, 0.4, -0.6]) * x[1]
        return jnp.array([1e-14, 4e-14, 4e-16]) * scale * jnp.exp(rise)

    return djx.diffusivity.Multicomponent(tracers, ABC, correlation)
