"""A network that has seen simulated couples says where a fit is to start.

Profiles are simulated over the whole range of what may come, and a small network learns
to read the parameters off a profile. It is right within a few tenths, and has no error
bars; `inverse.fit` does the rest. Three starts are compared on couples that the network
has not seen: the middle of the range, the network's guess, and the start that
`inverse` takes from the data by itself (Matano plane, Sauer-Freise).

Against the middle of the range the network saves more than half of the steps, and the
failures. Against the data's own start it wins nothing: where a direct method exists,
the guess is there for free. A network pays where there is none.
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


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402
import inverse as inv  # noqa: E402


HOT, TIME = 1273.15, 3.6e5  # K, s
REACH, POINTS, NOISE = 1e-3, 40, 0.01  # m
KNOTS = jnp.array([0.0, 0.5, 1.0])
AT = jnp.linspace(-REACH, REACH, POINTS)
TRAIN, STEPS, TRIALS = 4000, 2500, 40
# What may come: ln(D t / REACH²) at the middle, its spread over the knots, the joint.
LEVEL, SPREAD, JOINT = (-9.0, -3.0), 0.8, 0.6 * REACH
MIDDLE = jnp.array([*3 * [np.mean(LEVEL)], 0.0])


def drawn(key: jax.Array, count: int) -> jax.Array:
    """Numbers of `count` couples: ln(D t / REACH²) at the knots, and the joint."""
    keys = jax.random.split(key, 3)
    level = jax.random.uniform(keys[0], (count, 1), minval=LEVEL[0], maxval=LEVEL[1])
    shape = SPREAD * jax.random.normal(keys[1], (count, 3))
    joint = jax.random.uniform(keys[2], (count, 1), minval=-1.0, maxval=1.0)
    return jnp.concatenate([level + shape, joint], axis=1)


def law_and_joint(numbers: jax.Array) -> tuple[djx.diffusivity.LogSpline, jax.Array]:
    """The law, in m²/s, and the place of the joint, in m."""
    values = jnp.exp(numbers[:3]) * REACH**2 / TIME
    return djx.diffusivity.LogSpline(KNOTS, values), numbers[3] * JOINT


@jax.jit
def simulated(numbers: jax.Array) -> jax.Array:
    """Profiles without noise; one row for each couple."""

    def one(row):
        law, joint = law_and_joint(row)
        similar = djx.equations.similarity(law, 0.0, 1.0, HOT, cells=100, throw=False)
        return similar.at(AT - joint, TIME)

    return jax.lax.map(one, numbers)


def trained(numbers: jax.Array, profiles: jax.Array) -> Any:
    """From a profile to its numbers; noise is drawn anew for each step."""
    network = eqx.nn.MLP(POINTS, 4, 64, 2, jax.nn.gelu, key=jax.random.key(1))
    weights, rest = eqx.partition(network, eqx.is_inexact_array)
    optimiser = optax.adam(optax.cosine_decay_schedule(2e-3, STEPS))
    size = jnp.std(numbers, axis=0)

    def read(weights, profile):
        return MIDDLE + size * eqx.combine(weights, rest)(2 * profile - 1)

    def loss(weights, profiles, numbers):
        off = (jax.vmap(read, (None, 0))(weights, profiles) - numbers) / size
        return jnp.mean(jnp.abs(off))

    @jax.jit
    def train(weights, key):
        def step(carry, key):
            weights, state = carry
            which, noise = jax.random.split(key)
            chosen = jax.random.randint(which, (128,), 0, len(profiles))
            seen = profiles[chosen] + NOISE * jax.random.normal(noise, (128, POINTS))
            slope = jax.grad(loss)(weights, seen, numbers[chosen])
            change, state = optimiser.update(slope, state)
            return (optax.apply_updates(weights, change), state), None

        carry = (weights, optimiser.init(weights))
        return jax.lax.scan(step, carry, jax.random.split(key, STEPS))[0][0]

    found = train(weights, jax.random.key(2))
    return jax.jit(lambda profile: read(found, profile))


def fitted(profile: inv.Profile, numbers: jax.Array | None) -> inv.Fit:
    """A fit from given numbers, or from the data's own start."""
    law, joint = law_and_joint(MIDDLE if numbers is None else numbers)
    free = inv.Free(init=joint, scale=1e-4, unit="m")
    origin = None if numbers is None else free
    couple = inv.Couple(
        profile, djx.Anneal(TIME, HOT), left=0.0, right=1.0, origin=origin
    )
    start = "data" if numbers is None else "model"
    return inv.fit(law, [couple], start=start, throw=False)


