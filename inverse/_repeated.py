"""How far noise moves what is read off a profile, by adding it again and again."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._inputs import shown
from ._profile import Profile
from ._smoothing import noise_of


class WithError(NamedTuple):
    """What was read off a profile, and its standard error.

    - `value`: read off the profile as it is; unit and shape of the reading.
    - `error`: standard error; same unit and shape; NaN where fewer than half of the
        readings gave a number.
    """

    value: Float[Array, "*s"]
    error: Float[Array, "*s"]


def with_noise(
    read: Callable[[Profile], ArrayLike],
    profile: Profile,
    draws: int = 100,
    seed: int = 0,
) -> WithError:
    """Standard error of anything that is read off a profile, smoothing included.

    The reading is repeated on the profile with Gaussian noise added; its spread is the
    error. Where a method smooths, the spread knows of scatter only: what the smoothing
    rounds off is no part of it.

    **Arguments:**

    - `read`: what is done with a profile, such as
        `lambda p: inv.sauer_freise(p, time, compositions)`; any unit and shape, NaN
        where there is no answer.
    - `profile`: as measured; its `sigma` sets the noise, or the scatter of
        neighbouring points if it is `None`.
    - `draws`: how often, at least 10.
    - `seed`: of the random numbers.

    **Returns:**

    [`inverse.WithError`][].

    **Raises:** `ValueError` if there are fewer than 10 draws, and what `read` raises.

    **Error:** the error is good to about one part in the root of twice `draws`.
    """
    if draws < 10:
        raise ValueError(
            f"`with_noise(draws=...)` must be at least 10{shown(jnp.asarray(draws))}"
        )
    values = np.asarray(profile.value)
    sigma = noise_of(values) if profile.sigma is None else np.asarray(profile.sigma)
    random = np.random.default_rng(seed)
    many = np.stack(
        [
            np.asarray(
                read(
                    Profile(
                        profile.position,
                        values + sigma * random.normal(size=values.shape),
                        profile.sigma,
                        profile.name,
                    )
                )
            )
            for _ in range(draws)
        ]
    )
    good = np.isfinite(many)
    count = np.sum(good, axis=0)
    mean = np.sum(np.where(good, many, 0.0), axis=0) / np.maximum(count, 1)
    off = np.where(good, many - mean, 0.0)
    error = np.sqrt(np.sum(off**2, axis=0) / np.maximum(count - 1, 1))
    error = np.where(count >= draws / 2, error, np.nan)
    return WithError(djx.real(jnp.asarray(read(profile))), djx.real(error))
