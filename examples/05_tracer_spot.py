"""A spot of tracer spreads in a crystal that is not cut along its axes.

The crystal is orthorhombic, with one Arrhenius law for each of its axes a, b and c, and
it is turned in the sample. A small round spot inside it grows into an ellipsoid whose
axes are those of the crystal. Half the growth of its second moments per time is the
tensor, all six components of it: that is how one would measure it in a body that can be
seen through, and here it must give back what was put in.
"""

import sys
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import diffjax as djx  # noqa: E402


HALF, CELLS = 28e-6, 42  # m
SPOT = 3e-6  # m, standard deviation of the spot at the start
HOLD = djx.Anneal(duration=10 * 3600.0, temperature=1473.15)
ARRHENIUS = ((6e-9, 2.2), (2e-8, 2.4), (3e-8, 2.2))  # m²/s and eV, along a, b, c
EULER = (0.6, 0.9, -0.4)  # radians


def spread(tensor: jax.Array, time: jax.Array, x: jax.Array) -> jax.Array:
    """Composition at `x` (m) in closed form: a Gaussian stays a Gaussian."""
    covariance = SPOT**2 * jnp.eye(3) + 2 * time * tensor
    # That of a point source after one second in a body of half the covariance.
    amount = (2 * jnp.pi) ** 1.5 * SPOT**3  # 1 at the peak to begin with
    return djx.exact.point_source(x, 1.0, 0.5 * covariance, amount)


def second_moments(solution: djx.Solution) -> jax.Array:
    """Covariance of where the tracer is, in m², at each save time."""
    x = solution.grid.centres.reshape(-1, 3)
    weights = solution.ys.reshape(solution.ys.shape[0], -1)
    weights = weights / jnp.sum(weights, axis=1, keepdims=True)
    means = weights @ x
    return jnp.einsum("tn,ni,nj->tij", weights, x, x) - jnp.einsum(
        "ti,tj->tij", means, means
    )


def draw(
    solution: djx.Solution, tensor: jax.Array, turned: jax.Array, path: str
) -> None:
    """The three middle planes, with the closed form's contours over them."""
    figure: Any = djx.plots.plot_map(
        solution, title="tracer after 10 h at 1200 °C", label="tracer, 1 at first"
    )
    fine = jnp.linspace(-HALF, HALF, 200)
    peak = float(spread(tensor, HOLD.duration, jnp.zeros(3)))
    levels = peak * np.exp(-0.5 * np.array([3.0, 2.0, 1.0]) ** 2)
    for panel, across, up in zip(figure.axes, (0, 0, 2), (1, 2, 1)):
        mesh = jnp.meshgrid(fine, fine)
        x = jnp.zeros((200, 200, 3)).at[..., across].set(mesh[0])
        exact = spread(tensor, HOLD.duration, x.at[..., up].set(mesh[1]))
        look: dict[str, Any] = dict(colors="white", linewidths=0.9)
        panel.contour(1e6 * fine, 1e6 * fine, exact, levels, **look)
        for k, name in enumerate("abc"):
            # Two standard deviations along an axis of the crystal, seen from the side.
            axis = turned[:, k]
            variance = SPOT**2 + 2 * HOLD.duration * (axis @ tensor @ axis)
            end = 2e6 * np.sqrt(variance) * np.asarray(axis)[[across, up]]
            panel.plot(*np.stack([-end, end]).T, color="#ffb000", lw=1.0)
            if np.hypot(*end) > 5:
                out = end * (1 + 2.2 / np.hypot(*end))
                panel.annotate(name, out, color="#ffb000", ha="center", va="center")
    figure.axes[3].text(
        0.08,
        0.60,
        "white: closed form,\n1, 2 and 3 standard deviations\n"
        "yellow: 2 standard deviations\nalong the crystal's axes",
        va="top",
        transform=figure.axes[3].transAxes,
        fontsize=8.5,
        color="0.25",
    )
    figure.savefig(path, dpi=160)


def main(path: str = "tracer_spot.png") -> None:
    laws = tuple(djx.diffusivity.Arrhenius(d, e) for d, e in ARRHENIUS)
    turned = djx.tensors.rotation_from_euler(EULER)
    law = djx.diffusivity.Anisotropic(laws, rotation=turned)

    grid = djx.grid.uniform((-HALF,) * 3, (HALF,) * 3, (CELLS,) * 3)
    spot = jnp.exp(-jnp.sum(grid.centres**2, axis=-1) / (2 * SPOT**2))
    times = HOLD.duration * jnp.array([1e-3, 0.5, 1.0])
    equation = djx.equations.Diffusion(law)
    solution = djx.solve(equation, grid, spot, HOLD, save_at=times, rtol=1e-5)
    print(solution.stats["method"], "took", solution.stats["num_steps"], "steps")

    # The same tensor by hand: the crystal's own, then turned into the sample.
    along = [law.over(0.0, HOLD.temperature) for law in laws]
    own = djx.tensors.crystal_tensor("orthorhombic", jnp.stack(along))
    tensor = djx.tensors.rotate(own, turned)

    exact = spread(tensor, HOLD.duration, grid.centres)
    error = jnp.linalg.norm(solution.ys[-1] - exact) / jnp.linalg.norm(exact)
    moments = second_moments(solution)
    found = 0.5 * (moments[-1] - moments[0]) / (times[-1] - times[0])
    missed = float(jnp.max(jnp.abs(found - tensor)) / jnp.max(tensor))
    with np.printoptions(precision=3, suppress=True):
        print("D put in (1e-16 m²/s):", *np.asarray(1e16 * tensor), sep="\n  ")
        print("D from the moments:", *np.asarray(1e16 * found), sep="\n  ")
    draw(solution, tensor, turned, path)

    smallest, defect = solution.balance.smallest, solution.balance.defect
    print(f"smallest value {smallest:.0e}, mass kept to {defect:.0e}")
    assert smallest >= 0 and defect < 1e-12
    assert missed < 1e-3
    assert error < 0.02
    print(f"{path}: field within {100 * error:.1f} %, tensor within {missed:.0e}")


if __name__ == "__main__":
    main(*sys.argv[1:])