def compared(read: Any, numbers: jax.Array) -> tuple[dict[str, Any], Any]:
    """Steps of each start on each couple, -1 for a fit that is not the best one."""
    random, clean = np.random.default_rng(3), simulated(numbers)
    names = ("middle of the range", "network", "data")
    typical = int(jnp.argmin(jnp.abs(numbers[:, 1] - LEVEL[1])))
    chi2, steps, shown = np.empty((3, TRIALS)), np.empty((3, TRIALS)), None
    for k in range(TRIALS):
        values = np.asarray(clean[k]) + NOISE * random.normal(size=POINTS)
        profile = inv.Profile(np.asarray(AT), values, NOISE)
        guess = read(jnp.asarray(values))
        for n, start in enumerate((MIDDLE, guess, None)):
            fit = fitted(profile, start)
            chi2[n, k] = fit.chi2 if np.isfinite(fit.chi2) else np.inf
            steps[n, k] = fit.iterations
        if k == typical:
            shown = (values, guess, clean[k])
    solved = chi2 < chi2.min(axis=0) + 0.5
    return dict(zip(names, np.where(solved, steps, -1))), shown


def draw(steps: dict[str, Any], shown: Any) -> Any:
    """One profile as the network reads it, and how many steps the fits took."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    values, guess, clean = shown
    x = 1e6 * np.asarray(AT)
    left.plot(x, values, "k.", label="measured")
    left.plot(x, clean, color="0.7", lw=3, zorder=0, label="true")
    for name, start in {"middle of the range": MIDDLE, "network": guess}.items():
        left.plot(x, simulated(start[None])[0], label=name)
    left.set(xlabel="x, µm", ylabel="composition", title="where a fit starts")
    left.legend()
    reach = int(max(np.max(taken) for taken in steps.values()))
    for name, taken in steps.items():
        share = [np.mean((taken >= 0) & (taken <= n)) for n in range(reach + 1)]
        colour = {"network": "tab:orange", "data": "tab:green"}.get(name, "tab:blue")
        right.step(range(reach + 1), share, where="post", label=name, color=colour)
    right.set(xlabel="steps", ylabel="share of couples solved", ylim=(0, 1.05))
    right.set_xlim(0, min(reach, 60))
    right.set_title("which start gets there")
    right.legend(loc="lower right")
    return figure


def main(path: str = "first_guess.png") -> None:
    start = time.perf_counter()
    numbers = drawn(jax.random.key(0), TRAIN)
    read = trained(numbers, simulated(numbers))
    print(
        f"{TRAIN} couples simulated and learned in {time.perf_counter() - start:.0f} s"
    )
    unseen = drawn(jax.random.key(9), TRIALS)
    off = jax.vmap(read)(simulated(unseen)) - unseen
    off = jnp.median(jnp.abs(off), axis=0)
    print(f"the network alone: ln D within {off[1]:.2f} at the middle (median)")
    steps, shown = compared(read, unseen)
    for name, taken in steps.items():
        good = taken[taken >= 0]
        print(
            f"start at the {name}: {100 * len(good) / TRIALS:.0f} % solved, "
            f"median {np.median(good):.0f} steps, nine of ten within "
            f"{np.quantile(good, 0.9):.0f}"
        )
    plain, network, data = steps.values()
    assert np.mean(network >= 0) >= max(0.9, np.mean(plain >= 0))
    assert np.median(network[network >= 0]) < np.median(plain[plain >= 0])
    assert np.mean(data >= 0) > 0.9
    draw(steps, shown).savefig(path, dpi=130)
    print(f"drawn in {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
