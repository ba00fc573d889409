"""A neural network stands where a law stands, and learns D(c) through the solver.

The network gives ln D of a composition. One measured couple is all it sees, and the
gradient of the misfit comes back through the similarity solution.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax


jax.config.update("jax_enable_x64", True)

import diffjax as djx  # noqa: E402


TIME = 3.6e5  # s
TEMPERATURE = 1273.15  # K


class Network(eqx.Module):
    """D(c) in m²/s, positive whatever the weights are."""

    layers: eqx.nn.MLP

    def __init__(self, key: jax.Array):
        self.layers = eqx.nn.MLP(
            "scalar", "scalar", width_size=8, depth=2, activation=jnp.tanh, key=key
        )

    def __call__(self, composition, temperature, position):
        del temperature, position
        return 2e-13 * jnp.exp(self.layers(2 * composition - 1))


def profile(law: djx.diffusivity.AbstractDiffusivity, x: jax.Array) -> jax.Array:
    """Composition at `x` (m) after the anneal."""
    couple = djx.equations.similarity(law, left=0.0, right=1.0, temperature=TEMPERATURE)
    return couple.at(x, TIME)


def main() -> None:
    knots = jnp.array([0.0, 0.5, 1.0])
    truth = djx.diffusivity.LogSpline(knots, values=jnp.array([5e-13, 3e-13, 1e-13]))
    x = jnp.linspace(-1.2e-3, 1.2e-3, 80)
    measured = profile(truth, x)

    law = djx.diffusivity.Custom(Network(jax.random.key(0)))
    optimiser = optax.adam(2e-2)
    weights, rest = eqx.partition(law, eqx.is_inexact_array)
    state = optimiser.init(weights)

    def misfit(weights):
        return jnp.mean((profile(eqx.combine(weights, rest), x) - measured) ** 2)

    @jax.jit
    def step(weights, state):
        loss, slope = jax.value_and_grad(misfit)(weights)
        change, state = optimiser.update(slope, state)
        return optax.apply_updates(weights, change), state, loss

    first = loss = misfit(weights)
    for _ in range(400):
        weights, state, loss = step(weights, state)
    print(f"misfit: {float(first) ** 0.5:.1e} before, {float(loss) ** 0.5:.1e} after")

    c = jnp.linspace(0.1, 0.9, 9)
    learned = eqx.combine(weights, rest).over(c, TEMPERATURE)
    error = jnp.max(jnp.abs(jnp.log(learned / truth.over(c, TEMPERATURE))))
    assert error < 0.05
    print(f"D(c) learned between c = 0.1 and 0.9 within {100 * float(error):.1f} %")


if __name__ == "__main__":
    main()
