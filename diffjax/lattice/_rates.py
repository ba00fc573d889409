r"""Rates of jumps from the energies of sites and saddles."""

from collections.abc import Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._checks import all_numbers, known, one_number, real, require_kinds, traced
from .._constants import BOLTZMANN_EV, ELEMENTARY_CHARGE
from .._shapes import Numbers
from ._jumps import Jumps


PerName = Numbers | Mapping[str, Any]
"""One number for all, one for each, or a dictionary by name."""


class Landscape(eqx.Module):
    r"""Energies of the sites and of the saddles between them.

    With the enthalpy $H = E + p\,\Omega - P : \varepsilon$ of a site or a saddle,

    $$\omega_{s \to t} = \nu \exp\Big(\frac{S^* - S_s}{k}\Big)
    \exp\Big(-\frac{H^* - H_s}{k T}\Big), \qquad
    \rho_s \propto \exp\Big(\frac{S_s}{k} - \frac{H_s}{k T}\Big)$$

    A saddle is one for both directions, so detailed balance
    $\rho_s\,\omega_{s \to t} = \rho_t\,\omega_{t \to s}$ holds by construction.

    Where a number is asked per kind or per class it may be one number for all, a row in
    the order of `crystal.types` or `jumps.names`, or a dictionary by name.
    """

    site_energies: PerName
    saddle_energies: PerName
    attempt_frequencies: PerName
    site_entropies: PerName
    saddle_entropies: PerName
    site_volumes: PerName
    saddle_volumes: PerName
    site_dipoles: Float[Array, "*sites d d"] | None
    saddle_dipoles: Float[Array, "*jumps d d"] | None

    def __init__(
        self,
        site_energies: PerName,
        saddle_energies: PerName,
        attempt_frequencies: PerName,
        *,
        site_entropies: PerName = 0.0,
        saddle_entropies: PerName = 0.0,
        site_volumes: PerName = 0.0,
        saddle_volumes: PerName = 0.0,
        site_dipoles: Numbers | None = None,
        saddle_dipoles: Numbers | None = None,
    ):
        r"""**Arguments:**

        - `site_energies`: $E_s$, in eV; per kind of site.
        - `saddle_energies`: $E^*$, in eV, from the same zero; per class of jumps.
        - `attempt_frequencies`: $\nu > 0$, in Hz; per class of jumps.
        - `site_entropies`, `saddle_entropies`: $S/k$, no unit; per kind, per class.
        - `site_volumes`, `saddle_volumes`: $\Omega$, what the crystal grows by, in m³;
            per kind, per class.
        - `site_dipoles`: $P$, in eV, symmetric; shape `(sites, d, d)`, or `(d, d)` for
            all. [`diffjax.lattice.site_dipoles`][] makes them of one per kind.
        - `saddle_dipoles`: in eV; shape `(jumps, d, d)`, or `(d, d)` for all.
            [`diffjax.lattice.saddle_dipoles`][] makes them of one per class.

        **Raises:** `ValueError` if a number is not finite or a frequency not > 0.

        !!! example

            ```python
            carbon = djx.lattice.Landscape(
                site_energies=0.0, saddle_energies=0.82, attempt_frequencies=1e13
            )
            ```
        """
        numbers = lambda x, name, unit, sign="": _numbers(
            x, f"Landscape({name}=...)", unit, sign
        )
        self.site_energies = numbers(site_energies, "site_energies", "eV")
        self.saddle_energies = numbers(saddle_energies, "saddle_energies", "eV")
        self.attempt_frequencies = numbers(
            attempt_frequencies, "attempt_frequencies", "Hz", "> 0"
        )
        self.site_entropies = numbers(site_entropies, "site_entropies", "k")
        self.saddle_entropies = numbers(saddle_entropies, "saddle_entropies", "k")
        self.site_volumes = numbers(site_volumes, "site_volumes", "m³")
        self.saddle_volumes = numbers(saddle_volumes, "saddle_volumes", "m³")
        self.site_dipoles = _dipoles(site_dipoles, "site_dipoles")
        self.saddle_dipoles = _dipoles(saddle_dipoles, "saddle_dipoles")

    def rates(
        self,
        jumps: Jumps,
        temperature: Numbers,
        pressure: Numbers = 0.0,
        strain: Numbers | None = None,
    ) -> Float[Array, " jumps"]:
        r"""The rate $\omega$ of every jump.

        **Arguments:**

        - `jumps`: the network.
        - `temperature`: $T > 0$, in K; a scalar.
        - `pressure`: $p$, in Pa; a scalar.
        - `strain`: $\varepsilon$, no unit; shape `(d, d)`. By default none.

        **Returns:** rates in 1/s; shape `(jumps,)`.

        **Raises:** `ValueError` if the temperature is not > 0, a saddle lies below a
        site it joins, or numbers do not fit the kinds and classes of the network.
        """
        hot, sites, saddles = self._levels(jumps, temperature, pressure, strain)
        frequency = _per_name(
            self.attempt_frequencies, jumps.names, "attempt_frequencies"
        )[np.array(jumps.classes)]
        climb = saddles - sites[np.array(jumps.source)]
        return jnp.exp(jnp.log(frequency.astype(hot.dtype)) - climb)

    def occupancies(
        self,
        jumps: Jumps,
        temperature: Numbers,
        pressure: Numbers = 0.0,
        strain: Numbers | None = None,
    ) -> Float[Array, " sites"]:
        r"""The probability $\rho$ to find the atom on each site of a cell.

        **Arguments:** as in `rates`.

        **Returns:** probabilities, no unit, whose sum is 1; shape `(sites,)`.

        **Raises:** as in `rates`.
        """
        _, sites, _ = self._levels(jumps, temperature, pressure, strain)
        return jax.nn.softmax(-sites)

    def free_energy(
        self,
        jumps: Jumps,
        temperature: Numbers,
        pressure: Numbers = 0.0,
        strain: Numbers | None = None,
    ) -> Float[Array, ""]:
        r"""The free energy of an atom that is free to choose among the sites of a cell.

        $$G = -kT \ln \sum_s e^{-g_s / kT}, \qquad g_s = E_s - T S_s + p\, \Omega_s -
        P_s : \varepsilon$$

        Its slope is the force on the atom where strain changes from place to place.

        **Arguments:** as in `rates`.

        **Returns:** in eV; a scalar.

        **Raises:** as in `rates`.
        """
        hot, sites, _ = self._levels(jumps, temperature, pressure, strain)
        return -BOLTZMANN_EV * hot * jax.nn.logsumexp(-sites)

    def _levels(self, jumps, temperature, pressure, strain):
        """The temperature, and free energies over kT of each site and each saddle."""
        require_kinds("Landscape", jumps=(jumps, Jumps))
        hot = one_number(temperature, "temperature", "K", "> 0", traced=False)
        p = one_number(pressure, "pressure", "Pa", traced=False).astype(hot.dtype)
        kinds, names = jumps.crystal.types, jumps.names
        kind = np.array([kinds.index(k) for k in jumps.crystal.kinds])
        label = np.array(jumps.classes)
        per_kind = lambda x, name: _per_name(x, kinds, name)[kind].astype(hot.dtype)
        per_class = lambda x, name: _per_name(x, names, name)[label].astype(hot.dtype)
        site = per_kind(self.site_energies, "site_energies")
        saddle = per_class(self.saddle_energies, "saddle_energies")
        _require_above(jumps, site, saddle)
        push = p / ELEMENTARY_CHARGE
        site = site + push * per_kind(self.site_volumes, "site_volumes")
        saddle = saddle + push * per_class(self.saddle_volumes, "saddle_volumes")
        if strain is not None:
            d = jumps.crystal.dimension
            e = real(strain).astype(hot.dtype)
            if e.shape != (d, d):
                raise ValueError(
                    f"`strain` must have shape {(d, d)} (no unit); got {e.shape}."
                )
            site = site - _work(self.site_dipoles, e, kind.size, "site_dipoles")
            saddle = saddle - _work(
                self.saddle_dipoles, e, label.size, "saddle_dipoles"
            )
        beta = 1 / (BOLTZMANN_EV * hot)
        site = beta * site - per_kind(self.site_entropies, "site_entropies")
        saddle = beta * saddle - per_class(self.saddle_entropies, "saddle_entropies")
        return hot, site, saddle


