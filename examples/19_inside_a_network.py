"""The solver as a layer: twenty couples train a network that stands for D(c).

A layer takes a law and the ends and the time of a couple, and gives the profile; its
gradient comes back through the solver, in reverse mode, to every weight. Two networks
see the same couples: one is only positive, the other falls with composition as well,
because it is known that D does. Both are right within a few percent over the
compositions that the couples have passed through; beyond these nothing was learned.
"""

import sys
import time
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib
import numpy as np
import optax
from jax.flatten_util import ravel_pytree


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402


HOT, NOISE, COUPLES, STEPS = 1273.15, 0.005, 20, 300
LOWEST, HIGHEST = 0.04, 0.96  # compositions that the couples reach


def truth(composition: Any, temperature: Any, position: Any) -> Any:
    """A shoulder that no exponential follows, in m²/s."""
    del temperature, position
    shoulder = jax.nn.sigmoid((composition - 0.45) / 0.07)
    return 1e-13 * jnp.exp(1.2 - 1.8 * shoulder - 0.6 * composition)


TRUTH = djx.diffusivity.Custom(truth)


class Couple(eqx.Module):
    """A couple as a layer: from its ends and its time to its profile."""

    law: djx.diffusivity.AbstractDiffusivity

    def __call__(self, left: Any, right: Any, duration: Any, depth: Any) -> Any:
        """Mole fractions at `depth` (m) from the joint, after `duration` (s)."""
        similar = djx.equations.similarity(
            self.law, left, right, HOT, cells=200, throw=False
        )
        return similar.at(depth, duration)


def measured() -> tuple[tuple[jax.Array, ...], jax.Array]:
    """Ends, times and depths of the couples, and profiles with noise."""
    random = np.random.default_rng(0)
    left = random.uniform(LOWEST, 0.35, COUPLES)
    right = random.uniform(0.65, HIGHEST, COUPLES)
    duration = 3600.0 * random.choice([25.0, 50.0, 100.0], COUPLES)
    depth = np.sqrt(duration)[:, None] * np.linspace(-2.2e-6, 1.4e-6, 40)
    couples = tuple(jnp.asarray(x) for x in (left, right, duration, depth))

    def clean(couple):
        left, right, duration, depth = couple
        similar = djx.equations.similarity(TRUTH, left, right, HOT, cells=800)
        return similar.at(depth, duration)

    profiles = jax.jit(lambda couples: jax.lax.map(clean, couples))(couples)
    return couples, profiles + NOISE * random.normal(size=profiles.shape)


def misfit(module: Any, law: Any, couples: Any, profiles: Any) -> Any:
    """Mean square of what is left, in units of the noise: 1 if all is explained."""
    layer = Couple(eqx.tree_at(lambda law: law.module, law, module))
    return jnp.mean((jax.vmap(layer)(*couples) - profiles) ** 2) / NOISE**2


def train(
    law: djx.diffusivity.Network, *args: Any
) -> tuple[djx.diffusivity.Network, list[float], dict[str, float]]:
    """The trained law, the misfit on the way, and what it cost."""
    weights, rest = eqx.partition(law.module, eqx.is_inexact_array)
    flat, back = ravel_pytree(weights)

    def loss(flat, *args):
        return misfit(eqx.combine(back(flat), rest), law, *args)

    start = time.perf_counter()
    slope = jax.jit(jax.value_and_grad(loss)).lower(flat, *args).compile()
    cost = {
        "weights": flat.size,
        "compile, s": time.perf_counter() - start,
        "memory, MB": slope.memory_analysis().temp_size_in_bytes / 1e6,  # pyright: ignore
    }
    # The gradient along one direction, by central differences.
    way = jnp.asarray(np.random.default_rng(1).normal(size=flat.size))
    ahead, behind = (slope(flat + h * way, *args)[0] for h in (1e-5, -1e-5))
    along = jnp.vdot(slope(flat, *args)[1], way)
    cost["gradient off by"] = abs(float((ahead - behind) / (2e-5 * along)) - 1)

    optimiser = optax.adam(optax.cosine_decay_schedule(2e-2, STEPS))
    state, update = optimiser.init(flat), jax.jit(optimiser.update)
    losses = []
    start = time.perf_counter()
    for _ in range(STEPS):
        value, gradient = slope(flat, *args)
        change, state = update(gradient, state)
        flat = flat + change
        losses.append(float(value))
    cost["step, ms"] = 1e3 * (time.perf_counter() - start) / STEPS
    module = eqx.combine(back(flat), rest)
    return eqx.tree_at(lambda law: law.module, law, module), losses, cost


