"""A step of any length at once, in the modes of the body."""

import equinox as eqx


class Spectral(eqx.Module):
    r"""Exact propagation in Fourier or cosine modes: `solve(..., method=Spectral())`.

    Where the diffusivity is the same everywhere, whatever the temperature does, each
    mode $q$ of a uniform grid decays by itself:

    $$\hat c_q(t) = \hat c_q(0)\, \exp\Big(-q^T \int_0^t D(T(t'))\,dt'\; q\Big)$$

    For periodic walls and any tensor, and for closed walls (mixed with periodic ones)
    and a tensor along the axes. One transform per save time, whatever its distance.

    **Error:** none in time. In space none for a field that the grid resolves; a step in
    the initial field rings, and may leave its range, until it has spread over a few
    cells.
    """
