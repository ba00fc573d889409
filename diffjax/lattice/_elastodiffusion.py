r"""What strain and pressure do to a diffusivity, from elastic dipoles."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import all_numbers, one_number, require_kinds
from .._constants import BOLTZMANN
from .._shapes import Numbers
from ._crystal import Crystal
from ._jumps import Jumps
from ._network import bare_diffusivity, require_connected
from ._rates import Landscape
from ._symmetry import cartesian, reversed_jump, space_group


def site_dipoles(crystal: Crystal, dipoles: Numbers) -> Float[Array, "sites d d"]:
    """The elastic dipole at every site, from one for each kind.

    The given dipole is that of the first site of its kind; the space group turns it to
    the others. What the symmetry of the site forbids is taken out.

    **Arguments:**

    - `crystal`: its numbers known.
    - `dipoles`: $P$, in eV, symmetric; shape `(d, d)`, or `(kinds, d, d)` in the order
        of `crystal.types`.

    **Returns:** dipoles in eV; shape `(sites, d, d)`.

    **Raises:** `ValueError` if shapes do not fit, or no symmetry joins two sites of a
    kind.
    """
    require_kinds("site_dipoles", crystal=(crystal, Crystal))
    given = _given(dipoles, len(crystal.types), crystal.dimension, "site_dipoles")
    labels = [crystal.types.index(kind) for kind in crystal.kinds]
    group = space_group(crystal)
    images = [[int(o.sites[labels.index(k)]) for o in group] for k in set(labels)]
    return _spread(crystal, given, labels, images, "sites of kind")


def saddle_dipoles(jumps: Jumps, dipoles: Numbers) -> Float[Array, "jumps d d"]:
    """The elastic dipole at the saddle of every jump, from one for each class.

    The given dipole is that of the first jump of its class; the space group turns it to
    the others. What the symmetry of the jump forbids is taken out.

    **Arguments:**

    - `jumps`: the network, its numbers known.
    - `dipoles`: $P$, in eV, symmetric; shape `(d, d)`, or `(classes, d, d)`.

    **Returns:** dipoles in eV; shape `(jumps, d, d)`.

    **Raises:** `ValueError` if shapes do not fit, or no symmetry joins two jumps of a
    class.
    """
    require_kinds("saddle_dipoles", jumps=(jumps, Jumps))
    crystal, labels = jumps.crystal, list(jumps.classes)
    given = _given(dipoles, len(jumps.names), crystal.dimension, "saddle_dipoles")
    group = space_group(crystal)
    listed = list(zip(jumps.source, jumps.target, jumps.cells))
    place = {jump: k for k, jump in enumerate(listed)}
    images = []
    for k in range(len(jumps.names)):
        first = listed[labels.index(k)]
        moved = [o.jump(way) for way in (first, reversed_jump(first)) for o in group]
        images.append([place.get(jump, -1) for jump in moved])
    return _spread(crystal, given, labels, images, "jumps of class")


def strained_diffusivity(
    jumps: Jumps,
    landscape: Landscape,
    temperature: Numbers,
    strain: Numbers,
    pressure: Numbers = 0.0,
) -> Float[Array, "d d"]:
    r"""The bare diffusivity of a strained crystal.

    Dipoles change the energies of sites and saddles by $-P : \varepsilon$, and jumps
    become $(1 + \varepsilon)\, r$.

    **Arguments:**

    - `jumps`: the network of the crystal at rest.
    - `landscape`: its energies and dipoles.
    - `temperature`: $T > 0$, in K; a scalar.
    - `strain`: $\varepsilon$, no unit; shape `(d, d)`.
    - `pressure`: in Pa; a scalar.

    **Returns:** $D$, in m²/s, along fixed axes; shape `(d, d)`.

    **Raises:** `ValueError` as [`diffjax.lattice.Landscape`][] does, or if the network
    does not connect.
    """
    require_kinds("strained_diffusivity", landscape=(landscape, Landscape))
    rates = landscape.rates(jumps, temperature, pressure, strain)
    shares = landscape.occupancies(jumps, temperature, pressure, strain)
    require_connected(jumps)
    return bare_diffusivity(jumps.on(jumps.crystal.deformed(strain)), rates, shares)


def elastodiffusion(
    jumps: Jumps,
    landscape: Landscape,
    temperature: Numbers,
    *,
    correlation: Numbers = 1.0,
) -> Float[Array, "d d d d"]:
    r"""How the diffusivity answers to strain, $\partial D_{ij} / \partial
    \varepsilon_{kl}$, without strain.

    Barriers and the geometry of the jumps both count. It is exact for a given strain:
    the program is differentiated.

    **Arguments:**

    - `jumps`, `landscape`, `temperature`: as in
        [`diffjax.lattice.strained_diffusivity`][].
    - `correlation`: $f$, held while the crystal is strained, no unit; a scalar.

    **Returns:** in m²/s, symmetric in each pair of indices; shape `(d, d, d, d)`.

    **Raises:** as [`diffjax.lattice.strained_diffusivity`][].
    """
    f = one_number(correlation, "elastodiffusion(correlation=...)", "no unit", "> 0")
    d = jumps.crystal.dimension
    at = lambda e: strained_diffusivity(
        jumps, landscape, temperature, 0.5 * (e + jnp.transpose(e))
    )
    rest = jnp.zeros((d, d), dtype=jumps.crystal.vectors.dtype)
    slope = jax.jacfwd(at)(rest)
    return f.astype(slope.dtype) * slope


def activation_volume(
    jumps: Jumps,
    landscape: Landscape,
    temperature: Numbers,
    *,
    bulk_modulus: ArrayLike | None = None,
    pressure: ArrayLike = 0.0,
) -> Float[Array, ""]:
    r"""How pressure slows diffusion.

    $$V = -kT \frac{\partial \ln D}{\partial p}, \qquad D = \tfrac1d \mathrm{tr}\, D$$

    From the volumes of the landscape, and with a bulk modulus $K$ from its dipoles and
    the geometry of the jumps too, by the strain $-p/(d K)$ along each of d axes.

    **Arguments:**

    - `jumps`, `landscape`, `temperature`: as in
        [`diffjax.lattice.strained_diffusivity`][].
    - `bulk_modulus`: $K > 0$, in Pa; a scalar.
    - `pressure`: at which the slope is taken, in Pa; a scalar.

    **Returns:** $V$, in m³; a scalar.

    **Raises:** as [`diffjax.lattice.strained_diffusivity`][].
    """
    at = one_number(pressure, "activation_volume(pressure=...)", "Pa", traced=False)
    d = jumps.crystal.dimension
    eye = jnp.eye(d, dtype=at.dtype)
    squeeze: Callable = lambda p: 0.0 * p
    if bulk_modulus is not None:
        name = "activation_volume(bulk_modulus=...)"
        stiff = one_number(bulk_modulus, name, "Pa", "> 0").astype(at.dtype)
        squeeze = lambda p: -p / (d * stiff)

    def logarithm(p):
        strain = squeeze(p) * eye
        value = strained_diffusivity(jumps, landscape, temperature, strain, p)
        return jnp.log(jnp.trace(value))

    hot = one_number(temperature, "temperature", "K", "> 0", traced=False)
    return -BOLTZMANN * hot.astype(at.dtype) * jax.grad(logarithm)(at)


def _given(dipoles: Numbers, count: int, d: int, door: str) -> Float[Array, "n d d"]:
    value = all_numbers(dipoles, f"{door}(dipoles=...)", "eV")
    if value.shape not in ((d, d), (count, d, d)):
        raise ValueError(
            f"`{door}(dipoles=...)` must have shape {(count, d, d)} or {(d, d)} (eV); "
            f"got {value.shape}."
        )
    return jnp.broadcast_to(value, (count, d, d))


def _spread(crystal, given, labels, images, what) -> Float[Array, "n d d"]:
    """Each dipole turned to all of its kind, as the mean over all ways there."""
    turns = cartesian(crystal, space_group(crystal))
    d = crystal.dimension
    ways = np.zeros((len(labels), d, d, d, d))
    counts = np.zeros(len(labels))
    for places in images:
        for n, k in enumerate(places):
            if k >= 0:
                turn = turns[n % len(turns)]
                ways[k] += np.einsum("ac,bd->abcd", turn, turn)
                counts[k] += 1
    if not np.all(counts > 0):
        label = labels[int(np.argmin(counts))]
        raise ValueError(
            f"dipoles cannot be turned from one to all: no symmetry of the crystal "
            f"joins the {what} {label}. Give them one by one."
        )
    ways = jnp.asarray(ways / counts[:, None, None, None, None], dtype=given.dtype)
    spread = jnp.einsum("nabcd,ncd->nab", ways, given[np.array(labels)])
    return 0.5 * (spread + jnp.swapaxes(spread, -1, -2))
