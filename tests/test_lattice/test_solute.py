import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.lattice import (
    bcc,
    correlation_factors,
    Crystal,
    fcc,
    hcp,
    honeycomb,
    neighbour_jumps,
    network_diffusivity,
    SoluteNetwork,
    square,
)

from ..helpers import validation_row
from .common import cell_of_atoms, without_ends


FCC = SoluteNetwork(neighbour_jumps(fcc(1.0)))
ONES = np.ones(12)


def extrapolated(jumps, sizes, *rates):
    """For infinitely many cells, and as blocks (ss, sv, vs)."""
    d = jumps.crystal.dimension
    limit = without_ends([cell_of_atoms(jumps, n, *rates) for n in sizes], sizes, d)
    return limit[:d, :d], limit[:d, d:], limit[d:, :d]


CASES = {
    "fcc": (fcc(1.0), (8, 10, 12, 14), [(3.0, 2.0, 0.4, 5.0), (8.0, 30.0, 1.0, 10.0)]),
    "bcc": (bcc(1.0), (8, 10, 12, 14), [(1.0, 3.0, 0.5, 4.0)]),
    "hcp": (hcp(1.0), (6, 8, 10, 12), [(2.0, 0.7, 0.5, 3.0)]),
    "honeycomb": (honeycomb(1.0), (8, 12, 16, 20), [(1.0, 0.3, 2.0, 0.4)]),
}


SLOW = [pytest.param("hcp", marks=pytest.mark.slow)]


@pytest.mark.parametrize("name", ["fcc", "bcc", "honeycomb", *SLOW])
def test_against_finite_cells(name):
    crystal, sizes, sets = CASES[name]
    jumps = neighbour_jumps(crystal)
    w0 = np.array([1.0, 1.7])[np.array(jumps.classes)]
    worst = 0.0
    for w1, w2, w3, beta in sets:
        found = SoluteNetwork(jumps).transport(
            w0, rotation=w1, exchange=w2, dissociation=w3, binding=beta
        )
        ss, sv, vs = extrapolated(jumps, sizes, w0, w1, w2, w3, beta)
        scale = float(np.max(abs(ss)))
        # Onsager's symmetry, in the finite cell and beyond.
        np.testing.assert_allclose(sv, vs.T, atol=1e-9 * scale)
        worst = max(worst, np.max(abs(found.solute - ss)) / scale)
        worst = max(worst, np.max(abs(found.cross - sv)) / scale)
    assert worst < 3e-6, worst
    if name == "hcp":  # rows are those of the quick tests
        return
    validation_row(
        f"Solute and vacancy in {name}: L_ss and L_sv",
        "periodic cells, extrapolated; over L_ss",
        None,
        worst,
        f"up to {sizes[-1]}^{crystal.dimension} cells",
    )


@pytest.mark.parametrize(
    "crystal", [fcc(1.0), pytest.param(hcp(1.0), marks=pytest.mark.slow)]
)
def test_a_solute_like_any_other_atom(crystal):
    jumps = neighbour_jumps(crystal)
    w0 = np.array([1.0, 0.3])[np.array(jumps.classes)]
    found = SoluteNetwork(jumps).transport(w0)
    d_v, f = network_diffusivity(jumps, w0), correlation_factors(jumps, w0)
    same = lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=1e-8)
    same(found.vacancy, d_v)
    same(found.memoryless, d_v)
    same(found.correlation, f)
    same(found.solute, f @ d_v)
    # Vacancies move only by atoms: sum rules of all fluxes.
    same(found.cross, -d_v)
    same(found.vacancy_change, -d_v)
    same(found.drag, -jnp.linalg.inv(f))
    same(found.wind, jnp.linalg.inv(f) - jnp.eye(len(f)))


def test_sites_of_two_kinds():
    # The tracer of a crystal whose vacancies prefer one kind of site.
    crystal = Crystal([[1.0, 0.0], [0.2, 1.1]], [[0.0, 0.0], [0.4, 0.5]], ("a", "b"))
    jumps = neighbour_jumps(crystal, shells=4)
    rho = np.array([0.8, 0.2])
    flows = np.array([1.0, 0.4, 2.0, 0.7])[np.array(jumps.classes) % 4]
    w0 = flows / rho[np.array(jumps.source)]
    found = SoluteNetwork(jumps).transport(w0, occupancies=rho)
    f = correlation_factors(jumps, w0, rho)
    d_v = network_diffusivity(jumps, w0, rho)
    np.testing.assert_allclose(found.solute, f @ d_v, atol=1e-8)
    np.testing.assert_allclose(found.cross, -d_v, atol=1e-8)
    np.testing.assert_allclose(found.vacancy_change, -d_v, atol=1e-8)


