"""Other routes to the diffusivity of a network, that many tests share."""

import numpy as np


def chain_route(jumps, rates, occupancies, q=1e-3):
    """D from the slowest eigenvalue of the hopping matrix of a dense Markov chain.

    A wave exp(i q x) of small q dies at the rate q D q: a route without any
    pseudo-inverse. Richardson takes the error in q² out.
    """
    r, s, t = np.asarray(jumps.vectors), np.array(jumps.source), np.array(jumps.target)
    w, n = np.asarray(rates), jumps.crystal.sites
    root = np.sqrt(np.asarray(occupancies))
    scale = np.max(np.linalg.norm(r, axis=1))

    def dies(direction, size):
        wave = direction * size / scale
        m = np.zeros((n, n), complex)
        for k in range(len(s)):
            m[s[k], s[k]] -= w[k]
            m[s[k], t[k]] += w[k] * root[s[k]] / root[t[k]] * np.exp(1j * wave @ r[k])
        return -np.max(np.linalg.eigvalsh(0.5 * (m + m.conj().T))) / (size / scale) ** 2

    def along(direction):
        return (4 * dies(direction, 10 * q / 2) - dies(direction, 10 * q)) / 3

    d = r.shape[1]
    eye, out = np.eye(d), np.zeros((d, d))
    for i in range(d):
        out[i, i] = along(eye[i])
    for i in range(d):
        for j in range(i):
            both = along(eye[i] + eye[j])
            out[i, j] = out[j, i] = 0.5 * (both - out[i, i] - out[j, j])
    return out