def attempt_frequency(initial: Numbers, saddle: Numbers) -> Float[Array, ""]:
    r"""The attempt frequency of harmonic transition-state theory.

    $$\nu = \prod_{i=1}^{n} \nu_i \Big/ \prod_{j=1}^{n-1} \nu^*_j$$

    **Arguments:**

    - `initial`: frequencies > 0 of the normal modes with the atom on its site, in Hz;
        shape `(n,)`.
    - `saddle`: those with the atom on the saddle, without the imaginary one, in Hz;
        shape `(n - 1,)`.

    **Returns:** $\nu$, in Hz; a scalar.

    **Raises:** `ValueError` if the second list is not shorter by one, or a frequency
    not > 0.

    ??? cite "Reference"

        G. H. Vineyard, J. Phys. Chem. Solids 3 (1957) 121.
    """
    before = all_numbers(initial, "attempt_frequency(initial=...)", "Hz", "> 0")
    on_top = all_numbers(saddle, "attempt_frequency(saddle=...)", "Hz", "> 0")
    if before.ndim != 1 or on_top.shape != (before.shape[0] - 1,):
        raise ValueError(
            "`attempt_frequency(initial=..., saddle=...)` must be two rows (Hz), the "
            f"second shorter by one; got shapes {before.shape} and {on_top.shape}."
        )
    return jnp.exp(jnp.sum(jnp.log(before)) - jnp.sum(jnp.log(on_top)))


