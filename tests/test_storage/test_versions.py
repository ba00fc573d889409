"""Versions."""

import diffjax as djx


def test_the_versions_of_what_matters():
    found = djx.storage.versions()
    assert list(found)[:3] == ["python", "diffjax", "jax"]
    assert all(version[0].isdigit() for version in found.values())
