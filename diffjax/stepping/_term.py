"""What a linearly implicit step asks of an equation."""

import abc
from collections.abc import Callable
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree


class AbstractLinearised(eqx.Module):
    r"""An equation $\dot y = f(t, y)$ linearised at one time and state.

    **Attributes:**

    - `rate`: $f(t, y)$; a pytree like the state, in its unit per s.
    - `drift`: $\partial f / \partial t$; a pytree like the state, in its unit per s².
    """

    rate: eqx.AbstractVar[PyTree]
    drift: eqx.AbstractVar[PyTree]

    @abc.abstractmethod
    def solver(
        self, shift: Float[Array, ""], preconditioner: Any = None
    ) -> Callable[[PyTree], PyTree]:
        r"""A function that applies $(s I - \partial f / \partial y)^{-1}$.

        **Arguments:**

        - `shift`: $s$, in 1/s; a scalar.
        - `preconditioner`: for equations that iterate, and theirs to define; the others
            ignore it.

        **Returns:**

        A function from a right-hand side to the solution, both pytrees like the state.
        """

    @abc.abstractmethod
    def split_solver(self, shift: Float[Array, ""]) -> Callable[[PyTree], PyTree]:
        r"""A function that applies roughly $(s I - \partial f / \partial y)^{-1}$.

        For W-methods ([`diffjax.stepping.Ros2`][]), which keep their order with any
        matrix: a product of inverses along one axis each, say. Where the exact inverse
        is cheap it is that one.

        **Arguments:**

        - `shift`: $s$, in 1/s; a scalar.

        **Returns:**

        A function from a right-hand side to the solution, both pytrees like the state.
        """


class AbstractStructuredTerm(diffrax.AbstractTerm):
    """A `diffrax` term that can also linearise itself, with the structure it has.

    Any diffrax solver runs on it as on an `ODETerm`; the Rosenbrock methods use
    `linearise` instead of a dense Jacobian, the stabilised ones `spectral_bound`.
    """

    @abc.abstractmethod
    def rate(self, t: Float[Array, ""], y: PyTree, args: Any) -> PyTree:
        """The right-hand side $f(t, y)$; a pytree like the state, in its unit per s."""

    @abc.abstractmethod
    def linearise(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> AbstractLinearised:
        """Value, time derivative and Jacobian of the right-hand side at one state."""

    @abc.abstractmethod
    def spectral_bound(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> Float[Array, ""]:
        r"""At least the largest $|λ|$ of $\partial f / \partial y$, in 1/s; a scalar.

        Explicit methods stay stable by it; a bound twice too large costs a stabilised
        method 1.4 times the stages. It is never differentiated.
        """

    def vf(self, t: Any, y: PyTree, args: Any) -> PyTree:
        """As `rate`, in diffrax's words."""
        return self.rate(t, y, args)

    def contr(self, t0: Any, t1: Any, **kwargs: Any) -> Any:
        """The step `t1 - t0`, in s."""
        del kwargs
        return t1 - t0

    def prod(self, vf: PyTree, control: Any) -> PyTree:
        """Rate times step."""
        return jax.tree.map(lambda v: v * control, vf)


class DenseLinearised(AbstractLinearised):
    """A small system with its full Jacobian, of [`diffjax.stepping.DenseTerm`][]."""

    rate: Float[Array, " n"]
    drift: Float[Array, " n"]
    jacobian: Float[Array, "n n"]

    def solver(
        self, shift: Float[Array, ""], preconditioner: Any = None
    ) -> Callable[[PyTree], PyTree]:
        """LU with pivoting, done once for all right-hand sides."""
        del preconditioner
        size = self.rate.shape[0]
        matrix = shift * jnp.eye(size, dtype=self.rate.dtype) - self.jacobian
        factors = jax.scipy.linalg.lu_factor(matrix)
        return lambda right: jax.scipy.linalg.lu_solve(factors, right)

    def split_solver(self, shift: Float[Array, ""]) -> Callable[[PyTree], PyTree]:
        """The exact inverse."""
        return self.solver(shift)


class DenseTerm(AbstractStructuredTerm):
    """A small ordinary differential equation, for the Rosenbrock methods.

    For rate equations of a few unknowns; the Jacobian is computed by forward mode and
    stored in full.
    """

    vector_field: Callable[[Float[Array, ""], Float[Array, " n"], Any], Any]

    def rate(self, t: Float[Array, ""], y: PyTree, args: Any) -> PyTree:
        """The vector field, in the state's unit per s; shape `(n,)`."""
        return self.vector_field(t, y, args)

    def linearise(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> AbstractLinearised:
        """Value, time derivative and full Jacobian."""
        rate, drift = jax.jvp(
            lambda s: self.vector_field(s, y, args), (t,), (jnp.ones_like(t),)
        )
        jacobian = jax.jacfwd(lambda x: self.vector_field(t, x, args))(y)
        return DenseLinearised(rate, drift, jacobian)

    def spectral_bound(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> Float[Array, ""]:
        """Largest sum of magnitudes in a row of the Jacobian, in 1/s; a scalar."""
        jacobian = jax.jacfwd(lambda x: self.vector_field(t, x, args))(y)
        return jnp.max(jnp.sum(jnp.abs(jacobian), axis=-1))
