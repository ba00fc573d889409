import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.mechanics import (
    cut_cells,
    grid_fields,
    IsotropicStiffness,
    MisfitLayer,
    MisfittingSphere,
)

from ..helpers import validation_row
from .common import check_slopes, COPPER, STEEL


NM = 1e-9
HARD = IsotropicStiffness(400e9, 0.2)
SOFT = IsotropicStiffness(70e9, 0.33)
RING = djx.grid.Periodic()
WALLS = djx.grid.Walls(x=RING, y=RING, z=RING)


def box(n, half=1.0):
    """A cube around the origin; `half` its edge, in units of n/2 nm."""
    end = half * n / 2 * NM
    return djx.grid.uniform((-end,) * 3, (end,) * 3, (n,) * 3)


def ball(radius):
    return lambda x: jnp.sqrt(jnp.sum(x * x)) - radius


def test_shares_fill_the_volume_to_second_order():
    errors = []
    for n in (8, 16, 32):
        grid = box(n, 16 / n)
        share = cut_cells(grid, ball(5.3 * NM), 0.0, STEEL, fine=2).shares
        assert float(share.min()) == 0 and 0.99 < float(share.max()) <= 1
        found = float(grid.total(share))
        errors.append(abs(found / (4 / 3 * np.pi * (5.3 * NM) ** 3) - 1))
    rates = np.log2(np.array(errors[:-1]) / errors[1:])
    assert 1.7 < rates[-1] < 2.6, (errors, rates)


@pytest.mark.parametrize("smooth", [True, False])
def test_a_layer_between_faces_is_exact(smooth):
    # Neither interface lies on a face, and the layer has another stiffness.
    grid = djx.grid.uniform(0.0, 16 * NM, 16)
    lower, upper = 4.3 * NM, 9.6 * NM
    level = lambda x: jnp.abs(x - 0.5 * (lower + upper)) - 0.5 * (upper - lower)
    cells = cut_cells(grid, level, 1e-3, STEEL, COPPER, smooth=smooth)
    share = (upper - lower) / (16 * NM)
    np.testing.assert_allclose(jnp.mean(cells.shares), share, rtol=1e-12)
    # Held in its plane, and in length as the layer wants to: no stress along x.
    layer = MisfitLayer(1e-3, upper - lower, COPPER)
    held = layer.strain(0.0) + 1e-3 * jnp.eye(3)
    field = grid_fields(
        grid,
        djx.grid.Walls(x=RING),
        cells.eigenstrain,
        cells.stiffness,
        mean_strain=share * held,
        scheme="rotated",
        rtol=1e-12,
    )
    found = field.fields.stress[:, 0, 0]
    inside = np.asarray(jnp.abs(grid.centres - 6.95 * NM) < 1.2 * NM)
    outside = np.asarray(jnp.abs(grid.centres - 6.95 * NM) > 5 * NM)
    exact = np.asarray(layer.stress(0.0))
    found = np.asarray(found)
    size = float(np.abs(exact).max())
    error = max(
        float(np.abs(found[inside] - exact).max() / size),
        float(np.abs(found[outside]).max() / size),
    )
    assert error < 1e-9
    if smooth:
        validation_row(
            "misfit layer of another stiffness, its interfaces within cells",
            "stress of the coherent layer, over it",
            None,
            error,
            "16 cells",
        )


def test_mixtures_lie_between_the_limits():
    grid = box(8)
    cells = cut_cells(grid, ball(2.7 * NM), 1e-3, STEEL, HARD, smooth=False)
    f = np.asarray(cells.shares)[..., None, None]
    hard, soft = np.asarray(HARD.matrix), np.asarray(STEEL.matrix)
    most = f * hard + (1 - f) * soft
    least = np.linalg.inv(f * np.linalg.inv(hard) + (1 - f) * np.linalg.inv(soft))
    slack = -1e-9 * hard[0, 0]
    assert np.linalg.eigvalsh(most - cells.stiffness).min() > slack
    assert np.linalg.eigvalsh(cells.stiffness - least).min() > slack
    pure = np.asarray((cells.shares == 0) | (cells.shares == 1))
    assert 0 < pure.sum() < pure.size
    np.testing.assert_allclose(np.asarray(cells.stiffness)[pure], most[pure], rtol=1e-9)
    same = cut_cells(grid, ball(2.7 * NM), 1e-3, STEEL)
    assert same.stiffness is STEEL
    twin = IsotropicStiffness(210e9, 0.29)
    one = cut_cells(grid, ball(2.7 * NM), 1e-3, STEEL, twin)
    np.testing.assert_allclose(one.eigenstrain, same.eigenstrain, atol=1e-15)


