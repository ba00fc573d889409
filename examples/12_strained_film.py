"""A strained film: diffusion along it and across it part.

Carbon in a film of iron that is stretched or pressed in its plane. Octahedral holes are
of three kinds, one along each edge of the cube, and carbon presses hardest along its
own. Strain in the plane makes the kinds unequal, and jumps between them too: what was
one number becomes a tensor. The dipoles are round numbers for carbon in iron.
"""

import sys
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402


HOT = 400.0  # K
IRON = djx.mechanics.CubicStiffness(c11=230e9, c12=135e9, c44=117e9)
CRYSTAL = djx.lattice.bcc_octahedral(2.87e-10)
HOLES = djx.lattice.neighbour_jumps(CRYSTAL)
CARBON = djx.lattice.Landscape(
    site_energies=0.0,
    saddle_energies=0.82,
    attempt_frequencies=1e13,
    site_dipoles=djx.lattice.site_dipoles(CRYSTAL, np.diag([8.0, 3.4, 3.4])),
    saddle_dipoles=djx.lattice.saddle_dipoles(HOLES, np.diag([4.0, 4.6, 4.6])),
)


def film(strain: jax.Array) -> djx.mechanics.UniformStrain:
    """Strained alike along x and y, with a free surface across."""
    across = -2 * IRON.c12 / IRON.c11 * strain
    held = jnp.diag(jnp.stack([strain, strain, across]))
    return djx.mechanics.UniformStrain(held, IRON)


@jax.jit
def diffusivities(strain: jax.Array) -> jax.Array:
    """Along the film and across it, in m²/s."""
    law = djx.diffusivity.Interstitial(HOLES, CARBON, strain=film(strain))
    tensor = law.over(0.0, HOT)
    return jnp.stack([tensor[0, 0], tensor[2, 2]])


def main(path: str = "strained_film.png") -> None:
    strains = jnp.linspace(-0.01, 0.01, 41)
    along, across = jax.vmap(diffusivities)(strains).T
    # The first order, from the derivative of the whole network at rest.
    slope = djx.lattice.elastodiffusion(HOLES, CARBON, HOT)
    unit = film(jnp.asarray(1.0)).value
    linear = jnp.einsum("ijkl,kl->ij", slope, unit)
    rest = diffusivities(jnp.asarray(0.0))
    pulled = jax.jacfwd(diffusivities)(jnp.asarray(0.0))
    np.testing.assert_allclose(rest[0], rest[1], rtol=1e-12)
    np.testing.assert_allclose(pulled, [linear[0, 0], linear[2, 2]], rtol=1e-9)

    figure, panel = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
    drawn: Any = panel
    for values, name, k in ((along, "along the film", 0), (across, "across it", 2)):
        (line,) = drawn.plot(100 * strains, values / rest[0], label=name)
        first = 1 + linear[k, k] / rest[0] * strains
        drawn.plot(100 * strains, first, ":", color=line.get_color(), lw=1)
    drawn.set(xlabel="strain in the plane, %", ylabel="D over that without strain")
    drawn.set(title=f"carbon in an iron film at {HOT:.0f} K; dotted: first order")
    drawn.set(ylim=(0, None))
    drawn.legend()
    figure.savefig(path, dpi=130)
    ratio = float(along[-1] / across[-1])
    print(f"at 1 % strain D along the film is {ratio:.2f} times that across it")


if __name__ == "__main__":
    main(*sys.argv[1:])