def _numbers(x: PerName, name: str, unit: str, sign: str) -> PerName:
    if isinstance(x, Mapping):
        return {
            str(key): one_number(value, f"{name}[{key!r}]", unit, sign)
            for key, value in x.items()
        }
    value = all_numbers(x, name, unit, sign)
    if value.ndim > 1:
        raise ValueError(
            f"`{name}` must be one number, a row or a dictionary ({unit}); got shape "
            f"{value.shape}."
        )
    return value


def _per_name(x: PerName, names: Sequence[str], name: str) -> Float[Array, " names"]:
    """One number for each of some names."""
    if isinstance(x, Mapping):
        if set(x) != set(names):
            raise ValueError(
                f"`Landscape({name}=...)` must have the names {tuple(names)}; got "
                f"{tuple(x)}."
            )
        return jnp.stack([jnp.asarray(x[n]) for n in names])
    row = jnp.asarray(x)
    if row.ndim and row.shape != (len(names),):
        raise ValueError(
            f"`Landscape({name}=...)` must have {len(names)} numbers, one for each of "
            f"{tuple(names)}; got {row.shape[0]}."
        )
    return jnp.broadcast_to(row, (len(names),))


def _dipoles(x: Numbers | None, name: str) -> Float[Array, "*n d d"] | None:
    if x is None:
        return None
    value = all_numbers(x, f"Landscape({name}=...)", "eV")
    if value.ndim not in (2, 3) or value.shape[-1] != value.shape[-2]:
        raise ValueError(
            f"`Landscape({name}=...)` must have shape `(d, d)` or `(n, d, d)` (eV); "
            f"got {value.shape}."
        )
    return value


def _work(dipoles, strain, count, name) -> Float[Array, "..."]:
    """P : strain of each site or saddle, in eV."""
    if dipoles is None:
        return jnp.zeros(count, dtype=strain.dtype)
    if dipoles.shape not in (strain.shape, (count, *strain.shape)):
        raise ValueError(
            f"`Landscape({name}=...)` must have shape {(count, *strain.shape)} or "
            f"{strain.shape} (eV); got {dipoles.shape}."
        )
    work = jnp.einsum("...ij,ij->...", dipoles.astype(strain.dtype), strain)
    return jnp.broadcast_to(work, (count,))


def _require_above(jumps: Jumps, site, saddle) -> None:
    """Each saddle at or above the sites it joins, where that is known."""
    if traced(site, saddle):
        return
    low, top = known(site)[np.array(jumps.source)], known(saddle)
    for k in np.flatnonzero(top < low)[:1]:
        kind = jumps.crystal.kinds[jumps.source[k]]
        raise ValueError(
            f"the saddle of jumps {jumps.names[jumps.classes[k]]!r} lies below "
            f"{f'the {kind} site' if kind else 'the site'} they leave: "
            f"{top[k]:.6g} < {low[k]:.6g} eV. A saddle is the top of the way."
        )
