"""Several components that mix: tracer diffusivities and activities at one point."""

from collections.abc import Callable, Mapping, Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, require, value_of
from .._simplex import across_root, lowest
from ..thermo import AbstractGibbs, Ideal, TracerMobility
from ._arrhenius import Constant
from ._law import AbstractDiffusivity, Point


class Multicomponent(eqx.Module):
    r"""How fast the atoms of each component move, and what drives them.

    Atoms of component $i$ cross a plane of the lattice at

    $$V_m J_i = J_i^0 + \frac{1 - f}{f}
    \frac{x_i D^*_i}{\sum_k x_k D^*_k} \sum_k J_k^0, \qquad
    J_i^0 = -D^*_i \,(\nabla x_i + x_i \nabla \ln \gamma_i)$$

    with one molar volume $V_m$ for all. The second part is the vacancy wind, in
    Manning's random alloy with the correlation factor $f$ of self-diffusion; it is left
    out where no $f$ is given. The lattice itself moves at $v = -V_m \sum_k J_k$, which
    leaves no net flux of atoms in the number-fixed frame: $\tilde J_i = J_i + x_i v /
    V_m$. All components sit on the same sites: interstitials are not covered.

    All methods see one point and check nothing; `jax.vmap` maps them. All are finite
    where a component is absent.

    ??? cite "Reference"

        Darken, *Transactions AIME* **175** (1948); Manning, *Diffusion Kinetics for
        Atoms in Crystals*, Van Nostrand 1968.

    **Attributes:**

    - `components`: names, in the order of the fractions.
    - `gibbs`: the phase, a [`diffjax.thermo.AbstractGibbs`][].
    - `tracers`: what was given.
    - `wind`: $(1 - f) / f$, no unit, or `None`.
    """

    components: tuple[str, ...] = eqx.field(static=True)
    tracers: TracerMobility | tuple[AbstractDiffusivity, ...] | Callable
    gibbs: AbstractGibbs
    wind: Float[Array, ""] | None

    def __init__(
        self,
        tracers: TracerMobility
        | Mapping[str, AbstractDiffusivity | ArrayLike]
        | Callable,
        gibbs: AbstractGibbs | None = None,
        correlation: ArrayLike | None = None,
        components: Sequence[str] | None = None,
    ):
        """**Arguments:**

        - `tracers`: tracer diffusivities $D^*_i$ in m²/s: by name of component a number
            or a law of `diffjax.diffusivity` (which sees the fraction of its own
            component); a [`diffjax.thermo.TracerMobility`][]; or a function of the
            fractions, shape `(n,)`, and the temperature (K) that gives shape `(n,)`.
        - `gibbs`: the phase; an ideal mixture if not given.
        - `correlation`: correlation factor $0 < f <= 1$ of self-diffusion in this
            lattice, no unit (0.7815 in fcc), for the vacancy wind.
        - `components`: names, where neither `tracers` nor `gibbs` has them.

        **Raises:** `ValueError` if there are fewer than two components, if the names
        disagree, or a number is out of range.

        !!! example

            ```python
            alloy = djx.thermo.regular(("Cu", "Zn"), {("Cu", "Zn"): -25e3})
            brass = djx.diffusivity.Multicomponent({"Cu": 1e-14, "Zn": 4e-14}, alloy)
            ```
        """
        names = _names(tracers, gibbs, components)
        if isinstance(tracers, Mapping):
            if set(tracers) != set(names):
                raise ValueError(
                    "`Multicomponent(tracers=...)` must give one for each of "
                    f"{', '.join(names)} (m²/s); got {', '.join(map(str, tracers))}."
                )
            self.tracers = tuple(_law(tracers[name], name) for name in names)
        elif not isinstance(tracers, TracerMobility) and not callable(tracers):
            raise ValueError(
                "`Multicomponent(tracers=...)` must be laws by name of component, a "
                f"`TracerMobility` or a function; got {tracers!r}."
            )
        else:
            self.tracers = tracers
        if not isinstance(gibbs, AbstractGibbs | None):
            raise ValueError(
                "`Multicomponent(gibbs=...)` must be a phase of `diffjax.thermo`; got "
                f"{gibbs!r}."
            )
        for part in (gibbs, tracers):
            sites = getattr(part, "sites", None)
            if sites is not None and sites.interstitials:
                raise ValueError(
                    "`Multicomponent` covers components that share their sites; got "
                    f"the interstitials {', '.join(sites.interstitials)}. One of these "
                    "in a matrix that rests is `diffjax.fluxes.InMatrix`."
                )
        self.components = names
        self.gibbs = Ideal(names) if gibbs is None else gibbs
        self.wind = None
        if correlation is not None:
            f = one_number(
                correlation, "Multicomponent(correlation=...)", "no unit", "> 0"
            )
            f = require(
                f,
                lambda v: v <= 1,
                lambda: (
                    "`Multicomponent(correlation=...)` must be <= 1 (no unit); got "
                    f"{value_of(correlation)}."
                ),
            )
            self.wind = (1 - f) / f

    def tracers_at(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, " n"]:
        """Tracer diffusivities $D^*_i$, in m²/s; shape `(n,)`.

        **Arguments:**

        - `fractions`: mole fractions that sum to one, no unit; shape `(n,)`.
        - `temperature`: in K; a scalar.
        """
        if isinstance(self.tracers, TracerMobility):
            return self.tracers.at(fractions, temperature)
        if isinstance(self.tracers, tuple):
            nowhere = jnp.full_like(temperature, jnp.nan)
            at = lambda law, x: law.at(Point(x, temperature, nowhere))
            pairs = zip(self.tracers, fractions)
            values = [at(law, x).astype(fractions.dtype) for law, x in pairs]
            return jnp.stack(values)
        found = jnp.asarray(self.tracers(fractions, temperature), fractions.dtype)
        if found.shape != fractions.shape:
            raise ValueError(
                "`Multicomponent(tracers=...)` must give one diffusivity for each of "
                f"{', '.join(self.components)} (m²/s); got shape {found.shape}."
            )
        return found

    def onsager(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, "n n"]:
        r"""Onsager's coefficients in the frame of the lattice, symmetric.

        $$V_m J_i = -\sum_j \hat L_{ij} \nabla \frac{\mu_j}{RT}, \qquad \hat L_{ij} =
        x_i D^*_i \Big(\delta_{ij} + \frac{1 - f}{f} \frac{x_j D^*_j}{\sum_k x_k
        D^*_k}\Big)$$

        **Arguments:** as of `tracers_at`.

        **Returns:** $\hat L = V_m R T L$, in m²/s; shape `(n, n)`.
        """
        hop = fractions * self.tracers_at(fractions, temperature)
        plain = jnp.diag(hop)
        if self.wind is None:
            return plain
        return plain + self.wind * jnp.outer(hop, hop) / jnp.sum(hop)

    def intrinsic(
        self,
        fractions: Float[Array, " n"],
        temperature: Float[Array, ""],
        dependent: int = -1,
    ) -> Float[Array, "n n-1"]:
        r"""Intrinsic diffusivities: $V_m J_i = -\sum_j D_{ij} \nabla x_j$, seen from
        the lattice.

        The sum runs over the independent components; the dependent one's fraction
        makes up the sum to one. Of two components, $D_A = D^*_A \Phi$ stands in the
        first row and $-D_B$ in the second where $B$ is dependent.

        **Arguments:**

        - `fractions`, `temperature`: as of `tracers_at`.
        - `dependent`: index of the dependent component; the last one if not given.

        **Returns:** in m²/s; shape `(n, n - 1)`.
        """
        full = self._by_gradients(fractions, temperature)
        rest = np.delete(np.arange(len(self.components)), dependent)
        return full[:, rest] - full[:, dependent][:, None]

    def interdiffusion(
        self,
        fractions: Float[Array, " n"],
        temperature: Float[Array, ""],
        dependent: int = -1,
    ) -> Float[Array, "n-1 n-1"]:
        r"""Interdiffusion coefficients: $V_m \tilde J_i = -\sum_j \tilde D_{ij} \nabla
        x_j$ in the number-fixed frame.

        Over the independent components. Their eigenvalues are real, do not depend on
        which component is dependent, and are positive outside the spinodal. Of two
        components it is Darken's coefficient, [`diffjax.diffusivity.darken`][].

        **Arguments:** as of `intrinsic`.

        **Returns:** in m²/s; shape `(n - 1, n - 1)`.
        """
        d = self.intrinsic(fractions, temperature, dependent)
        d = d - fractions[:, None] * jnp.sum(d, axis=0)[None, :]
        return d[np.delete(np.arange(len(self.components)), dependent)]

    def slowest(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, ""]:
        """The smallest eigenvalue of the interdiffusion coefficients, in m²/s.

        Below 0 inside the spinodal, where a gradient would steepen by itself.

        **Arguments:** as of `tracers_at`.

        **Returns:** a scalar.
        """
        if len(self.components) == 2:
            return self.interdiffusion(fractions, temperature)[0, 0]
        root, across = across_root(fractions)
        tracers = self.tracers_at(fractions, temperature)
        mobile = jnp.diag(tracers)
        if self.wind is not None:
            hop = root * tracers
            mobile += self.wind * jnp.outer(hop, hop) / jnp.sum(root * hop)
        slopes = self.gibbs.log_activity_slopes(fractions, temperature)
        one = jnp.eye(root.shape[0], dtype=root.dtype)
        curvature = one + jnp.outer(root, root) * slopes
        mobile, curvature = (across.T @ m @ across for m in (mobile, curvature))
        factor = jnp.linalg.cholesky(mobile)
        return lowest(factor.T @ curvature @ factor)

    def _by_gradients(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, "n n"]:
        """Fluxes in the lattice per gradient of all n fractions, in m²/s."""
        tracers = self.tracers_at(fractions, temperature)
        slopes = self.gibbs.log_activity_slopes(fractions, temperature)
        one = jnp.eye(tracers.shape[0], dtype=tracers.dtype)
        full = tracers[:, None] * (one + fractions[:, None] * slopes)
        if self.wind is None:
            return full
        hop = fractions * tracers
        share = self.wind * hop / jnp.sum(hop)
        return full + share[:, None] * jnp.sum(full, axis=0)[None, :]


