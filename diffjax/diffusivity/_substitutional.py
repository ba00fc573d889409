"""The diffusivity of a solute that changes places with vacancies."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import optimistix as optx
from jaxtyping import Array, ArrayLike, Float

from .._checks import known, one_number, real, require, require_kinds, traced, value_of
from .._constants import BOLTZMANN_EV, ELEMENTARY_CHARGE
from .._shapes import Numbers
from ..lattice import SoluteNetwork, SoluteTransport
from ._interstitial import in_grid
from ._law import AbstractDiffusivity, Point
from ._vacancy_mechanism import per_class, VacancyMechanism


class Substitutional(AbstractDiffusivity):
    r"""A dilute solute on the sites of a crystal, moved by single vacancies.

    $$D_2 = f_v\, \Lambda_{ss}, \qquad \omega_i = \nu_i\, e^{-E_i/kT}, \qquad
    \beta = e^{E_b/kT - S_b/k} = \omega_4/\omega_3$$

    with the Onsager coefficient $\Lambda_{ss}$ of
    [`diffjax.lattice.SoluteNetwork`][], exact for few solutes and vacancies. In fcc
    with one number each these are the five frequencies, and

    $$D_2 = f_2\, a^2 f_v\, \beta\, \omega_2, \qquad
    f_2 = \frac{2\omega_1 + 7F\omega_3}{2\omega_1 + 2\omega_2 + 7F\omega_3}.$$

    $f_2$ follows the temperature, so that $\ln D_2$ over $1/T$ is a little bent:
    [`diffjax.diffusivity.Substitutional.correlation`][].
    """

    host: VacancyMechanism
    around: SoluteNetwork
    exchange_energy: Float[Array, "*classes"]
    exchange_frequency: Float[Array, "*classes"]
    binding_energy: Float[Array, "*classes"]
    binding_entropy: Float[Array, "*classes"]
    rotation_energy: Float[Array, "*rotations"] | None
    rotation_frequency: Float[Array, "*rotations"] | None
    dissociation_energy: Float[Array, "*dissociations"] | None
    dissociation_frequency: Float[Array, "*dissociations"] | None
    activation_volume: Float[Array, ""]
    scalar: bool = eqx.field(static=True)

    def __init__(
        self,
        host: VacancyMechanism,
        exchange_energy: Numbers,
        exchange_frequency: Numbers,
        *,
        binding_energy: Numbers = 0.0,
        binding_entropy: Numbers = 0.0,
        rotation_energy: Numbers | None = None,
        rotation_frequency: Numbers | None = None,
        dissociation_energy: Numbers | None = None,
        dissociation_frequency: Numbers | None = None,
        activation_volume: ArrayLike = 0.0,
    ):
        r"""**Arguments:**

        - `host`: the pure crystal, which gives $f_v$ and $\omega_0$; with its pressure
            and its rotation. Its numbers of the crystal known.
        - `exchange_energy`: $E_2 \ge 0$ of the solute's jump into a vacancy beside it,
            in eV; a scalar, or one per class of the host's jumps.
        - `exchange_frequency`: $\nu_2 > 0$, in Hz; likewise.
        - `binding_energy`: $E_b$ of a vacancy beside the solute, > 0 where they
            attract, in eV; likewise.
        - `binding_entropy`: $S_b/k$, what both lose as they join, no unit; likewise.
        - `rotation_energy`, `rotation_frequency`: $E_1 \ge 0$ (eV) and $\nu_1 > 0$ (Hz)
            of a vacancy that goes to another place beside the solute; scalars, or one
            per class of `law.around.rotations`.
        - `dissociation_energy`, `dissociation_frequency`: $E_3 \ge E_b$ (eV) and
            $\nu_3 > 0$ (Hz) of a vacancy that leaves it; scalars, or one per class of
            `law.around.dissociations`. The barrier of coming back is
            $E_4 = E_3 - E_b$.
        - `activation_volume`: of the solute's diffusion as a whole, in m³; a scalar.

        Energies and frequencies not given are those of the host.

        **Raises:** `ValueError` if `host` is not a vacancy mechanism, a number is not
        finite or of the wrong sign, shapes do not fit, or a vacancy would come near
        without a barrier.

        !!! example

            ```python
            host = djx.diffusivity.VacancyMechanism(
                djx.lattice.fcc(4.05e-10), 0.66, 0.61, 2.8e13
            )
            law = djx.diffusivity.Substitutional(
                host, 0.50, 2e13, binding_energy=0.05, dissociation_energy=0.66
            )
            ```
        """
        require_kinds("Substitutional", host=(host, VacancyMechanism))
        around, kinds = SoluteNetwork(host.jumps), len(host.jumps.names)
        name = lambda what: f"Substitutional({what}=...)"
        self.host, self.around, self.scalar = host, around, host.jumps.isotropic
        self.exchange_energy, self.exchange_frequency = _hop(
            host, exchange_energy, exchange_frequency, "exchange", kinds
        )
        self.rotation_energy, self.rotation_frequency = _hop(
            host, rotation_energy, rotation_frequency, "rotation", len(around.rotations)
        )
        self.dissociation_energy, self.dissociation_frequency = _hop(
            host,
            dissociation_energy,
            dissociation_frequency,
            "dissociation",
            len(around.dissociations),
        )
        self.binding_energy = per_class(
            binding_energy, name("binding_energy"), "eV", "", kinds
        )
        self.binding_entropy = per_class(
            binding_entropy, name("binding_entropy"), "k", "", kinds
        )
        self.activation_volume = one_number(
            activation_volume, name("activation_volume"), "m³"
        )
        _require_barrier(self)

    def at(self, point: Point) -> Float[Array, "..."]:
        """$D_2$ at the point's temperature, in m²/s; a scalar, or shape `(d, d)`."""
        hot = point.temperature
        found, fastest = self._relative(hot)
        beta = 1 / (BOLTZMANN_EV * hot)
        cast = lambda x: x.astype(hot.dtype)
        push = cast(self.host.pressure) / ELEMENTARY_CHARGE
        push = beta * push * cast(self.activation_volume)
        # The size as one exponential, so that nothing underflows before it must.
        size = jnp.exp(self.host.log_fraction(hot) + fastest - push)
        return in_grid(size * found.solute, self.scalar, self.host.rotation)

    def transport(self, temperature: Numbers) -> SoluteTransport:
        r"""Onsager coefficients of solute and vacancies, in the crystal's own axes.

        `drag` is $L_{sv}/L_{ss}$, > 0 where vacancies take the solute along; `wind`
        is $L_{sA}/L_{ss}$, what the host atoms A do to it.

        **Arguments:**

        - `temperature`: $T > 0$, in K; a scalar.

        **Returns:** a [`diffjax.lattice.SoluteTransport`][], in m²/s, without pressure.

        **Raises:** `ValueError` if the temperature is not > 0.
        """
        hot = one_number(
            temperature, "transport(temperature=...)", "K", "> 0", traced=False
        )
        found, fastest = self._relative(hot)
        return SoluteTransport(*(jnp.exp(fastest) * x for x in found))

    def correlation(self, temperature: Numbers) -> Float[Array, "..."]:
        """The correlation factor $f_2$ of the solute.

        **Arguments:**

        - `temperature`: $T > 0$, in K; a scalar.

        **Returns:** no unit; a scalar in a cubic crystal, else shape `(d, d)` in its
        own axes.

        **Raises:** `ValueError` if the temperature is not > 0.
        """
        hot = one_number(
            temperature, "correlation(temperature=...)", "K", "> 0", traced=False
        )
        factor = self._relative(hot)[0].correlation
        return in_grid(factor, self.scalar, None)

    def drag_reversal(
        self, lower: ArrayLike, upper: ArrayLike, direction: Numbers | None = None
    ) -> Float[Array, ""]:
        r"""The temperature at which the drag changes its sign, $n^T L_{sv}\, n = 0$.

        On one side of it, mostly the cold one, the solute holds its vacancy, and a flow
        of vacancies takes it along to their sinks ($L_{sA}/L_{ss} < -1$); on the other
        the two go opposite ways. Found by bisection; its derivatives are those of the
        root.

        **Arguments:**

        - `lower`, `upper`: temperatures > 0 at which the drag has opposite signs, in K;
            scalars.
        - `direction`: $n$, in the crystal's own axes, of any length but 0, no unit;
            shape `(d,)`. Needed where the crystal is not cubic.

        **Returns:** in K; a scalar.

        **Raises:** `ValueError` if a temperature is not > 0, the drag has one sign at
        both, or a direction is needed or of the wrong shape.

        **Error:** 1e-9 of it, relative.
        """
        name = lambda which: f"drag_reversal({which}=...)"
        cold = one_number(lower, name("lower"), "K", "> 0")
        hot = one_number(upper, name("upper"), "K", "> 0")
        given = self, _direction(direction, self).astype(cold.dtype)
        ends = _drag(cold, given), _drag(hot, given)
        cold = require(
            cold,
            ends[0] * ends[1] < 0,
            lambda: (
                "`drag_reversal(lower=..., upper=...)` must be two temperatures (K) of "
                f"drags of opposite sign; got drags of {value_of(ends[0])} and "
                f"{value_of(ends[1])} (no unit)."
            ),
        )
        solver = optx.Bisection(rtol=1e-11, atol=1e-9, flip="detect")
        options = dict(lower=cold, upper=hot)
        middle = 0.5 * (cold + hot)
        return optx.root_find(_drag, solver, middle, given, options).value

    def _relative(
        self, hot: Float[Array, ""]
    ) -> tuple[SoluteTransport, Float[Array, ""]]:
        """Coefficients in units of the host's fastest rate, and the logarithm of it."""
        beta = 1 / (BOLTZMANN_EV * hot)
        cast = lambda x: x.astype(hot.dtype)
        log = lambda nu, energy: jnp.log(cast(nu)) - beta * cast(energy)
        host = self.host.log_rates(hot)
        fastest = jnp.max(host)

        def rate(frequency, energy) -> Any:
            return None if energy is None else jnp.exp(log(frequency, energy) - fastest)

        around = eqx.tree_at(lambda a: a.jumps, self.around, self.host.jumps)
        found = around.transport(
            jnp.exp(host - fastest)[np.array(self.host.jumps.classes)],
            exchange=rate(self.exchange_frequency, self.exchange_energy),
            rotation=rate(self.rotation_frequency, self.rotation_energy),
            dissociation=rate(self.dissociation_frequency, self.dissociation_energy),
            binding=jnp.exp(
                beta * cast(self.binding_energy) - cast(self.binding_entropy)
            ),
        )
        return found, fastest


