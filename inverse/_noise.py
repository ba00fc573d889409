"""How measured values scatter: rows whose half square is minus the log likelihood."""

import abc
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._tails import student_rows


# Expected counts below this one count as this one: slopes stay finite.
_FEWEST = 1e-6
# So many standard deviations below a limit nothing is left to learn.
_FARTHEST = 30.0


class AbstractNoise(eqx.Module):
    r"""How values scatter about a model, as a row $r$ with
    $r^2/2 = -\ln L$ + constant: least squares is then maximum likelihood.

    To add one: subclass this, set the two flags and write the methods.

    **Attributes:**

    - `scaled`: whether it has a $\sigma$, which a profile gives or a fit estimates.
    - `normal`: whether rows are about standard normal if the model is right, so that
        $\chi^2$ tells whether it is.
    """

    scaled: ClassVar[bool]
    normal: ClassVar[bool]

    @abc.abstractmethod
    def residual(
        self,
        model: Float[Array, " points"],
        value: Float[Array, " points"],
        sigma: Float[Array, " points"],
    ) -> Float[Array, " points"]:
        """Rows without unit; they rise with the model.

        **Arguments:**

        - `model`, `value`: what the model gives, and what was measured, in one unit.
        - `sigma`: standard deviations in that unit; of no effect if not `scaled`.
        """

    @abc.abstractmethod
    def deviation(
        self, model: Float[Array, " points"], sigma: Float[Array, " points"]
    ) -> Float[Array, " points"]:
        """About how far values lie from the model, in its unit; arguments as above."""

    @abc.abstractmethod
    def sharpness(
        self, model: Float[Array, " points"], sigma: Float[Array, " points"]
    ) -> Float[Array, " points"]:
        """Root of the expected Fisher information of a value on the model, in one over
        its unit; arguments as above."""

    def draw(
        self, model: np.ndarray, sigma: ArrayLike | None, random: np.random.Generator
    ) -> np.ndarray:
        """Values that might be measured.

        **Arguments:**

        - `model`: what the model gives, in the unit of the values; shape `(points,)`.
        - `sigma`: standard deviations in that unit; of no effect if not `scaled`.
        - `random`: where the numbers come from.
        """
        given = jnp.ones(model.shape) if sigma is None else jnp.asarray(sigma)
        width = np.asarray(self.deviation(jnp.asarray(model), given))
        return model + width * random.normal(size=model.shape)

    def spread(self, residual: np.ndarray, left: float) -> float:
        """Factor by which the sigma of such rows was too small.

        **Arguments:**

        - `residual`: rows; shape `(points,)`.
        - `left`: points less the parameters that they determine; no unit.
        """
        return float(np.sqrt(np.sum(residual**2) / left))

    def check(
        self, value: Float[Array, " points"], sigma: Float[Array, " points"] | None
    ) -> Float[Array, " points"]:
        """The values of a profile, if this noise can have made them; else raises."""
        del sigma
        return value


class Gaussian(AbstractNoise):
    r"""The bell curve: $r = (c_{model} - c)/\sigma$."""

    scaled: ClassVar[bool] = True
    normal: ClassVar[bool] = True

    def residual(self, model, value, sigma):
        """See `AbstractNoise.residual`."""
        return (model - value) / sigma

    def deviation(self, model, sigma):
        r"""$\sigma$."""
        del model
        return sigma

    def sharpness(self, model, sigma):
        r"""$1/\sigma$."""
        del model
        return 1 / sigma


