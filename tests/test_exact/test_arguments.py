"""The contract that all closed forms share, and the sentences of their complaints."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import exact

from .common import D, HOUR, UM


# name: (arguments for one point, arguments for an array of points)
CASES = {
    "couple": dict(
        position=3 * UM, time=HOUR, diffusivity=D, left=0.9, right=0.1, interface=UM
    ),
    "couple_through": dict(time=HOUR, diffusivity=D, left=0.9, right=0.1),
    "half_space": dict(
        position=3 * UM, time=HOUR, diffusivity=D, surface=1.0, initial=0.2
    ),
    "half_space_uptake": dict(time=HOUR, diffusivity=D, surface=1.0, initial=0.2),
    "half_space_exchange": dict(
        position=3 * UM,
        time=HOUR,
        diffusivity=D,
        rate=1e-9,
        equilibrium=1.0,
        initial=0.2,
    ),
    "half_space_exchange_uptake": dict(
        time=HOUR, diffusivity=D, rate=1e-9, equilibrium=1.0, initial=0.2
    ),
    "thin_film": dict(
        position=3 * UM, time=HOUR, diffusivity=D, amount=2 * UM, background=0.1
    ),
    "thick_film": dict(
        position=3 * UM,
        time=HOUR,
        diffusivity=D,
        thickness=2 * UM,
        value=0.8,
        background=0.1,
    ),
    "slab": dict(
        position=3 * UM,
        time=HOUR,
        diffusivity=D,
        length=20 * UM,
        surface=1.0,
        initial=0.2,
    ),
    "slab_fraction": dict(time=HOUR, diffusivity=D, length=20 * UM),
    "slab_mode": dict(position=3 * UM, time=HOUR, diffusivity=D, length=20 * UM),
    "slab_exchange": dict(
        position=3 * UM,
        time=HOUR,
        diffusivity=D,
        length=20 * UM,
        rate=1e-9,
        equilibrium=1.0,
        initial=0.2,
    ),
    "slab_exchange_fraction": dict(time=HOUR, diffusivity=D, length=20 * UM, rate=1e-9),
    "sphere": dict(
        position=3 * UM,
        time=HOUR,
        diffusivity=D,
        radius=20 * UM,
        surface=1.0,
        initial=0.2,
    ),
    "sphere_fraction": dict(time=HOUR, diffusivity=D, radius=20 * UM),
    "sphere_mode": dict(position=3 * UM, time=HOUR, diffusivity=D, radius=20 * UM),
    "sphere_exchange": dict(
        position=3 * UM,
        time=HOUR,
        diffusivity=D,
        radius=20 * UM,
        rate=1e-9,
        equilibrium=1.0,
        initial=0.2,
    ),
    "sphere_exchange_fraction": dict(
        time=HOUR, diffusivity=D, radius=20 * UM, rate=1e-9
    ),
    "cylinder": dict(
        position=3 * UM,
        time=HOUR,
        diffusivity=D,
        radius=20 * UM,
        surface=1.0,
        initial=0.2,
    ),
    "cylinder_fraction": dict(time=HOUR, diffusivity=D, radius=20 * UM),
    "cylinder_exchange": dict(
        position=3 * UM,
        time=HOUR,
        diffusivity=D,
        radius=20 * UM,
        rate=1e-9,
        equilibrium=1.0,
        initial=0.2,
    ),
    "cylinder_exchange_fraction": dict(
        time=HOUR, diffusivity=D, radius=20 * UM, rate=1e-9
    ),
    "cylinder_mode": dict(position=3 * UM, time=HOUR, diffusivity=D, radius=20 * UM),
}
# Those with vectors, or with more than one diffusivity: they have tests of their own.
OTHERS = {
    "box",
    "box_exchange",
    "box_exchange_fraction",
    "box_fraction",
    "erfcx",
    "finite_cylinder",
    "finite_cylinder_fraction",
    "ierfc",
    "layered_couple",
    "layers",
    "layers_flux",
    "layers_steady",
    "line_source",
    "plane_source",
    "point_source",
}
FUNCTIONS = {name: getattr(exact, name) for name in CASES}
each = pytest.mark.parametrize("name", CASES)


def test_every_public_function_is_listed_here():
    public = {name for name, value in vars(exact).items() if callable(value)}
    assert public == set(CASES) | OTHERS


@each
def test_a_number_gives_a_number_of_the_default_type(name):
    value = FUNCTIONS[name](**CASES[name])
    assert value.shape == () and value.dtype == jnp.float64


@each
def test_arguments_broadcast(name):
    fn, case = FUNCTIONS[name], CASES[name]
    times = np.array([0.2, 1.0, 5.0, 300.0]) * HOUR
    first = "position" if "position" in case else "diffusivity"
    firsts = case[first] * np.array([[0.5], [1.0], [2.0]])
    got = fn(**case | {"time": times, first: firsts})
    assert got.shape == (3, 4)
    one = [[fn(**case | {"time": t, first: x}) for t in times] for x in firsts[:, 0]]
    np.testing.assert_allclose(got, np.asarray(one), rtol=1e-13)


@each
def test_shapes_that_do_not_fit_are_named(name):
    case = CASES[name] | {"time": np.ones(3), "diffusivity": np.ones(2)}
    with pytest.raises(ValueError, match=rf"`{name}` needs .*`time` \(3,\)"):
        FUNCTIONS[name](**case)


@each
def test_float32_stays_float32_and_is_close(name):
    fn, case = FUNCTIONS[name], CASES[name]
    small = {k: jnp.asarray(v, jnp.float32) for k, v in case.items()}
    value = fn(**small)
    assert value.dtype == jnp.float32
    np.testing.assert_allclose(value, fn(**case), rtol=2e-5)
    mixed = fn(**case | {"time": small["time"]})  # Python's numbers do not widen
    assert mixed.dtype == jnp.float32
    wide = fn(**small | {"diffusivity": np.asarray(D)})
    assert wide.dtype == jnp.float64


@each
def test_jit_and_vmap_give_the_same(name):
    fn, case = FUNCTIONS[name], CASES[name]
    np.testing.assert_allclose(
        jax.jit(lambda kw: fn(**kw))(case), fn(**case), rtol=1e-12
    )
    times = jnp.array([0.5, 2.0, 100.0]) * HOUR
    mapped = jax.vmap(lambda t: fn(**case | {"time": t}))(times)
    np.testing.assert_allclose(mapped, fn(**case | {"time": times}), rtol=1e-12)


@each
def test_integers_and_lists_are_taken(name):
    case = CASES[name]
    np.testing.assert_allclose(
        FUNCTIONS[name](**case | {"time": [3600]}), [FUNCTIONS[name](**case)]
    )


@each
def test_negative_time_and_diffusivity(name):
    with pytest.raises(ValueError) as error:
        FUNCTIONS[name](**CASES[name] | {"time": -1.0})
    assert str(error.value) == f"`{name}(time=...)` must be >= 0 (s); got -1."
    with pytest.raises(ValueError) as error:
        FUNCTIONS[name](**CASES[name] | {"diffusivity": np.array([1.0, 0.0])})
    expected = f"`{name}(diffusivity=...)` must be > 0 (m²/s); got [1. 0.]."
    assert str(error.value) == expected


def test_traced_numbers_are_not_checked_and_bad_ones_give_nan():
    fn = jax.jit(lambda t: exact.couple(UM, t, D, 1.0, 0.0))
    assert np.isnan(fn(-HOUR))


BODIES = [
    ("slab", "length"),
    ("slab_exchange", "length"),
    ("sphere", "radius"),
    ("sphere_exchange", "radius"),
    ("cylinder", "radius"),
    ("cylinder_exchange", "radius"),
]


@pytest.mark.parametrize("name, limit", BODIES)
def test_positions_outside(name, limit):
    fn, case = FUNCTIONS[name], CASES[name]
    for x in (-UM, 21 * UM):
        sentence = rf"`{name}\(position=\.\.\.\)` must lie .* `{limit}`"
        with pytest.raises(ValueError, match=sentence):
            fn(**case | {"position": x})
    fn(**case | {"position": np.array([0.0, case[limit] * (1 + 1e-7)])})


@pytest.mark.parametrize("name", ["slab_mode", "sphere_mode", "cylinder_mode"])
def test_mode_and_wall(name):
    fn, case = FUNCTIONS[name], CASES[name]
    with pytest.raises(ValueError) as error:
        fn(**case, mode=0)
    assert str(error.value) == f"`{name}(mode=...)` must be >= 1; got 0."