def _hop(host: VacancyMechanism, energy, frequency, what: str, count: int) -> Any:
    """Energy and frequency of one kind of hop; none where both are the host's."""
    if energy is None and frequency is None:
        return None, None
    name = lambda part: f"Substitutional({what}_{part}=...)"

    def given(x: Numbers | None, of_host: Array, part: str) -> Numbers:
        if x is not None:
            return x
        if of_host.size > 1:
            raise ValueError(
                f"`{name(part)}` must be given where that of the host differs between "
                "classes of jumps; got None."
            )
        return of_host.reshape(())

    energy = given(energy, host.migration_energy, "energy")
    frequency = given(frequency, host.attempt_frequency, "frequency")
    return (
        per_class(energy, name("energy"), "eV", ">= 0", count),
        per_class(frequency, name("frequency"), "Hz", "> 0", count),
    )


def _drag(
    temperature: Float[Array, ""], given: tuple[Substitutional, Float[Array, " d"]]
) -> Float[Array, ""]:
    law, n = given
    found = law._relative(temperature)[0]
    return n @ found.cross @ n / (n @ found.solute @ n)


def _direction(direction: Numbers | None, law: Substitutional) -> Float[Array, " d"]:
    """A unit vector; any one does where all directions are alike."""
    d = law.host.jumps.crystal.dimension
    if direction is None and law.scalar:
        return jnp.zeros(d).at[0].set(1.0)
    n = None if direction is None else real(direction)
    if n is None or n.shape != (d,):
        raise ValueError(
            f"`drag_reversal(direction=...)` must have shape `({d},)` (no unit), and "
            "may be left out in cubic crystals alone; got "
            f"{None if n is None else n.shape}."
        )
    return n / jnp.linalg.norm(n)


def _require_barrier(law: Substitutional) -> None:
    """A vacancy that comes near climbs, where that is known."""
    energy = law.dissociation_energy
    if energy is None:
        energy = jnp.min(law.host.migration_energy)
    if traced(energy, law.binding_energy):
        return
    names, kinds = law.around.dissociations, law.host.jumps.names
    place = [kinds.index(name.rpartition("-")[0]) for name in names]
    out = np.broadcast_to(known(energy), (len(names),))
    bound = np.broadcast_to(known(law.binding_energy), (len(kinds),))[place]
    bad = np.flatnonzero(out < bound)
    require(
        None,
        bad.size == 0,
        lambda: (
            "`Substitutional(dissociation_energy=...)` (the host's `migration_energy` "
            "if not given) must be at least `binding_energy` (eV), or vacancies come "
            f"near without a barrier; got {out[bad[0]]:.6g} and {bound[bad[0]]:.6g}."
        ),
    )