class Relative(AbstractNoise):
    r"""Errors that grow with the value, above a floor.

    $$r = \frac1p\left(\operatorname{arsinh}\frac{p\,c_{model}}{s}
        - \operatorname{arsinh}\frac{p\,c}{s}\right)$$

    The standard deviation is $\sqrt{s^2 + p^2 c^2}$ for small $p$: far above $s/p$ the
    logarithm of the value is normal, far below the value itself. The model is the
    median of the values.
    """

    scaled: ClassVar[bool] = False
    normal: ClassVar[bool] = True
    share: Float[Array, ""]
    floor: Float[Array, ""]

    def __init__(self, share: ArrayLike, floor: ArrayLike):
        """**Arguments:**

        - `share`: $p > 0$, standard deviation over a large value (no unit); a scalar.
        - `floor`: $s > 0$, standard deviation of a value near 0, in its unit; a scalar.

        **Raises:** `ValueError` if one is not > 0.
        """
        p, s = djx.real(share), djx.real(floor)
        self.share = djx.require(p, p > 0, "`Relative(share=...)` must be > 0.")
        self.floor = djx.require(s, s > 0, "`Relative(floor=...)` must be > 0.")

    def residual(self, model, value, sigma):
        """See `AbstractNoise.residual`."""
        del sigma
        p, s = self.share, self.floor
        return (jnp.arcsinh(p * model / s) - jnp.arcsinh(p * value / s)) / p

    def deviation(self, model, sigma):
        r"""$\sqrt{s^2 + p^2 c^2}$."""
        del sigma
        return jnp.sqrt(self.floor**2 + (self.share * model) ** 2)

    def sharpness(self, model, sigma):
        """One over the deviation."""
        return 1 / self.deviation(model, sigma)

    def draw(self, model, sigma, random):
        """See `AbstractNoise.draw`."""
        del sigma
        p, s = float(self.share), float(self.floor)
        at = np.arcsinh(p * model / s) + p * random.normal(size=model.shape)
        return s / p * np.sinh(at)


class StudentT(AbstractNoise):
    r"""A bell curve with heavy tails: outliers pull little.

    With $e = (c_{model} - c)/\sigma$:

    $$r = \operatorname{sign}(e) \sqrt{(\nu + 1) \ln(1 + e^2/\nu)}$$

    $\sigma$ is the scale of the distribution, not its standard deviation. Errors of the
    parameters come from the expected information, $(\nu+1)/(\nu+3)$ that of a bell
    curve.
    """

    scaled: ClassVar[bool] = True
    normal: ClassVar[bool] = False
    dof: Float[Array, ""]

    def __init__(self, dof: ArrayLike = 4.0):
        r"""**Arguments:**

        - `dof`: degrees of freedom $\nu \ge 1$ (no unit); a scalar. Fewer: heavier
            tails.

        **Raises:** `ValueError` if `dof` is below 1.
        """
        dof = djx.real(dof)
        self.dof = djx.require(dof, dof >= 1, "`StudentT(dof=...)` must be >= 1.")

    def residual(self, model, value, sigma):
        """See `AbstractNoise.residual`."""
        return student_rows((model - value) / sigma, self.dof)

    def deviation(self, model, sigma):
        r"""The scale $\sigma$."""
        del model
        return sigma

    def sharpness(self, model, sigma):
        r"""$\sqrt{(\nu+1)/(\nu+3)}/\sigma$."""
        del model
        return jnp.sqrt((self.dof + 1) / (self.dof + 3)) / sigma

    def spread(self, residual: np.ndarray, left: float) -> float:
        r"""Maximum likelihood: $\sum (\nu+1) e^2/(\nu f^2 + e^2)$ is `left`, found by
        halving."""
        nu = float(self.dof)
        square = nu * np.expm1(np.minimum(residual**2 / (nu + 1), 600.0))
        if not np.any(square > 0):
            return 0.0
        low, high = -30.0, 30.0  # ln f
        for _ in range(80):
            middle = 0.5 * (low + high)
            part = square / (nu * np.exp(2 * middle) + square)
            if (nu + 1) * np.sum(part) > left:
                low = middle
            else:
                high = middle
        return float(np.exp(0.5 * (low + high)))

    def draw(self, model, sigma, random):
        """See `AbstractNoise.draw`."""
        return model + np.asarray(sigma) * random.standard_t(
            float(self.dof), size=model.shape
        )


