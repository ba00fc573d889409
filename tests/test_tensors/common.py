"""Tensors to try things on."""

import numpy as np
from scipy.spatial.transform import Rotation


def turned(principal, rotation):
    """R diag(principal) Rᵀ, exactly symmetric."""
    tensor = rotation @ (np.asarray(principal)[:, None] * np.swapaxes(rotation, -1, -2))
    return 0.5 * (tensor + np.swapaxes(tensor, -1, -2))


def rotations(dimension, count, seed=0):
    """Rotation matrices over the whole group; shape `(count, d, d)`."""
    if dimension == 1:
        return np.ones((count, 1, 1))
    if dimension == 2:
        angle = np.linspace(0.0, np.pi, count, endpoint=False)
        c, s = np.cos(angle), np.sin(angle)
        return np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], -2)
    quaternions = np.random.default_rng(seed).normal(size=(count, 4))
    return Rotation.from_quat(quaternions).as_matrix()


def needles_and_plates(dimension, anisotropy, count=200, seed=0):
    """Tensors of trace 1, of the two extreme shapes and one between."""
    shapes = {1: [(1.0,)], 2: [(1.0, 1 / anisotropy)]}.get(
        dimension,
        [
            (1.0, 1 / anisotropy, 1 / anisotropy),
            (1.0, 1.0, 1 / anisotropy),
            (1.0, anisotropy**-0.5, 1 / anisotropy),
        ],
    )
    turns = rotations(dimension, count, seed)
    return np.concatenate([turned(np.array(s) / sum(s), turns) for s in shapes])
