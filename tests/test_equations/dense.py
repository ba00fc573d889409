"""A linearised term against dense algebra, for all terms of mixtures."""

import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np


def against_dense_algebra(term, state, right, shift, off, off_in_time):
    """Solves, the slope in time and the bound on eigenvalues at 100 s."""
    now, flatten = jnp.asarray(100.0), jax.flatten_util.ravel_pytree
    flat, unravel = flatten(state)

    @jax.jit
    def all_of_it(flat):
        rate = lambda t, y: flatten(term.rate(t, unravel(y), None))[0]
        here = term.linearise(now, unravel(flat), None)
        solved = here.solver(shift)(right)
        drift = flatten(here.drift)[0]
        bound = term.spectral_bound(now, unravel(flat), None)
        by_time = (rate(now + 1.0, flat) - rate(now - 1.0, flat)) / 2
        return jax.jacfwd(lambda y: rate(now, y))(flat), solved, drift, by_time, bound

    dense, solved, drift, by_time, bound = all_of_it(flat)
    # The blocks are of changes that sum to zero: any such right-hand side is solved.
    found, wanted = flatten(solved)[0], flatten(right)[0]
    rest = shift * found - dense @ found
    largest = jax.tree.map(lambda r: jnp.full_like(r, jnp.max(jnp.abs(r))), right)
    assert np.max(np.abs(rest - wanted) / flatten(largest)[0]) < off
    sizes = np.abs(np.asarray(by_time)).max() + 0 * drift
    np.testing.assert_allclose(drift / sizes, by_time / sizes, atol=off_in_time)
    rates = np.abs(np.linalg.eigvals(np.asarray(dense))).max()
    assert rates <= float(bound) * (1 + 1e-9)
