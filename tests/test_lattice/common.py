"""Other routes to the diffusivity of a network, that many tests share."""

import itertools

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu


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


def cell_of_atoms(jumps, size, w0, w1=None, w2=None, w3=None, beta=1.0):
    """One solute and one vacancy in `size`^d periodic cells: a Markov chain, solved.

    Rates not given are those of the crystal; with a `beta` of 1 give none, as places
    next to the solute are told by it.

    Returns the products of steps (solute, vacancy) per solute and per vacancy fraction.
    """
    d, n = jumps.crystal.dimension, jumps.crystal.sites
    r = np.asarray(jumps.vectors)
    cells = np.array(list(itertools.product(range(size), repeat=d)))
    flat = lambda cell: np.ravel_multi_index(tuple(np.mod(cell, size).T), (size,) * d)
    # A state is (site of the solute, vacancy's cell relative to it, vacancy's site).
    number = lambda t, cell, s: (t * size**d + flat(cell)) * n + s
    count = n * size**d * n
    leaving = [[k for k in range(len(r)) if jumps.source[k] == s] for s in range(n)]
    weight = np.ones(count)
    for t in range(n):
        weight[number(t, np.zeros((1, d), int), t)] = 0
        for k in leaving[t]:
            weight[number(t, np.array([jumps.cells[k]]), jumps.target[k])] = beta
    rows, columns, values, steps = [], [], [], []
    for t, s in itertools.product(range(n), repeat=2):
        here = number(t, cells, s)
        for k in leaving[s]:
            u, moved = jumps.target[k], cells + np.array(jumps.cells[k])
            there = number(t, moved, u)
            meets = weight[there] == 0
            near, next_near = weight[here] == beta, weight[there] == beta
            round_it, swap, leave = (w0[k] if w is None else w for w in (w1, w2, w3))
            rate = np.where(near, leave, np.where(next_near, leave * beta, w0[k]))
            rate = np.where(near & next_near, round_it, rate)
            rate = np.where(meets, swap, rate)
            swapped = number(s, np.array([jumps.cells[k]]), t)
            there = np.where(meets, swapped, there)
            rate = np.where(weight[here] == 0, 0, rate)
            rows.append(here)
            columns.append(there)
            values.append(rate)
            step = np.concatenate(
                [meets[:, None] * -r[k], np.tile(r[k], (len(here), 1))], 1
            )
            steps.append(step)
    rows, columns = np.concatenate(rows), np.concatenate(columns)
    rate, steps = np.concatenate(values), np.concatenate(steps)
    p = weight / n
    drift = np.zeros((count, 2 * d))
    np.add.at(drift, rows, rate[:, None] * steps)
    w = csc_matrix((rate, (rows, columns)), (count, count)).tolil()
    w.setdiag(-np.bincount(rows, rate, count))
    w = w.tocsc()
    live = np.flatnonzero(weight)[1:]  # one state is held
    ahead = np.zeros_like(drift)
    ahead[live] = splu(w[live][:, live]).solve(-drift[live])
    direct = 0.5 * np.einsum("j,ja,jb->ab", (p[rows] * rate), steps, steps)
    return direct - np.einsum("x,xa,xb->ab", p, drift, ahead)


def without_ends(values, sizes, dimension):
    """What periodic cells of growing size tend to; what vanishes with it is fitted."""
    powers = (0, *(dimension + 2 * k for k in range(len(sizes) - 1)))
    table = np.array([[1.0 / size**p for p in powers] for size in sizes])
    return np.tensordot(np.linalg.inv(table)[0], np.array(values), 1)