def error(law: Any) -> jax.Array:
    """ln(D/D_true) over the trained compositions."""
    c = jnp.linspace(LOWEST, HIGHEST, 93)
    return jnp.log(law.over(c, HOT) / TRUTH.over(c, HOT))


def draw(laws: dict[str, Any], losses: dict[str, Any], couples: Any, profiles: Any):
    """D(c), three of the couples, and the misfit on the way."""
    figure, (curve, profile, way) = plt.subplots(
        1, 3, figsize=(13, 4.2), layout="constrained"
    )
    colours = dict(zip(laws, ("tab:blue", "tab:orange")))
    c = jnp.linspace(0, 1, 201)
    for outside in ((0, LOWEST), (HIGHEST, 1)):
        curve.axvspan(*outside, color="0.92")
    curve.semilogy(c, TRUTH.over(c, HOT), "k", lw=4, alpha=0.3, label="true")
    for name, law in laws.items():
        curve.semilogy(c, law.over(c, HOT), color=colours[name], label=name)
        way.semilogy(losses[name], color=colours[name], label=name)
    curve.set(xlabel="composition", ylabel="D, m²/s", title="what was learned")
    curve.set_xlim(0, 1)
    curve.legend()
    layer = jax.jit(jax.vmap(Couple(laws["falling"])))
    for k, shade in zip((0, 1, 2), ("0.0", "0.35", "0.65")):
        x = 1e6 * couples[3][k]
        profile.plot(x, profiles[k], ".", color=shade)
        profile.plot(x, layer(*couples)[k], color=shade, lw=1)
    profile.set(xlabel="depth, µm", ylabel="composition", title="three of the couples")
    way.axhline(1.0, color="0.7", ls=":")
    way.set(xlabel="step", ylabel="misfit, noise = 1", title="training")
    way.legend()
    return figure


def main(path: str = "inside_a_network.png") -> None:
    couples, profiles = measured()
    keys = jax.random.split(jax.random.key(0))
    layers = eqx.nn.MLP("scalar", "scalar", 16, 2, jnp.tanh, key=keys[0])
    falling = djx.diffusivity.MonotoneMLP(10, rising=False, key=keys[1])
    laws, losses = {}, {}
    for name, module in {"positive": layers, "falling": falling}.items():
        law = djx.diffusivity.Network(module, value=1e-13)
        laws[name], losses[name], cost = train(law, couples, profiles)
        wrong = error(laws[name])
        print(f"{name}: " + ", ".join(f"{k} {v:.3g}" for k, v in cost.items()))
        print(
            f"  misfit {losses[name][0]:.0f}, then {losses[name][-1]:.2f}; D(c) within "
            f"{100 * jnp.max(abs(wrong)):.1f} %, "
            f"{100 * jnp.sqrt(jnp.mean(wrong**2)):.1f} % rms"
        )
        assert cost["gradient off by"] < 1e-6
        assert losses[name][-1] < 1.1 and jnp.max(abs(wrong)) < 0.1
    slope = jnp.diff(laws["falling"].over(jnp.linspace(-1, 2, 301), HOT))
    assert jnp.all(slope < 0)
    draw(laws, losses, couples, profiles).savefig(path, dpi=130)
    print(f"drawn in {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
