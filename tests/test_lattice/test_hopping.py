import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import lattice as lat
from diffjax.lattice._hopping import equilibrium, hops_of, key_of, run, starts


HOLES = lat.neighbour_jumps(lat.fcc_interstitial(3.6e-10), shells=2)
SHARES = np.array([0.6, 0.3, 0.1])


def balanced():
    return jnp.asarray(1e9 * np.arange(1, 3)[np.array(HOLES.classes)]) / jnp.asarray(
        SHARES[np.array(HOLES.source)]
    )


def test_rates_alone_decide_the_equilibrium():
    rho = equilibrium("door", HOLES, balanced())
    np.testing.assert_allclose(rho, SHARES, rtol=1e-12)
    in_jit = jax.jit(lambda w: equilibrium("door", HOLES, w))(balanced())
    np.testing.assert_allclose(in_jit, SHARES, rtol=1e-12)


def test_the_pair_that_breaks_balance_is_named():
    k = len(HOLES.source) - 1
    bad = balanced().at[k].multiply(2.0)
    back = HOLES.reverse[k]
    with pytest.raises(
        ValueError, match=r"`door\(rates=...\)` must be in detailed"
    ) as e:
        equilibrium("door", HOLES, bad)
    assert {f"jump {k},", f"jump {back},"} & {
        f"jump {w}," for w in str(e.value).replace(",", "").split() if w.isdigit()
    }


def test_hops_lead_where_jumps_lead_as_often_as_they_should():
    block = (3, 2, 2)
    table = hops_of(HOLES, balanced(), block)
    here = jnp.full(200_000, 13, jnp.int32)  # in cell (1, 0, 0) the site 1
    there, jump, stay = table.draw(here, jax.random.key(0))
    w = np.asarray(balanced())
    out = np.flatnonzero(np.array(HOLES.source) == 1)
    part = np.bincount(np.asarray(jump), minlength=len(w)) / here.size
    chance = np.where(np.array(HOLES.source) == 1, w, 0) / w[out].sum()
    assert np.max(abs(part - chance)) < 4 * np.sqrt(0.25 / here.size)
    np.testing.assert_allclose(stay, 1 / w[out].sum())
    for k in out:
        cell = (np.array([1, 0, 0]) + HOLES.cells[k]) % block
        index = np.ravel_multi_index(tuple(cell), block) * 3 + HOLES.target[k]
        assert np.all(np.asarray(there)[np.asarray(jump) == k] == index)


def test_starts_follow_their_weights():
    drawn = starts(jnp.asarray(SHARES), 100_000, jax.random.key(0))
    part = np.bincount(np.asarray(drawn)) / drawn.size
    assert np.max(abs(part - SHARES)) < 4 * 0.5 / np.sqrt(drawn.size)


def test_progress_is_told_in_parts_and_in_order(capsys):
    seen = []
    add = lambda x, a, b: x + b - a
    zero = jnp.zeros((), jnp.int32)
    assert run(add, zero, 0, 90, seen.append, 90) == 90
    assert len(seen) == 20 and seen == sorted(seen) and seen[-1] == 1
    assert run(add, zero, 0, 90, True, 90) == 90
    bar = capsys.readouterr().err
    assert bar.endswith("100 %\n") and "\r[" in bar
    run(add, zero, 0, 90, False, 90)
    assert not capsys.readouterr().err


def test_a_seed_is_an_integer_or_a_key():
    assert key_of("door", 3) == key_of("door", jax.random.key(3))
    for bad in (True, 1.5, None, jnp.array(1)):
        with pytest.raises(ValueError, match=r"`door\(seed=...\)` must be an integer"):
            key_of("door", bad)
