"""The molar Gibbs energy of one phase, and what follows from it by differentiation."""

import abc
from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import xlogy
from jaxtyping import Array, Float

from .._checks import real, require, sum_slack, value_of
from .._constants import GAS_CONSTANT
from .._shapes import Numbers
from .._simplex import across_root, lowest


class AbstractGibbs(eqx.Module):
    r"""The molar Gibbs energy of one phase at one point.

    $$g(x, T) = g_{ref} + R T \sum_i x_i \ln x_i + g_{ex}$$

    References and excess are smooth at pure ends, so that activity coefficients are
    finite where a component vanishes. To add a phase: subclass this
    and give `components`, `reference` and `excess`; all else is differentiation.
    """

    components: eqx.AbstractVar[tuple[str, ...]]

    @abc.abstractmethod
    def reference(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Energy of the unmixed ends, linear in the fractions.

        **Arguments:**

        - `fractions`: mole fractions that sum to one, no unit; shape `(n,)`.
        - `temperature`: in K; a scalar.

        **Returns:** in J/mol; a scalar.
        """

    @abc.abstractmethod
    def excess(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, ""]:
        """What is neither reference nor ideal mixing; smooth, at pure ends too.

        **Arguments:**

        - `fractions`: mole fractions that sum to one, no unit; shape `(n,)`.
        - `temperature`: in K; a scalar.

        **Returns:** in J/mol; a scalar.
        """

    def molar(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, ""]:
        """The molar Gibbs energy, in J/mol; a scalar. Arguments as of `excess`."""
        ideal = GAS_CONSTANT * temperature * jnp.sum(xlogy(fractions, fractions))
        rest = self.reference(fractions, temperature)
        return rest + ideal + self.excess(fractions, temperature)

    def fractions(self, given: Mapping[str, float] | Numbers) -> Float[Array, " n"]:
        """Mole fractions in the order of the components, checked.

        The other methods check nothing, since they run at every point of a grid.

        **Arguments:**

        - `given`: by name of component, or in their order with shape `(n,)`; no unit.

        **Returns:** no unit; shape `(n,)`.

        **Raises:** `ValueError` for an unknown or missing component, and for fractions
        outside 0 to 1 or that do not sum to one within 1e-9.
        """
        return checked_fractions(self.components, given)

    def log_activity_coefficients(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, " n"]:
        r"""$\ln \gamma_i = \frac{1}{RT} \frac{\partial (N g_{ex})}{\partial N_i}$.

        Finite at pure ends. Relative to the references, so that a component without
        excess energy when pure has $\gamma_i = 1$ there.

        **Arguments:** as of `excess`.

        **Returns:** no unit; shape `(n,)`.
        """
        return partial_molar(self.excess, fractions, temperature) / (
            GAS_CONSTANT * temperature
        )

    def chemical_potentials(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, " n"]:
        r"""$\mu_i = \partial (N g) / \partial N_i$.

        **Arguments:** as of `excess`; the fractions must be > 0, since the potential of
        an absent component has no bound ($-\infty$ is returned).

        **Returns:** in J/mol; shape `(n,)`.
        """
        smooth = partial_molar(self.reference, fractions, temperature)
        smooth += partial_molar(self.excess, fractions, temperature)
        return smooth + GAS_CONSTANT * temperature * jnp.log(fractions)

    def activities(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, " n"]:
        r"""$a_i = \gamma_i x_i$, relative to the references; finite at pure ends.

        **Arguments:** as of `excess`.

        **Returns:** no unit; shape `(n,)`.
        """
        return fractions * jnp.exp(
            self.log_activity_coefficients(fractions, temperature)
        )

    def log_activity_slopes(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, "n n"]:
        r"""Slopes $h_{ij} = N\, \partial \ln \gamma_i / \partial N_j$, symmetric.

        $\sum_j x_j h_{ij} = 0$. Where the $m$-th fraction is dependent, slopes are
        $h_{ij} - h_{im}$. Symmetry and the sum are Maxwell's and Gibbs and Duhem's
        relations, and hold by construction.

        **Arguments:** as of `excess`.

        **Returns:** no unit; shape `(n, n)`.
        """
        return jax.hessian(_extensive(self.excess))(fractions, temperature) / (
            GAS_CONSTANT * temperature
        )

    def thermodynamic_factors(
        self,
        fractions: Float[Array, " n"],
        temperature: Float[Array, ""],
        dependent: int = -1,
    ) -> Float[Array, "n-1 n-1"]:
        r"""How much faster potentials change than fractions.

        $$\Phi_{ij} = \frac{x_i}{RT} \frac{\partial \mu_i}{\partial x_j}
        = \delta_{ij} + x_i \frac{\partial \ln \gamma_i}{\partial x_j}$$

        over the independent components; the fraction of the dependent one makes up the
        sum. Of two components it is one number, $\frac{x_A x_B}{RT} \frac{d^2 g}{d
        x^2}$, the same for both.

        Sign: where like atoms attract each other ($\Omega > 0$ in $g_{ex} = \Omega x (1
        - x)$), a gradient costs less to keep than in an ideal solution, and $\Phi < 1$:
        the drive to mix is weaker, and below 0 it un-mixes (spinodal). Where unlike
        atoms attract ($\Omega < 0$), $\Phi > 1$.

        **Arguments:**

        - `fractions`, `temperature`: as of `excess`.
        - `dependent`: index of the dependent component; the last one if not given.

        **Returns:** no unit; shape `(n - 1, n - 1)`; not symmetric in general.
        """
        n = fractions.shape[0]
        rest = np.delete(np.arange(n), dependent)
        h = self.log_activity_slopes(fractions, temperature)
        slopes = h[np.ix_(rest, rest)] - h[rest, dependent][:, None]
        return jnp.eye(n - 1, dtype=h.dtype) + fractions[rest][:, None] * slopes

    def thermodynamic_factor(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, ""]:
        r"""$\Phi = \frac{x_A x_B}{RT} \frac{d^2 g}{d x^2}$ of two components.

        See `thermodynamic_factors` for its sign.

        **Arguments:** as of `excess`.

        **Returns:** no unit; a scalar.

        **Raises:** `ValueError` if there are not two components.
        """
        if len(self.components) != 2:
            raise ValueError(
                "`thermodynamic_factor` needs two components; of "
                f"{', '.join(self.components)} there is a matrix, "
                "`thermodynamic_factors`."
            )
        return self.thermodynamic_factors(fractions, temperature)[0, 0]

    def stability(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, ""]:
        r"""The smallest eigenvalue of the matrix of thermodynamic factors.

        Its sign is that of the smallest curvature of $g$ among mixtures: below 0 the
        mixture is inside its spinodal, and diffusion without a gradient energy is ill
        posed. Of two components it is $\Phi$; of an ideal mixture 1. The eigenvalues
        are real, whichever component is dependent.

        **Arguments:** as of `excess`.

        **Returns:** no unit; a scalar.
        """
        n = len(self.components)
        if n == 1:
            return jnp.ones((), dtype=fractions.dtype)
        if n == 2:
            return self.thermodynamic_factor(fractions, temperature)
        root, across = across_root(fractions)
        both = jnp.outer(root, root)
        h = both * self.log_activity_slopes(fractions, temperature)
        return 1 + lowest(across.T @ h @ across)


def partial_molar(function, fractions, temperature) -> Float[Array, " n"]:
    """Derivatives of N times a molar quantity by the amounts, at N = 1.

    **Arguments:**

    - `function`: of fractions and temperature, in J/mol.
    - `fractions`, `temperature`: no unit, shape `(n,)`; in K, a scalar.

    **Returns:** in J/mol; shape `(n,)`.
    """
    return jax.grad(_extensive(function))(fractions, temperature)


def _extensive(function):
    def extensive(amounts, temperature):
        total = jnp.sum(amounts)
        return total * function(amounts / total, temperature)

    return extensive


def checked_fractions(
    components: tuple[str, ...], given: Mapping[str, float] | Numbers
) -> Float[Array, " n"]:
    """Mole fractions in the order of the components; see `AbstractGibbs.fractions`."""
    names = ", ".join(components)
    if isinstance(given, Mapping):
        if set(given) != set(components):
            raise ValueError(
                f"`fractions` must name the components {names}, each once; got "
                f"{', '.join(map(str, given))}."
            )
        given = [given[name] for name in components]
    array = real(given)
    if array.shape != (len(components),):
        raise ValueError(
            f"`fractions` must have shape ({len(components)},), one for each of {names}"
            f"; got {array.shape}."
        )
    array = require(
        array,
        lambda x: (x >= 0) & (x <= 1),
        lambda: f"`fractions` must lie from 0 to 1 (no unit); got {value_of(array)}.",
    )
    slack = sum_slack(array.dtype)
    return require(
        array,
        lambda x: abs(x.sum() - 1) <= slack,
        lambda: f"`fractions` must sum to 1 (no unit); got {value_of(array)}.",
    )