def drag(w1, w3, beta):
    found = FCC.transport(
        ONES, rotation=w1, exchange=5.0, dissociation=w3, binding=beta
    )
    return float(found.drag[0, 0])


def test_drag_where_the_solute_holds_its_vacancy():
    # Rotations carry a bound vacancy round the solute: both then go the same way.
    assert drag(1.0, 1.0, 1.0) < 0
    assert drag(20.0, 1.0, 1.0) > 0
    # Weaker binding, by faster dissociation, takes the drag away again.
    signs = [drag(3.0, w3, 0.5 / w3) > 0 for w3 in (0.1, 0.3, 1.0, 3.0)]
    assert signs[0] and not signs[-1]


def test_never_negative():
    rng = np.random.default_rng(1)
    for _ in range(10):
        w1, w2, w3, beta = 10 ** rng.uniform(-3, 3, 4)
        found = FCC.transport(
            ONES, rotation=w1, exchange=w2, dissociation=w3, binding=beta
        )
        share = 1e-3 / max(1.0, beta)
        cross = share * found.cross
        rest = found.vacancy + share * found.vacancy_change
        whole = np.block([[share * found.solute, cross], [cross.T, rest]])
        assert np.all(np.linalg.eigvalsh(whole) > 0)
        assert 0 < found.correlation[0, 0] < 1


def test_limits_of_slow_and_fast_exchange():
    slow = FCC.transport(ONES, exchange=1e-9)
    np.testing.assert_allclose(slow.correlation, np.eye(3), atol=1e-8)
    # A solute that only swaps to and fro stands still on the average.
    fast = FCC.transport(ONES, exchange=1e9)
    assert fast.correlation[0, 0] < 1e-8
    np.testing.assert_allclose(
        fast.solute, FCC.transport(ONES, exchange=1e6).solute, atol=1e-4
    )


def test_gradients_against_central_differences():
    def look(logs):
        w1, w2, w3, beta, w0 = jnp.exp(logs)
        found = FCC.transport(
            w0 * ONES, rotation=w1, exchange=w2, dissociation=w3, binding=beta
        )
        return jnp.stack([found.correlation[0, 0], found.drag[0, 0]])

    at, h = jnp.array([0.5, 1.0, -0.7, 1.2, 0.1]), 1e-5
    slopes = jax.jacrev(look)(at)
    for k, step in enumerate(h * np.eye(5)):
        slope = (look(at + step) - look(at - step)) / (2 * h)
        np.testing.assert_allclose(slopes[:, k], slope, atol=1e-6)


def test_ten_thousand_sets():
    rng = np.random.default_rng(2)
    sets = jnp.asarray(np.exp(rng.normal(size=(10_000, 4))))

    def factor(row):
        found = FCC.transport(
            ONES, rotation=row[0], exchange=row[1], dissociation=row[2], binding=row[3]
        )
        return found.correlation[0, 0]

    found = jax.jit(lambda x: jax.lax.map(factor, x, batch_size=1000))(sets)
    assert found.shape == (10_000,) and bool(jnp.all((found > 0) & (found < 1)))
    np.testing.assert_allclose(found[7], factor(sets[7]), rtol=1e-10)


def test_single_precision():
    one = lambda x: jnp.asarray(x, jnp.float32)
    crystal = fcc(one(1.0))
    found = SoluteNetwork(neighbour_jumps(crystal)).transport(
        one(ONES), exchange=one(2.0), binding=one(3.0)
    )
    exact = FCC.transport(ONES, exchange=2.0, binding=3.0)
    assert found.solute.dtype == jnp.float32
    np.testing.assert_allclose(found.drag, exact.drag, atol=1e-3)


def test_bad_input():
    with pytest.raises(ValueError, match="exchange"):
        FCC.transport(ONES, exchange=-1.0)
    with pytest.raises(ValueError, match="dissociation.*3"):
        FCC.transport(ONES, dissociation=[1.0, 2.0])
    plane = SoluteNetwork(neighbour_jumps(square(1.0)))
    assert plane.rotations == ()