def sphere_on_grid(inclusion):
    """Error of the stress around a sphere 28 cells across, over its pressure.

    In the closed form the spheres of the neighbouring periods add up, as if none felt
    the others. By symmetry their strain has no mean; what the sphere itself adds to the
    mean stress is its pressure times its share.
    """
    radius, n = 14 * NM, 64
    grid = box(n)
    cells = cut_cells(grid, ball(radius), 0.01, STEEL, inclusion)
    sphere = MisfittingSphere(0.01, radius, STEEL, inclusion=inclusion)
    pull = sphere.hydrostatic(np.zeros(3))
    field = grid_fields(
        grid,
        WALLS,
        cells.eigenstrain,
        cells.stiffness,
        mean_stress=pull * jnp.mean(cells.shares) * jnp.eye(3),
        scheme="rotated",
        rtol=1e-6,
    )
    assert field.fields.converged
    places = grid.centres.reshape(-1, 3)
    stress = jax.jit(jax.vmap(sphere.stress))
    periods = n * NM * (np.stack(np.meshgrid(*[range(3)] * 3), -1).reshape(-1, 3) - 1)
    exact = sum(stress(places - far[None]) for far in jnp.asarray(periods))
    error = np.asarray((field.fields.stress.reshape(-1, 3, 3) - exact) / pull)
    error = abs(error).max((1, 2))
    away = np.linalg.norm(places, axis=-1) / NM - 14
    return {shell: (error[away < -shell], error[away > shell]) for shell in (2, 3)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "inclusion, name",
    [
        (None, "of its body's stiffness"),
        (HARD, "nearly twice as stiff"),
        (SOFT, "a third as stiff"),
    ],
    ids=["same", "hard", "soft"],
)
def test_eshelbys_sphere(inclusion, name):
    errors = sphere_on_grid(inclusion)
    assert max(part.max() for part in errors[3]) < 0.01
    rms = lambda part: float(np.sqrt(np.mean(part**2)))
    for kind, error, most in (
        ("root mean square", max(map(rms, errors[2])), 0.006),
        ("largest", max(float(part.max()) for part in errors[2]), 0.015),
    ):
        assert error < most
        validation_row(
            f"misfitting sphere {name}, on a periodic grid; {kind}",
            "Eshelby's stress in and around it, two cells off the surface, over the "
            "pressure in it",
            None,
            error,
            "64³ cells, 28 across",
        )


def test_slopes():
    grid = box(6)
    target = jnp.asarray(np.random.default_rng(5).normal(size=(*grid.shape, 3, 3)))

    def mixed(p):
        level = lambda x: jnp.sqrt(jnp.sum((x / NM) ** 2 * p[1])) - 2 * p[0]
        hard = IsotropicStiffness(p[2] * 1e11, 0.2)
        cells = cut_cells(grid, level, p[3], STEEL, hard, fine=2)
        return jnp.sum(target * cells.eigenstrain) + jnp.mean(cells.stiffness) / 1e10

    check_slopes(mixed, [1.0, 1.1, 4.0, 0.5], step=1e-6, rtol=1e-5)
    # A ball that grows by dR fills its surface times dR.
    total = lambda r: grid.total(cut_cells(grid, ball(r), 0.0, STEEL, fine=4).shares)
    found = jax.jit(jax.grad(total))(2 * NM)
    np.testing.assert_allclose(found, 4 * np.pi * (2 * NM) ** 2, rtol=0.05)


def test_bad_input_is_refused():
    radial = djx.grid.uniform(0.0, NM, 8, "spherical")
    with pytest.raises(ValueError, match="must be planar; got spherical"):
        cut_cells(radial, ball(NM), 0.0, STEEL)
    with pytest.raises(ValueError, match=r"misfit=...\)` must be symmetric"):
        cut_cells(box(4), ball(NM), np.tri(3), STEEL)
