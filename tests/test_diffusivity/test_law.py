import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax._checks import in_precision
from diffjax.diffusivity import (
    Activated,
    Arrhenius,
    Constant,
    Custom,
    Exponential,
    LogSpline,
    Point,
    Polynomial,
)


KNOTS = np.array([0.0, 0.2, 0.5, 0.7, 1.0])
VALUES = np.array([5.0, 4.0, 3.0, 2.0, 1.0]) * 1e-13
C = np.linspace(0.0, 1.0, 101)


def test_custom_sees_all_three():
    law = Custom(lambda c, T, x: c * T * x)
    np.testing.assert_allclose(law.over(0.5, 1000.0, 2e-6), 1e-3)


def test_a_network_is_a_law():
    net = eqx.nn.MLP(1, "scalar", 8, 2, key=jax.random.PRNGKey(0))

    class Learned(eqx.Module):
        net: eqx.nn.MLP

        def __call__(self, composition, temperature, position):
            del temperature, position
            return 1e-14 * jnp.exp(self.net(composition[None]))

    law = Custom(Learned(net))
    assert law.over(C, 1e3).shape == (101,)
    gradient = eqx.filter_grad(lambda l: jnp.sum(jnp.log(l.over(C, 1e3))))(law)
    leaves = jax.tree.leaves(eqx.filter(gradient, eqx.is_array))
    assert leaves and all(bool(jnp.all(jnp.isfinite(g))) for g in leaves)


@pytest.mark.parametrize(
    "law",
    [
        Constant(1e-14),
        Arrhenius(1e-5, 2.0),
        Exponential(1e-14, 2.0),
        Polynomial([1e-14, 1e-14]),
        LogSpline(KNOTS, VALUES),
        Activated(LogSpline(KNOTS, VALUES), 2.0, 1000.0),
        Custom(lambda c, T, x: 1e-14 * jnp.exp(c + x)),
    ],
    ids=lambda law: type(law).__name__,
)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_every_law_keeps_the_precision_of_the_point(law, dtype):
    point = Point(*(jnp.asarray(v, dtype=dtype) for v in (0.3, 1000.0, 1e-6)))
    value = in_precision(law, dtype).at(point)
    assert value.dtype == dtype and value.shape == () and float(value) > 0
