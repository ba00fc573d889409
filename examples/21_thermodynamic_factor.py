"""A thermodynamic factor from a couple: what a profile tells, and what it does not.

An interdiffusion profile shows one function of composition, the product of mobilities
and the thermodynamic factor, so that it fits alloys of very different interactions.
Tracer diffusivities take the mobilities out of it, and foils between slices of the
couple, which move with the lattice, tell the two metals apart. The alloy is made up,
with interactions that are common between metals.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402
import inverse as inv  # noqa: E402


HOT, GAS = 1273.0, 8.31446  # K, J/(mol K)
ANNEAL = djx.Anneal(3.6e5, HOT)
ENDS = {"B": 0.0}, {"B": 1.0}
X = np.linspace(-6e-4, 6e-4, 70)  # m
FOILS = np.linspace(-2e-4, 2e-4, 9)  # m
SHARES = np.linspace(0.1, 0.9, 5)  # of B


class Tracers(eqx.Module):
    """ln D* of A and of B (m²/s), straight lines over the fraction of B."""

    a: Any
    b: Any

    def __call__(self, x: Any, temperature: Any) -> Any:
        del temperature
        return jnp.exp(jnp.stack([self.a @ x, self.b @ x]))


class Alloy(eqx.Module):
    """Tracers, and a sub-regular solution with L0 and L1 (kJ/mol)."""

    tracers: Tracers
    interaction: Any

    @property
    def law(self) -> djx.diffusivity.Multicomponent:
        pairs = {("A", "B"): list(1e3 * self.interaction)}
        gibbs = djx.thermo.RedlichKister(("A", "B"), pairs)
        return djx.diffusivity.Multicomponent(self.tracers, gibbs)

    def factor(self, b: Any) -> Any:
        """Thermodynamic factor at fractions of B; no unit."""
        levels = self.interaction[0] + 3 * self.interaction[1] * (1 - 2 * b)
        return 1 - 2e3 * b * (1 - b) * levels / (GAS * HOT)


def law(model: Alloy) -> djx.diffusivity.Multicomponent:
    """What happens in the couple."""
    return model.law


def tracers(model: Any, local: Any, at: Any) -> Any:
    """ln D* at fractions of B; the second column tells A (0) from B (1)."""
    x = jnp.stack([1 - at[:, 0], at[:, 0]], axis=1)
    both = jnp.log(jax.vmap(lambda one: model.tracers(one, HOT))(x))
    return jnp.where(at[:, 1] == 0, both[:, 0], both[:, 1])


TRUTH = Alloy(
    Tracers(jnp.log(jnp.array([2e-14, 6e-14])), jnp.log(jnp.array([8e-14, 1e-13]))),
    jnp.array([-12.0, 9.0]),
)
START = Alloy(Tracers(jnp.full(2, -30.5), jnp.full(2, -30.5)), jnp.zeros(2))
FREE = [
    inv.Free("tracers.a", scale=1.0, name=("ln D_A(A)", "ln D_A(B)")),
    inv.Free("tracers.b", scale=1.0, name=("ln D_B(A)", "ln D_B(B)")),
    inv.Free("interaction", scale=10.0, unit="kJ/mol", name=("L0", "L1")),
]


def experiments(seed: int = 0) -> tuple[Any, ...]:
    """The profile (0.5 at%), tracers at five compositions (5 %), nine foils (3 %)."""
    kinds = np.stack([np.repeat(SHARES, 2), np.tile([0.0, 1.0], 5)], axis=1)
    scan = inv.planned(X, 0.005, "profile")
    known = inv.planned_readings(kinds, 0.05, "tracers", quantity="ln D* (m²/s)")
    foils = inv.planned_readings(FOILS, 0.015 / 3.6e9, "foils")
    origin = inv.Free(init=0.0, scale=1e-5, unit="m")
    plans = [
        inv.MixtureCouple({"B": scan}, ANNEAL, *ENDS, origin=origin, law=law),
        inv.Measured(known, tracers),
        inv.MixtureCouple(None, ANNEAL, *ENDS, velocities=foils, law=law),
    ]
    return inv.simulate(TRUTH, plans, seed)


def draw(fits: dict[str, inv.Fit], data: tuple[Any, ...]) -> Any:
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    alone, both = list(fits.values())
    left.plot(1e6 * X, data[0].data.value, "o", ms=3, mfc="none", color="0.2")
    shown = [(alone, "-", "tab:orange"), (both, "--", "tab:blue")]
    for (fit, style, colour), label in zip(shown, fits):
        left.plot(1e6 * X, fit.fitted[0], style, color=colour, label=label)
    left.set(xlabel="x, µm", ylabel="fraction of B", title="both fit the profile")
    left.legend()
    b = jnp.linspace(0.0, 1.0, 101)
    for (fit, _, colour), label in zip(shown, fits):
        value, error = fit.predict(lambda model: model.factor(b))
        half = fit.quantile * error
        right.fill_between(b, value - half, value + half, color=colour, alpha=0.25)
        right.plot(b, value, color=colour, label=label)
    right.plot(b, TRUTH.factor(b), ":", color="k", label="truth")
    right.set(xlabel="fraction of B", ylabel="thermodynamic factor", ylim=(-1, 6))
    right.set_title("95 % bands of what is sought")
    right.legend(loc="upper left")
    return figure


def main() -> None:
    data = experiments()
    fits = {
        "profile alone": inv.fit(START, data[0], FREE),
        "with tracers and foils": inv.fit(START, data, FREE),
    }
    for label, fit in fits.items():
        print(f"-- {label}\n{fit.table}")
    draw(fits, data).savefig("thermodynamic_factor.png", dpi=120)
    found = fits["with tracers and foils"]
    off = [(found[n].value - v) / found[n].stderr for n, v in (("L0", -12), ("L1", 9))]
    print(
        f"thermodynamic_factor.png: L0 and L1 are {abs(off[0]):.1f} and "
        f"{abs(off[1]):.1f} standard errors off"
    )


if __name__ == "__main__":
    main()
