import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import (
    EdgeDislocation,
    misfit_rows,
    MisfitLayer,
    MisfitRow,
    TiltWall,
)
from diffjax.tensors import rotation_from_axis

from ..helpers import validation_row
from .common import check_field, check_slopes, COPPER, STEEL


B = 2.5e-10
X, Y, Z = np.eye(3)
TURN = np.asarray(rotation_from_axis([1.0, 2.0, -1.0], 0.7))
ORIGIN = np.array([1e-9, 2e-9, 0.0])
POINTS = np.random.default_rng(0).normal(size=(6, 3)) * 5e-9


@pytest.mark.parametrize("kind, way", [(TiltWall, Y), (MisfitRow, X)])
def test_a_row_is_the_sum_of_its_dislocations(kind, way):
    h, core = 10e-9, 1e-9
    row = kind(B * X, Z, h, STEEL, core_radius=core, origin=ORIGIN)
    one = EdgeDislocation(B * X, Z, STEEL, core_radius=core, origin=ORIGIN)
    x = ORIGIN + 1e-9 * np.array([[0.3, 2, 0], [0, 0, 0], [-5, 1, 0], [8, 4, 9]])
    shifts = h * np.outer(np.arange(-2000, 2001), way)

    @jax.jit
    @jax.vmap
    def both(x):
        each = jax.vmap(lambda s: one.stress(x - s))(jnp.asarray(shifts))
        # What is left out falls as 1/n: the rest from half as many.
        half, all_of_them = jnp.sum(each[1000:3001], 0), jnp.sum(each, 0)
        rest = (all_of_them - half) * 1000.5 / 1000
        return row.stress(x), all_of_them + rest

    found, expected = map(np.asarray, both(jnp.asarray(x)))
    error = float(np.abs(found - expected).max() / np.abs(found).max())
    assert error < 1e-7
    validation_row(
        f"{kind.__name__} in closed form, cores of 1 nm, 10 nm apart",
        "sum over 4001 dislocations and the rest of 1/n, over the largest stress",
        None,
        error,
        "4 points",
    )


@pytest.mark.parametrize("kind", [TiltWall, MisfitRow])
def test_a_row_is_in_balance(kind):
    row = kind(B * TURN @ X, TURN @ Z, 1e-8, STEEL, core_radius=B)
    check_field(row, 0.2 * POINTS, B, compatible=np.inf)
    sharp = kind(B * TURN @ X, TURN @ Z, 1e-8, STEEL, core_radius=1e-15)
    check_field(sharp, POINTS, 1e-9, compatible=1e-6)


def test_a_wall_tilts_and_has_no_far_field():
    wall = TiltWall(B * TURN @ X, TURN @ Z, 1e-8, STEEL, core_radius=B)
    np.testing.assert_allclose(wall.angle, B / 1e-8, rtol=1e-12)
    near, far, endless = (
        np.abs(wall.stress(TURN @ X * d)).max() for d in (5e-9, 3e-8, 1e-3)
    )
    assert far < 1e-5 * near and endless == 0


def test_a_row_parts_two_strains():
    row = MisfitRow(B * TURN @ X, TURN @ Z, 1e-8, STEEL, core_radius=1e-13)
    np.testing.assert_allclose(row.step, 0.025, rtol=1e-12)
    above, below = (TURN.T @ row.strain(d * TURN @ Y) @ TURN for d in (1e-6, -1e-6))
    assert above[0, 0] < 0
    np.testing.assert_allclose(below[0, 0] - above[0, 0], row.step, rtol=1e-9)
    np.testing.assert_allclose([above[2, 2], above[0, 1]], 0.0, atol=1e-12)
    stress = row.stress(1e-6 * TURN @ Y)
    np.testing.assert_allclose(stress @ TURN @ Y, 0.0, atol=1.0)


@pytest.mark.parametrize("misfit", [0.01, -0.01])
def test_a_layer_is_relaxed_by_its_net_of_dislocations(misfit):
    n, h = TURN @ Y, 3e-8
    layer = MisfitLayer(misfit, h, STEEL, normal=n, origin=ORIGIN)

    @jax.jit
    def means(spacing, depth):
        rows = misfit_rows(layer, B * TURN @ X, spacing, core_radius=1e-13)
        cell = jnp.arange(64) / 64 * spacing
        start = ORIGIN + depth * jnp.asarray(n)
        first = jnp.outer(cell, jnp.asarray(TURN @ X))[:, None]
        along = first + jnp.outer(cell, jnp.asarray(TURN @ Z))[None]
        stress = jax.vmap(jax.vmap((layer + rows).stress))(along + start[None, None])
        return jnp.mean(stress, axis=(0, 1))

    bare = layer.stress(ORIGIN)
    size = float(np.abs(bare).max())
    full = B / misfit
    within = [means(full, d * h) for d in (0.0, 0.3, -0.4)]
    np.testing.assert_allclose(within, np.zeros((3, 3, 3)), atol=1e-5 * size)
    error = float(np.abs(within).max() / size)
    half = means(2 * full, 0.1 * h)
    np.testing.assert_allclose(half, 0.5 * bare, atol=1e-5 * size)
    outside = [means(full, d * h) for d in (0.8, -1.5)]
    np.testing.assert_allclose(outside, np.zeros((2, 3, 3)), atol=1e-5 * size)
    validation_row(
        "misfit layer with the net of dislocations that relaxes it",
        "no mean stress, over that of the coherent layer",
        None,
        error,
        "64² points",
    )


def test_slopes():
    def pull(p):
        wall, row = (
            kind(p[0] * B * X, Z, p[1] * 1e-8, STEEL, core_radius=p[2] * B)
            for kind in (TiltWall, MisfitRow)
        )
        x = jnp.array([1e-9, 0.7e-9, 0.0]) * p[3]
        stress = (wall + row).stress(x)
        return (jnp.trace(stress) + stress[0, 1]) / 1e9

    check_slopes(pull, [1.0, 1.3, 1.1, 1.2])


@pytest.mark.parametrize("kind", [TiltWall, MisfitRow])
def test_slopes_are_finite_on_the_line_and_far_away(kind):
    row = kind(B * X, Z, 1e-8, STEEL, core_radius=B, origin=ORIGIN)
    slopes = jax.jit(jax.jacfwd(jax.jacrev(row.stress)))
    for x in (ORIGIN, np.zeros(3), np.full(3, 1e-3)):
        assert np.all(np.isfinite(slopes(jnp.asarray(x))))


LAYER = MisfitLayer(0.01, 1e-8, STEEL)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (
            lambda: TiltWall(B * X, Z, 0.0, STEEL, core_radius=B),
            r"TiltWall\(spacing=...\)` must be .* > 0 \(m\)",
        ),
        (
            lambda: MisfitRow(B * X, Z, -1e-8, STEEL, core_radius=B),
            r"MisfitRow\(spacing=...\)` must be .* > 0 \(m\)",
        ),
        (lambda: misfit_rows(LAYER, B * X, 1e-8, core_radius=B), "plane of the layer"),
        (lambda: misfit_rows(LAYER, B * Y, 0.0, core_radius=B), "must not be zero"),
        (
            lambda: misfit_rows(
                MisfitLayer(0.01, 1e-8, COPPER), B * Y, 1e-8, core_radius=B
            ),
            "must have an `IsotropicStiffness`; got that of Cubic",
        ),
    ],
)
def test_bad_input_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
