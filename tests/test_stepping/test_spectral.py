"""The marker of exact propagation; what it does is tested in tests/test_spectral.py."""

import jax

import diffjax as djx


def test_it_carries_nothing_and_is_no_stepper():
    method = djx.stepping.Spectral()
    assert jax.tree.leaves(method) == []
    assert method == djx.stepping.Spectral()
