"""A smooth monotone curve through a noisy couple or penetration profile."""

import math
import statistics

import numpy as np


_NORMAL = statistics.NormalDist()
_erf = np.vectorize(math.erf, otypes=[float])


def probit(share: np.ndarray) -> np.ndarray:
    """The z with share = (1 + erf(z/√2))/2, no unit; shares strictly in (0, 1)."""
    return np.array([_NORMAL.inv_cdf(y) for y in share])


def normal_share(z: np.ndarray) -> np.ndarray:
    """(1 + erf(z/√2))/2: undoes `probit`."""
    return 0.5 * (1 + _erf(np.asarray(z) / math.sqrt(2)))


def normal_density(z: np.ndarray) -> np.ndarray:
    """Slope of `normal_share`."""
    return np.exp(-0.5 * np.asarray(z) ** 2) / math.sqrt(2 * math.pi)


def noise_of(share: np.ndarray) -> float:
    """Standard deviation of the scatter, from second differences; unit of `share`."""
    if len(share) < 5:
        return 0.0
    second = share[2:] - 2 * share[1:-1] + share[:-2]
    return float(1.4826 * np.median(np.abs(second)) / math.sqrt(6))


def spline_matrix(knots: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and slopes of natural cubic splines, as matrices on the knot values.

    Beyond the outer knots the splines go on linearly.

    **Arguments:**

    - `knots`: increasing; shape `(knots,)`, at least 2.
    - `x`: where, in the unit of the knots; shape `(points,)`.

    **Returns:**

    Two matrices of shape `(points, knots)`.
    """
    count = len(knots)
    h = np.diff(knots)
    eye = np.eye(count)
    bend = np.zeros((count, count))  # second derivatives at the knots
    if count > 2:
        system = np.diag((h[:-1] + h[1:]) / 3)
        system += np.diag(h[1:-1] / 6, 1) + np.diag(h[1:-1] / 6, -1)
        jumps = np.diff(np.diff(eye, axis=0) / h[:, None], axis=0)
        bend[1:-1] = np.linalg.solve(system, jumps)
    inside = np.clip(x, knots[0], knots[-1])
    i = np.clip(np.searchsorted(knots, inside) - 1, 0, count - 2)
    a = ((knots[i + 1] - inside) / h[i])[:, None]
    b = 1 - a
    step = h[i][:, None]
    value = a * eye[i] + b * eye[i + 1]
    value += ((a**3 - a) * bend[i] + (b**3 - b) * bend[i + 1]) * step**2 / 6
    slope = (eye[i + 1] - eye[i]) / step
    slope += ((1 - 3 * a**2) * bend[i] + (3 * b**2 - 1) * bend[i + 1]) * step / 6
    return value + slope * (x - inside)[:, None], slope


class SmoothShare:
    r"""A smooth rising curve $Y(x)$ from 0 to 1 through scattered points.

    The probit $z$ of $Y$ is a natural cubic spline of $x$ (a straight line for a couple
    with one constant diffusivity); its number of knots is chosen by AICc.
    """

    def __init__(self, x: np.ndarray, share: np.ndarray, most_knots: int = 25):
        """**Arguments:**

        - `x`: increasing, in m; shape `(points,)`.
        - `share`: $Y$, rising from 0 to 1 but for noise (no unit); shape `(points,)`.
        - `most_knots`: upper limit of the number of knots.

        **Raises:** `ValueError` if fewer than 3 points lie on the slope.
        """
        edge = max(1e-7, 3 * noise_of(share))
        use = (share > edge) & (share < 1 - edge)
        # Scatter in a plateau may look like slope: keep one connected run.
        middle = int(np.argmin(np.abs(share - 0.5)))
        out = np.flatnonzero(~use)
        low = out[out < middle].max(initial=-1) + 1
        high = out[out > middle].min(initial=len(x))
        if not use[middle] or high - low < 3:
            raise ValueError(
                "the profile needs at least 3 points on its slope, between the two "
                f"ends; got {max(int(high - low), 0) if use[middle] else 0}."
            )
        x, share = x[low:high], share[low:high]
        z = probit(share)
        weight = normal_density(z)
        self.origin, self.length = x[0], x[-1] - x[0]
        s = (x - self.origin) / self.length
        count = len(s)
        best = math.inf
        line = np.polyfit(s, z, 1, w=weight)
        self._knots, self._values = np.array([0.0, 1.0]), np.polyval(line, [0.0, 1.0])
        for knots in range(2, max(2, min(most_knots, count // 2)) + 1):
            where = np.quantile(s, np.linspace(0, 1, knots))
            matrix = spline_matrix(where, s)[0] * weight[:, None]
            values, *_ = np.linalg.lstsq(matrix, z * weight, rcond=None)
            misfit = np.sum((matrix @ values - z * weight) ** 2)
            if count - knots < 3:
                break
            score = count * math.log((misfit + 1e-20) / count)
            score += 2 * (knots + 1) * count / (count - knots - 2)  # AICc
            if score < best:
                best, self._knots, self._values = score, where, values
        # Where it would fall it rises slowly instead.
        slope = (spline_matrix(self._knots, s)[1] @ self._values) / self.length
        self._least = 0.05 * max(float(np.median(slope)), 1e-3 / self.length)
        # Tails go on no flatter than this, or they would never end.
        self._tail = 0.4 * max(float(z[-1] - z[0]) / self.length, self._least)

    def z(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The probit at `x` (m) and its slope (1/m)."""
        matrix, slopes = spline_matrix(self._knots, (x - self.origin) / self.length)
        slope = (slopes @ self._values) / self.length
        return matrix @ self._values, np.maximum(slope, self._least)

    def table(self, points: int = 1001) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Positions (m), shares and slopes (1/m) over the whole rise, increasing."""
        low, high = self.origin, self.origin + self.length
        (z0, z1), (s0, s1) = self.z(np.array([low, high]))
        s0, s1 = max(s0, self._tail), max(s1, self._tail)
        x = np.linspace(
            low - max(z0 + 6.0, 0.0) / s0, high + max(6.0 - z1, 0.0) / s1, points
        )
        z, slope = self.z(x)
        before, after = x < low, x > high
        z = np.where(before, z0 + (x - low) * s0, z)
        z = np.where(after, z1 + (x - high) * s1, z)
        slope = np.where(before, s0, np.where(after, s1, slope))
        share = np.maximum.accumulate(normal_share(z))
        return x, share, normal_density(z) * slope
