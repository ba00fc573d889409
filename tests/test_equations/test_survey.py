"""What is decided about tensors before anything is compiled."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations._survey import chosen_offsets, fastest_rate, scaled_tensors
from diffjax.schemes import Monotone


D = 1e-14
GRID = djx.grid.uniform((0.0, 0.0), (10e-6, 20e-6), (10, 10))
ANNEAL = djx.Anneal(60.0, 1000.0)
START = jnp.zeros(GRID.shape)
WIDTHS = np.array([1e-6, 2e-6])


def network(law, scheme=None, grid=GRID):
    return djx.equations.Diffusion(law, scheme=scheme).network(grid)


def turned(ratio, angle=0.3):
    values = D * jnp.array([1.0, 1 / ratio])
    return djx.tensors.from_principal(values, djx.tensors.rotation(angle))


def test_tensors_come_over_the_widths_of_the_cells():
    found = scaled_tensors(network(djx.diffusivity.Tensor(turned(5.0))), START, ANNEAL)
    assert found is not None
    wanted = np.asarray(turned(5.0)) / np.outer(WIDTHS, WIDTHS)
    np.testing.assert_allclose(found, np.broadcast_to(wanted, found.shape), rtol=1e-12)


def test_the_offsets_are_those_that_the_tensors_need():
    """Sampled at the start, the corners and the end: what the ramp passes between."""
    law = network(djx.diffusivity.Tensor(turned(5.0)))
    scheme = chosen_offsets(law, START, ANNEAL)
    scaled = scaled_tensors(law, START, ANNEAL)
    assert scheme.offsets is not None and scaled is not None
    assert float(scheme.reduced_by(jnp.asarray(scaled))) < 1e-12
    assert len(scheme.offsets) <= 4


def test_offsets_that_are_given_stay():
    own = Monotone(offsets=((1, 0), (0, 1), (1, 1)))
    law = network(djx.diffusivity.Tensor(turned(2.0)), own)
    assert chosen_offsets(law, START, ANNEAL) is own


def test_traced_tensors_leave_the_scheme_as_it_is():
    def look(tensor):
        law = network(djx.diffusivity.Custom(lambda c, T, x: tensor))
        assert scaled_tensors(law, START, ANNEAL) is None
        assert chosen_offsets(law, START, ANNEAL).offsets is None
        return tensor

    jax.eval_shape(look, turned(5.0))


def test_a_ramp_is_looked_at_where_it_bends():
    """Isotropic at both ends, elongated in between."""
    ratio = lambda T: 1 + 8 * jnp.exp(-(((T - 1200.0) / 50) ** 2))

    def law(c, T, x):
        values = D * jnp.stack([jnp.ones_like(T), 1 / ratio(T)])
        return djx.tensors.from_principal(values, djx.tensors.rotation(0.3))

    square = djx.grid.uniform((0.0, 0.0), (1e-5, 1e-5), (10, 10))
    cold = djx.Ramp([0.0, 60.0], [900.0, 900.0])
    through = djx.Ramp([0.0, 30.0, 60.0], [900.0, 1200.0, 900.0])
    few, more = (
        chosen_offsets(network(djx.diffusivity.Custom(law), grid=square), START, anneal)
        for anneal in (cold, through)
    )
    assert few.offsets is not None and more.offsets is not None
    assert len(more.offsets) > len(few.offsets)


@pytest.mark.parametrize(
    "tensor, scheme, sentence",
    [
        (D * jnp.array([[1.0, 2.0], [2.0, 1.0]]), None, "-1e-14"),
        (D * jnp.array([[1.0, 0.2], [0.1, 1.0]]), None, "symmetric"),
        (
            turned(1e4),
            None,
            r"eigenvalues reaches .* and its bonds \d+ cells, more than 8",
        ),
        (turned(30.0), Monotone(reach=1), "more than 1. Turn the grid"),
    ],
)
def test_what_is_refused(tensor, scheme, sentence):
    law = network(djx.diffusivity.Custom(lambda c, T, x: tensor), scheme)
    with pytest.raises(ValueError, match=sentence):
        chosen_offsets(law, START, ANNEAL)


def test_cells_of_void_may_hold_any_tensor():
    solid = np.ones((8, 8), bool)
    solid[4:] = False
    grid = djx.grid.voxels(solid, 1e-6)

    def law(c, T, x):
        good, bad = turned(2.0), D * jnp.array([[1.0, 2.0], [2.0, 1.0]])
        return jnp.where(x[0] < 4e-6, good, bad)

    found = scaled_tensors(
        network(djx.diffusivity.Custom(law), grid=grid), jnp.zeros(grid.shape), ANNEAL
    )
    assert found is not None and np.all(np.linalg.eigvalsh(found) > 0)


def test_the_fastest_rate():
    """Four times the trace of the scaled tensor, at the hottest time."""
    law = djx.diffusivity.Scaled(
        djx.diffusivity.Tensor(turned(5.0)), lambda c, T, x: T / 1000.0
    )
    ramp = djx.Ramp([0.0, 30.0, 60.0], [1000.0, 1500.0, 1000.0])
    found = fastest_rate(network(law), START, ramp)
    trace = np.trace(np.asarray(turned(5.0)) / np.outer(WIDTHS, WIDTHS))
    np.testing.assert_allclose(found, 1.5 * 4 * trace, rtol=1e-12)
    along = djx.diffusivity.Anisotropic((D, 0.2 * D))
    found = fastest_rate(network(along), START, ANNEAL)
    wanted = 4 * (D / WIDTHS[0] ** 2 + 0.2 * D / WIDTHS[1] ** 2)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
