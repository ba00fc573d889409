import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import EdgeDislocation, ScrewDislocation, SumOfFields
from diffjax.tensors import rotation_from_axis

from ..helpers import validation_row
from .common import check_field, check_slopes, STEEL


B = 2.5e-10
NU = 0.29
X, Z = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])
TURN = np.asarray(rotation_from_axis([1.0, 2.0, -1.0], 0.7))
ORIGIN = np.array([1e-9, 2e-9, 0.0])
POINTS = np.random.default_rng(0).normal(size=(6, 3)) * 5e-9


def edge(core=B, turn=np.eye(3)):
    return EdgeDislocation(
        B * turn @ X, turn @ Z, STEEL, core_radius=core, origin=ORIGIN
    )


def screw(core=B, turn=np.eye(3)):
    return ScrewDislocation(B, turn @ Z, STEEL, core_radius=core, origin=ORIGIN)


@pytest.mark.parametrize("make", [edge, screw])
def test_forces_balance_and_strains_fit(make):
    # In the core forces balance still; far from it strains fit as well.
    check_field(make(turn=TURN), ORIGIN + 0.1 * POINTS, B, compatible=np.inf)
    check_field(make(core=1e-15, turn=TURN), ORIGIN + POINTS, 1e-9, compatible=1e-8)


def displaced(kind):
    """Volterra's displacement, of which the strain is a derivative."""

    def u(x):
        x, y, _ = x - ORIGIN
        angle, square = jnp.arctan2(y, x), x * x + y * y
        none = 0.0 * x
        if kind == "screw":
            return B / (2 * np.pi) * jnp.stack([none, none, angle])
        ux = angle + x * y / (2 * (1 - NU) * square)
        uy = -(1 - 2 * NU) / (4 * (1 - NU)) * jnp.log(square) - (x * x - y * y) / (
            4 * (1 - NU) * square
        )
        return B / (2 * np.pi) * jnp.stack([ux, uy, none])

    return u


@pytest.mark.parametrize("kind", ["edge", "screw"])
def test_far_from_the_core_it_is_volterras(kind):
    make = {"edge": edge, "screw": screw}[kind]
    x = jnp.asarray(ORIGIN + POINTS)

    @jax.jit
    @jax.vmap
    def slopes(x):
        slope = jax.jacfwd(displaced(kind))(x)
        return 0.5 * (slope + slope.T)

    expected = slopes(x)
    size = np.abs(expected).max()
    errors = []
    for core in (4e-10, 2e-10, 1e-10):
        found = jax.vmap(make(core=core).strain)(x)
        errors.append(np.abs(found - expected).max() / size)
    rates = np.log2(np.array(errors[:-1]) / errors[1:])
    order = {"edge": 2, "screw": 4}[kind]
    assert order - 0.4 < rates[-1] < order + 0.1
    sharp = jax.vmap(make(core=1e-15).strain)(x)
    error = float(np.abs(sharp - expected).max() / size)
    assert error < 1e-10
    validation_row(
        f"{kind} dislocation with a core, far from it",
        "Volterra's displacement; order in the core radius",
        rates[-1],
        errors[-1],
        "core of 0.1 nm",
    )


@pytest.mark.parametrize("make, way", [(edge, X), (screw, Z)])
def test_the_way_around_the_line_closes_but_for_burgers_vector(make, way):
    # Cesaro's integral: the strain along the loop, and the turns it makes.
    n, field = 720, make()
    angles = 2 * np.pi * np.arange(n) / n
    out = 50 * B * np.stack([np.cos(angles), np.sin(angles), 0 * angles], 1)
    along = 2 * np.pi / n * np.cross(Z, out)
    both = lambda x: (field.strain(x), jax.jacfwd(field.strain)(x))
    strain, slope = jax.jit(jax.vmap(both))(jnp.asarray(ORIGIN + out))
    twist = np.einsum("pikj->pijk", slope) - np.einsum("pjki->pijk", slope)
    slip = np.einsum("pik,pk->i", strain, along)
    slip -= np.einsum("pj,pijk,pk->i", out, twist, along)
    np.testing.assert_allclose(slip / B, way, atol=2e-3)


def test_the_extra_half_plane_is_compressed():
    above = edge().hydrostatic(ORIGIN + np.array([0.0, 1e-9, 0.0]))
    assert above < 0
    mu = float(STEEL.shear_modulus)
    volterra = -(1 + NU) * mu * B / (3 * np.pi * (1 - NU) * 1e-9)
    found = edge(core=1e-15).hydrostatic(ORIGIN + np.array([0.0, 1e-9, 0.0]))
    np.testing.assert_allclose(found, volterra, rtol=1e-10)
    np.testing.assert_allclose(screw().hydrostatic(ORIGIN + POINTS[0]), 0, atol=1e-3)


def test_turning_the_dislocation_turns_the_field():
    for make in (edge, screw):
        plain = make().stress(ORIGIN + POINTS[1])
        turned = make(turn=TURN).stress(ORIGIN + TURN @ POINTS[1])
        np.testing.assert_allclose(turned, TURN @ plain @ TURN.T, atol=1.0)


def test_slopes():
    def pull(p):
        fields = SumOfFields(
            EdgeDislocation(p[0] * B * X, Z, STEEL, core_radius=p[1] * B),
            ScrewDislocation(p[2] * B, Z, STEEL, core_radius=p[1] * B),
        )
        x = jnp.array([1e-9, 0.7e-9, 0.0]) * p[3]
        stress = fields.stress(x)
        return (jnp.trace(stress) + stress[0, 2] + stress[0, 1]) / 1e9

    check_slopes(pull, [1.0, 1.1, 0.9, 1.2])
    fields = edge() + screw()

    @jax.jit
    def slopes(x):
        return jax.jacrev(fields.stress)(x), jax.jacfwd(jax.grad(fields.hydrostatic))(x)

    for x in (ORIGIN, np.zeros(3)):
        assert all(np.all(np.isfinite(s)) for s in slopes(jnp.asarray(x)))


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: EdgeDislocation(B * Z, Z, STEEL, core_radius=B), "at right angles"),
        (lambda: EdgeDislocation(0 * X, Z, STEEL, core_radius=B), "must not be zero"),
        (lambda: edge(core=0.0), r"core_radius=...\)` must be .* > 0 \(m\)"),
        (lambda: screw(core=-1.0), r"core_radius=...\)` must be .* > 0 \(m\)"),
    ],
)
def test_bad_input_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
