"""Solutions from formulas, for tests of what is done with them."""

import jax
import jax.numpy as jnp

import diffjax as djx


def made(grid, ys):
    """A solution with these fields at 0, 1, 2, ... hours; nothing was solved."""
    ts = 3600.0 * jnp.arange(ys.shape[0], dtype=float)
    amount = jax.vmap(lambda y: jnp.nansum(y * grid.volumes))(ys)
    balance = djx.Balance(
        start=amount[0],
        amount=amount,
        entered=jnp.zeros((ts.shape[0], 2)),
        openings=("x lower", "x upper"),
        smallest=jnp.nanmin(ys),
        largest=jnp.nanmax(ys),
        defect=jnp.asarray(0.0),
    )
    stats = {"num_steps": jnp.asarray(7), "method": "Rosenbrock"}
    return djx.Solution(ts, ys, grid, balance, djx.RESULTS.successful, stats)