def _names(
    tracers: object, gibbs: object, components: Sequence[str] | None
) -> tuple[str, ...]:
    given = [
        ("components", None if components is None else tuple(components)),
        ("gibbs", getattr(gibbs, "components", None)),
        ("tracers", getattr(tracers, "components", None)),
    ]
    if isinstance(tracers, Mapping):
        given.append(("tracers", tuple(tracers)))
    named = [(door, tuple(names)) for door, names in given if names is not None]
    if not named:
        raise ValueError(
            "`Multicomponent(components=...)` must name the components where tracer "
            "diffusivities are a function and no `gibbs` is given."
        )
    door, names = named[0]
    if len(names) < 2 or len(set(names)) != len(names):
        raise ValueError(
            f"`Multicomponent({door}=...)` must have at least two components, each "
            f"once; got {', '.join(map(str, names))}."
        )
    for other, found in named[1:]:
        in_order = other != "tracers" or not isinstance(tracers, Mapping)
        alike = found == names if in_order else set(found) == set(names)
        if not alike:
            raise ValueError(
                f"`Multicomponent({other}=...)` must have the components "
                f"{', '.join(names)} of `{door}`; got {', '.join(map(str, found))}."
            )
    return names


def _law(given: AbstractDiffusivity | ArrayLike, name: str) -> AbstractDiffusivity:
    if isinstance(given, AbstractDiffusivity):
        return given
    value = one_number(
        given, f"Multicomponent(tracers={{{name!r}: ...}})", "m²/s", "> 0"
    )
    return Constant(value)