class Poisson(AbstractNoise):
    r"""Counts $n = k c$ of events that are independent of each other.

    With $m = k\,c_{model}$ half the square of the row is half the deviance:

    $$r = \operatorname{sign}(m - n) \sqrt{2 (m - n + n \ln (n/m))}$$

    The square roots of the counts are never used as errors: these are wrong for few.
    Fewer than 1e-6 expected events count as so many.
    """

    scaled: ClassVar[bool] = False
    normal: ClassVar[bool] = True
    scale: Float[Array, ""]

    def __init__(self, scale: ArrayLike = 1.0):
        """**Arguments:**

        - `scale`: counts $k > 0$ per unit of the values, e.g. the time of counting for
            rates; a scalar.

        **Raises:** `ValueError` if `scale` is not > 0.
        """
        k = djx.real(scale)
        self.scale = djx.require(k, k > 0, "`Poisson(scale=...)` must be > 0.")

    def residual(self, model, value, sigma):
        """See `AbstractNoise.residual`."""
        del sigma
        m, n = self._expected(model), jnp.maximum(self.scale * value, 0.0)
        none = n < 1e-9
        d = jnp.where(none, 0.0, m / jnp.where(none, 1.0, n) - 1)
        # 2 (d - ln(1 + d)) / d², by its series where the difference loses digits.
        small = jnp.abs(d) < 0.05
        near = jnp.where(small, d, 0.0)
        series = sum(2 * (-near) ** k / (k + 2) for k in range(12))
        far = jnp.where(small, 1.0, d)
        ratio = jnp.where(small, series, 2 * (far - jnp.log1p(far)) / far**2)
        root = jnp.sqrt(jnp.where(none, 1.0, n))
        return jnp.where(none, jnp.sqrt(2 * m), root * d * jnp.sqrt(ratio))

    def deviation(self, model, sigma):
        r"""$\sqrt{c/k}$."""
        del sigma
        return jnp.sqrt(self._expected(model)) / self.scale

    def sharpness(self, model, sigma):
        r"""$\sqrt{k/c}$."""
        return 1 / self.deviation(model, sigma)

    def draw(self, model, sigma, random):
        """See `AbstractNoise.draw`."""
        del sigma
        scale = float(self.scale)
        return random.poisson(np.asarray(self._expected(jnp.asarray(model)))) / scale

    def check(self, value, sigma):
        """Counts are >= 0, and know their own errors."""
        if sigma is not None:
            raise ValueError(
                "`Profile(noise=Poisson(...))` takes no `sigma`: counts know their own "
                "errors. Leave `sigma` out."
            )
        message = "`Profile(noise=Poisson(...))` needs values >= 0."
        return djx.require(value, value >= 0, message)

    def _expected(self, model):
        m = self.scale * model
        return jnp.where(m > _FEWEST, m, _FEWEST)


class Censored(AbstractNoise):
    r"""A bell curve of which values below a detection limit are not seen.

    Above the limit $l$ the row is that of [`inverse.Gaussian`][]; a value at or below
    it says only that it lies there:

    $$r = \sqrt{-2 \ln \Phi\left(\frac{l - c_{model}}{\sigma}\right)}$$

    with $\Phi$ the normal distribution.
    """

    scaled: ClassVar[bool] = True
    normal: ClassVar[bool] = False
    limit: Float[Array, ""]

    def __init__(self, limit: ArrayLike):
        """**Arguments:**

        - `limit`: $l$, in the unit of the values; a scalar. Values at or below it, e.g.
            the limit itself, stand for "not detected".

        **Raises:** `ValueError` if `limit` is not finite.
        """
        limit = djx.real(limit)
        message = "`Censored(limit=...)` must be finite."
        self.limit = djx.require(limit, jnp.isfinite(limit), message)

    def residual(self, model, value, sigma):
        """See `AbstractNoise.residual`."""
        hidden = value <= self.limit
        z = jnp.where(hidden, (self.limit - model) / sigma, 0.0)
        unseen = jnp.sqrt(-2 * jsp.log_ndtr(jnp.minimum(z, _FARTHEST)))
        return jnp.where(hidden, unseen, (model - value) / sigma)

    def deviation(self, model, sigma):
        r"""$\sigma$."""
        del model
        return sigma

    def sharpness(self, model, sigma):
        r"""$\frac1\sigma \sqrt{\Phi(a) - a \varphi(a) + \varphi(a)^2/\Phi(-a)}$ with
        $a = (c_{model} - l)/\sigma$ and $\varphi$ the normal density."""
        a = jnp.clip((model - self.limit) / sigma, -_FARTHEST, _FARTHEST)
        log_density = -0.5 * a**2 - 0.5 * np.log(2 * np.pi)
        edge = jnp.exp(2 * log_density - jsp.log_ndtr(-a))
        known = jsp.ndtr(a) - a * jnp.exp(log_density) + edge
        return jnp.sqrt(jnp.maximum(known, 0.0)) / sigma

    def draw(self, model, sigma, random):
        """See `AbstractNoise.draw`."""
        seen = model + np.asarray(sigma) * random.normal(size=model.shape)
        return np.maximum(seen, float(self.limit))

    def check(self, value, sigma):
        """The scatter must be given: what is not seen does not show it."""
        if sigma is None:
            raise ValueError(
                "`Profile(noise=Censored(...))` needs `sigma`: the values that are not "
                "seen do not show their scatter."
            )
        return value
