"""Nonlinear regression problems with certified answers (NIST StRD), and their fits.

The numbers are those that NIST certifies: data, parameters and their standard
deviations. Typed errors would show, for the data must give the parameters to 5 digits.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import inverse as inv


class Curve(eqx.Module):
    """The parameters of a plain function."""

    b: Float[Array, " p"]


def plain(profile: inv.Profile, function: Callable) -> inv.Measured:
    """y = f(b, x), to which nothing diffused."""
    return inv.Measured(profile, _of(function))


@functools.cache
def _of(function):
    return lambda curve, local, x: function(curve.b, x)


class Problem(NamedTuple):
    function: Callable
    x: tuple[float, ...]
    y: tuple[float, ...]
    starts: tuple[tuple[float, ...], ...]
    values: tuple[float, ...]
    errors: tuple[float, ...]
    sigma: float


def misra1a(b, x):
    return b[0] * (1 - jnp.exp(-b[1] * x))


def thurber(b, x):
    return (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (
        1 + b[4] * x + b[5] * x**2 + b[6] * x**3
    )


def mgh17(b, x):
    return b[0] + b[1] * jnp.exp(-x * b[3]) + b[2] * jnp.exp(-x * b[4])


def rat42(b, x):
    return b[0] / (1 + jnp.exp(b[1] - b[2] * x))


def rat43(b, x):
    return b[0] / (1 + jnp.exp(b[1] - b[2] * x)) ** (1 / b[3])


def eckerle4(b, x):
    return b[0] / b[1] * jnp.exp(-0.5 * ((x - b[2]) / b[1]) ** 2)


# fmt: off
PROBLEMS = {
    "Misra1a": Problem(
        misra1a,
        (77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8,
         593.1, 689.1, 760.0),
        (10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01,
         66.40, 75.47, 81.78),
        ((500, 1e-4), (250, 5e-4)),
        (2.3894212918e2, 5.5015643181e-4),
        (2.7070075241, 7.2668688436e-6),
        1.0187876330e-1,
    ),
    "Rat42": Problem(
        rat42,
        (9, 14, 21, 28, 42, 57, 63, 70, 79),
        (8.930, 10.800, 18.590, 22.330, 39.350, 56.110, 61.730, 64.620, 67.080),
        ((100, 1, 0.1), (75, 2.5, 0.07)),
        (7.2462237576e1, 2.6180768402, 6.7359200066e-2),
        (1.7340283401, 8.8295217536e-2, 3.4465663377e-3),
        1.1587725499,
    ),
    "Thurber": Problem(
        thurber,
        (-3.067, -2.981, -2.921, -2.912, -2.840, -2.797, -2.702, -2.699, -2.633, -2.481,
         -2.363, -2.322, -1.501, -1.460, -1.274, -1.212, -1.100, -1.046, -0.915, -0.714,
         -0.566, -0.545, -0.400, -0.309, -0.109, -0.103, 0.010, 0.119, 0.377, 0.790,
         0.963, 1.006, 1.115, 1.572, 1.841, 2.047, 2.200),
        (80.574, 84.248, 87.264, 87.195, 89.076, 89.608, 89.868, 90.101, 92.405,
         95.854, 100.696, 101.060, 401.672, 390.724, 567.534, 635.316, 733.054, 759.087,
         894.206, 990.785, 1090.109, 1080.914, 1122.643, 1178.351, 1260.531, 1273.514,
         1288.339, 1327.543, 1353.863, 1414.509, 1425.208, 1421.384, 1442.962, 1464.350,
         1468.705, 1447.894, 1457.628),
        ((1000, 1000, 400, 40, 0.7, 0.3, 0.03), (1300, 1500, 500, 75, 1, 0.4, 0.05)),
        (1.2881396800e3, 1.4910792535e3, 5.8323836877e2, 7.5416644291e1,
         9.6629502864e-1, 3.9797285797e-1, 4.9727297349e-2),
        (4.6647963344, 3.9571156086e1, 2.8698696102e1, 5.5675370270, 3.1333340687e-2,
         1.4984928198e-2, 6.5842344623e-3),
        1.3714600784e1,
    ),
    "MGH17": Problem(
        mgh17,
        tuple(10.0 * k for k in range(33)),
        (0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751,
         0.718, 0.685, 0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490,
         0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406),
        ((50, 150, -100, 1, 2), (0.5, 1.5, -1, 0.01, 0.02)),
        (3.7541005211e-1, 1.9358469127, -1.4646871366, 1.2867534640e-2,
         2.2122699662e-2),
        (2.0723153551e-3, 2.2031669222e-1, 2.2175707739e-1, 4.4861358114e-4,
         8.9471996575e-4),
        1.3970497866e-3,
    ),
    "Rat43": Problem(
        rat43,
        tuple(float(k) for k in range(1, 16)),
        (16.08, 33.83, 65.80, 97.20, 191.55, 326.20, 386.87, 520.53, 590.03, 651.92,
         724.93, 699.56, 689.96, 637.56, 717.41),
        ((100, 10, 1, 1), (700, 5, 0.75, 1.3)),
        (6.9964151270e2, 5.2771253025, 7.5962938329e-1, 1.2792483859),
        (1.6302297817e1, 2.0828735829, 1.9566123451e-1, 6.8761936385e-1),
        2.8262414662e1,
    ),
    "Eckerle4": Problem(
        eckerle4,
        (400, 405, 410, 415, 420, 425, 430, 435, 436.5, 438, 439.5, 441, 442.5, 444,
         445.5, 447, 448.5, 450, 451.5, 453, 454.5, 456, 457.5, 459, 460.5, 462, 463.5,
         465, 470, 475, 480, 485, 490, 495, 500),
        (0.0001575, 0.0001699, 0.0002350, 0.0003102, 0.0004917, 0.0008710, 0.0017418,
         0.0046400, 0.0065895, 0.0097302, 0.0149002, 0.0237310, 0.0401683, 0.0712559,
         0.1264458, 0.2073413, 0.2902366, 0.3445623, 0.3698049, 0.3668534, 0.3106727,
         0.2078154, 0.1164354, 0.0616764, 0.0337200, 0.0194023, 0.0117831, 0.0074357,
         0.0022732, 0.0008800, 0.0004579, 0.0002345, 0.0001586, 0.0001143, 0.0000710),
        ((1, 10, 500), (1.5, 5, 450)),
        (1.5543827178, 4.0888321754, 4.5154121844e2),
        (1.5408051163e-2, 4.6803020753e-2, 4.6800518816e-2),
        6.7629245447e-3,
    ),
}
# fmt: on


def fit_certified(name: str, start: int = 1):
    """The fit of one problem from its harder (0) or easier (1) start."""
    problem = PROBLEMS[name]
    first = np.array(problem.starts[start], dtype=float)
    free = [
        inv.Free(f"b[{k}]", scale=abs(size), name=f"b{k + 1}")
        for k, size in enumerate(first)
    ]
    profile = inv.Profile(np.array(problem.x), np.array(problem.y), name=name)
    one = plain(profile, problem.function)
    method = inv.LevenbergMarquardt(rtol=1e-15, atol=1e-14)
    model = Curve(jnp.asarray(first))
    return inv.fit(model, one, free, start="model", method=method, throw=False)
