"""What an oriented sample sees of a tensor; directions that are none."""

import re

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._oriented import direction_of, Oriented, oriented

from .traverses import AXES, films, seen, START, TRUTH


def test_the_law_along_a_direction():
    tensor = djx.diffusivity.Tensor(djx.tensors.unpack(TRUTH))
    pick = oriented(None, 7 * AXES[3], "Couple")
    assert pick is not None
    np.testing.assert_allclose(pick(tensor).over(0.5, 1000.0), seen(AXES[3]))
    inner = oriented(lambda model: model["crystal"], AXES[3], "Couple")
    assert inner is not None
    found = inner({"crystal": tensor}).over(0.5, 1000.0)
    np.testing.assert_allclose(found, seen(AXES[3]))


def test_equal_directions_compile_nothing_new():
    one, other = (oriented(None, [1.0, 0.0, 0.0], "Couple") for _ in range(2))
    assert one == other and hash(one) == hash(other)
    assert isinstance(one, Oriented) and direction_of(one) == (1.0, 0.0, 0.0)
    assert oriented(None, None, "Couple") is None and direction_of(None) is None


def test_all_experiments_along_a_line_take_a_direction():
    (film,) = films(AXES[:1])
    model, anneal = START, film.anneal
    x = np.linspace(1e-5, 4e-4, 20)
    profile = inv.Profile(x, np.linspace(1.0, 0.0, 20), 0.01)
    d = 4e-14
    couple = inv.Couple(profile, anneal, 1.0, 0.0, 0.0, direction=AXES[0])
    surface = inv.HalfSpace(profile, anneal, 1.0, 0.0, 0.0, direction=AXES[0])
    for experiment, exact in [
        (couple, djx.exact.couple(x, anneal.duration, d, left=1.0, right=0.0)),
        (surface, djx.exact.half_space(x, anneal.duration, d, surface=1.0)),
    ]:
        local = {k: jnp.asarray(v) for k, v in experiment.locals().items()}
        values = experiment.predict(model, local, jnp.asarray(x))
        np.testing.assert_allclose(values, exact, atol=2e-4)


@pytest.mark.parametrize("direction", [[1.0], [0.0, 0.0, 0.0], [1.0, np.nan], 1.0])
def test_no_direction(direction):
    sentence = re.escape("`ThinFilm(direction=...)` must be 2 or 3 finite numbers")
    with pytest.raises(ValueError, match=sentence):
        oriented(None, direction, "ThinFilm")
