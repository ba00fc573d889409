"""Gorsky relaxation: dissolved atoms in a beam that is bent, held, and let go.

Bending stretches one face of the beam and presses the other. Atoms that take up room
drift to the stretched face, as slowly as they diffuse across: the beam goes on bending
under its load with the time constant L²/π²D, which is how the diffusivity of hydrogen
in metals was first measured. Round numbers for hydrogen in niobium.
"""

import jax
import jax.numpy as jnp


jax.config.update("jax_enable_x64", True)

import diffjax as djx  # noqa: E402


def main() -> None:
    thickness, diffusivity, temperature = 0.5e-3, 8e-10, 300.0
    relaxation_volume, stiffness = 3e-30, 105e9  # m³ per atom, Pa
    strain_at_face, amount = 1e-4, 0.01  # of the bent beam; atoms per site
    kt = djx.BOLTZMANN_EV * temperature
    tau = thickness**2 / (jnp.pi**2 * diffusivity)

    # U = -ΔV σ_h, and a third of the stress along the beam is hydrostatic.
    slope = stiffness * strain_at_face / (thickness / 2)
    force = relaxation_volume * slope / 3 / djx.ELEMENTARY_CHARGE
    let_go = 8 * tau
    bending = djx.potentials.Energy(
        lambda x, T, t: -force * x * jnp.where(t < let_go, 1.0, 0.0)
    )
    law = djx.diffusivity.Constant(diffusivity)
    equation = djx.equations.Diffusion(djx.fluxes.Drift(law, bending))
    grid = djx.grid.uniform(-thickness / 2, thickness / 2, 100)
    times = tau * jnp.array([0.1, 0.3, 1.0, 2.0, 3.0, 8.0, 9.0, 10.0, 11.0])
    # Two anneals, so that a step in time ends where the load does.
    hold = djx.Anneal(let_go, temperature) + djx.Anneal(4 * tau, temperature)
    run = djx.solve(
        equation, grid, jnp.full(100, amount), hold, save_at=times, rtol=1e-8
    )

    # How lopsided the beam has become; a sum over odd modes tells how.
    moment = jnp.sum(run.ys * grid.centres, axis=1) * thickness / 100
    n = jnp.arange(1.0, 60.0, 2.0)
    left = lambda t: 96 / jnp.pi**4 * jnp.sum(n**-4.0 * jnp.exp(-(n**2) * t / tau))
    bent = amount * force / kt * thickness**3 / 12
    # By superposition: what the load does, less what it would still do after its end.
    gained = lambda t: jnp.where(t > 0, 1 - left(jnp.maximum(t, 0.0)), 0.0)
    exact = bent * jnp.stack([gained(t) - gained(t - let_go) for t in times])
    error = float(jnp.max(jnp.abs(moment - exact)) / bent)
    late = jnp.log(moment[6] / moment[8])
    seen = float((times[8] - times[6]) / late)

    rest = djx.steady_state(
        djx.equations.Diffusion(djx.fluxes.Drift(law, djx.potentials.BodyForce(force))),
        grid,
        temperature,
        guess=amount,
    )
    gain = float(rest.composition[-1] / rest.composition[0] - 1)
    print(f"at rest the stretched face holds {100 * gain:.2f} % more than the other")
    print(f"let go, the beam straightens with {seen:.2f} s; L²/π²D is {tau:.2f} s")
    assert abs(seen / float(tau) - 1) < 2e-3
    assert error < 2e-3
    assert float(run.balance.defect) < 1e-12
    print(f"largest difference to the sum over modes: {100 * error:.2f} %")


if __name__ == "__main__":
    main()
