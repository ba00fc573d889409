"""What films on sound and on quenched crystals share."""

import numpy as np

import diffjax as djx
import inverse as inv


X = np.linspace(0.0, 4e-5, 20)
PROFILE = inv.Profile(X, np.asarray(djx.exact.thin_film(X, 1e5, 1e-15, 1e-6)), 1e-4)
ANNEAL = djx.Anneal(1e5, 1000.0)


def test_both_ask_for_the_same_and_start_alike():
    plain = inv.ThinFilm(PROFILE, ANNEAL)
    lossy = inv.QuenchedFilm(PROFILE, ANNEAL, 1200.0, efficiency=None)
    shared = inv.QuenchedFilm(PROFILE, ANNEAL, 1200.0, efficiency=lambda model: 0.7)
    names = {"origin", "amount", "background"}
    assert set(plain.locals()) == set(shared.locals()) == names
    assert set(lossy.locals()) == names | {"efficiency"}
    start, more = plain.guess(), lossy.guess()
    assert start.local == shared.guess().local
    assert more.local == start.local | {"efficiency": 1.0}
    assert more.scale == start.scale | {"efficiency": 0.3}
    np.testing.assert_allclose(np.exp(start.log_diffusivity), 1e-15, rtol=1e-6)
    np.testing.assert_allclose(start.local["amount"], 1e-6, rtol=1e-6)


def test_bare_of_numbers():
    for one in (inv.ThinFilm(PROFILE, ANNEAL), inv.QuenchedFilm(PROFILE, ANNEAL, 1e3)):
        bare = one.bare(PROFILE)
        assert all(getattr(bare, name) is None for name in one.locals())
        assert bare.profile is PROFILE
