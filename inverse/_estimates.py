"""What a fit gives back."""

import dataclasses
import functools
import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import ArrayLike, PyTree

from ._bootstrap import Bootstrap, bootstrap
from ._budget import Budget, budget
from ._core import profile_band, Ran
from ._covariance import quantile
from ._curves import composition_range, diffusivity_of, predicted, Solved
from ._diagnostics import Diagnostics
from ._experiment import AbstractExperiment, AbstractTraverse, temperature_of
from ._likelihood import (
    laplace_check,
    LaplaceCheck,
    profile_likelihood,
    ProfileLikelihood,
    Valley,
)
from ._multistart import Starts
from ._reported import Estimate
from ._sample import Posterior, sample
from ._slots import unpack
from ._turned import turned


@dataclasses.dataclass(frozen=True, repr=False)
class Fit:
    """The result of a fit.

    **Attributes:**

    - `model`: the model with the estimates in it.
    - `experiments`: what was fitted.
    - `parameters`: one [`inverse.Estimate`][] each, local ones last.
    - `covariance`: of the parameters in their units; shape `(p, p)`; infinite variance,
        and NaN beside it, where a parameter is not determined.
    - `correlation`: of the parameters in the space of the fit (of logarithms where the
        transform is one); shape `(p, p)`; NaN where not determined.
    - `chi2`: sum of the squared rows of the data; for Gaussian noise of residuals over
        sigma, which equals about `dof` if sigma was estimated.
    - `dof`: rows minus parameters that are determined.
    - `sigma`: estimated standard deviation of the values, in their unit (a tuple if
        several were); `None` if it was given.
    - `aicc`: Akaike's criterion for few points.
    - `residuals`: data minus model, for each experiment, in the unit of the values.
    - `converged`, `result`: whether a minimum was reached, and a sentence if not.
    - `iterations`: of the method.
    - `verdicts`: sentences about what the data do not determine.
    - `diagnostics`: one [`inverse.Diagnostics`][] per experiment.
    - `knots_table`: pairs of a number of knots and its AICc, or `None`.
    - `alternatives`: Akaike weight and solution of other numbers of knots.
    - `quantile`: half width of the 95 % intervals in standard deviations: normal, or
        Student's t if sigma was estimated.
    - `noise`: sigma of each point, for each experiment, in the unit of the values.
    - `clean`, `ran`: objective, free vector and information, as reported and as run.
    - `like`: how it was run.
    - `columns`: where the free vector of `clean` is in that of `ran`.
    - `starts`: how the starts of the fit ended, if there were several: an
        [`inverse.Starts`][].
    """

    model: PyTree
    experiments: tuple[AbstractExperiment, ...]
    parameters: tuple[Estimate, ...]
    covariance: np.ndarray
    correlation: np.ndarray
    chi2: float
    dof: int
    sigma: float | tuple[float, ...] | None
    aicc: float
    residuals: tuple[np.ndarray, ...]
    converged: bool
    result: str
    iterations: int
    verdicts: tuple[str, ...]
    diagnostics: tuple[Diagnostics, ...]
    knots_table: tuple[tuple[int, float], ...] | None
    alternatives: tuple[tuple[float, Solved], ...]
    quantile: float
    noise: tuple[np.ndarray, ...]
    clean: Solved
    ran: Solved
    like: Ran
    columns: np.ndarray
    starts: Starts | None = None

    def __repr__(self) -> str:
        return self.table

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of `covariance`."""
        return tuple(estimate.name for estimate in self.parameters)

    def __getitem__(self, name: str) -> Estimate:
        """The estimate of one parameter, by its name."""
        for estimate in self.parameters:
            if estimate.name == name:
                return estimate
        raise KeyError(f"{name!r}; the fit has {', '.join(self.names)}")

    @property
    def origin_of_sigma(self) -> str:
        """`"given"`, or `"of the noise"` where no profile has or needs one."""
        scaled = any(e.data.noise.scaled for e in self.experiments)
        return "given" if scaled else "of the noise"

    @property
    def residual_rms(self) -> float:
        """Root mean square of all residuals, in the unit of the values."""
        return float(np.sqrt(np.mean(np.concatenate(self.residuals) ** 2)))

    @property
    def fitted(self) -> tuple[np.ndarray, ...]:
        """Values of the fitted model at the measured points, for each experiment."""
        return tuple(
            np.asarray(experiment.data.value) - residual
            for experiment, residual in zip(self.experiments, self.residuals)
        )

    @property
    def local(self) -> tuple[dict[str, float], ...]:
        """Local parameters of each experiment, fitted or held, by name."""
        objective, free, _ = self.clean
        _, local = unpack(objective.whole, objective.slots, free)
        return tuple({k: float(v) for k, v in one.items()} for one in local)

    @property
    def traverses(self) -> tuple[int, ...]:
        """Which experiments are profiles with a law, and so tell D(c); no unit."""
        kinds = [isinstance(e, AbstractTraverse) for e in self.experiments]
        return tuple(i for i, kind in enumerate(kinds) if kind)

    @property
    def matano_plane(self) -> tuple[float, ...]:
        """Matano plane of each couple (surface of other profiles), in m; NaN for what
        is no profile."""
        return tuple(one.get("origin", math.nan) for one in self.local)

    @property
    def composition_range(self) -> tuple[float, float]:
        """Smallest and largest value of the profiles: beyond them D(c) is
        extrapolated; NaN without profiles."""
        return composition_range([self.experiments[i].data for i in self.traverses])

    def predict(self, function: Callable[[Any], ArrayLike]) -> tuple[Any, Any]:
        """Any quantity that follows from the model, with its standard deviation.

        **Arguments:**

        - `function`: from the model to a number or an array, built from JAX operations.

        **Returns:**

        The value and its standard deviation (delta method; infinite where it depends on
        what the data do not determine), in the function's unit and shape.

        !!! example

            ```python
            fit.predict(lambda law: law.over(0.5, 1273.0))
            ```
        """
        return predicted(self.clean, function)

    def diffusivity(
        self,
        compositions: ArrayLike,
        temperature: ArrayLike | None = None,
        experiment: int = 0,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Diffusivity with its 95 % interval.

        **Arguments:**

        - `compositions`: in the unit of the values; shape `(n,)`.
        - `temperature`: in K; that of the experiment (at its start) if `None`.
        - `experiment`: whose law is meant; one of `traverses`.

        **Returns:**

        $D$, lower and upper end, in m²/s; shape `(n,)`. Symmetric in ln D.

        **Raises:** `ValueError` if that experiment is no profile: `predict` gives any
        quantity of any model.
        """
        picked = self.experiments[experiment]
        if not isinstance(picked, AbstractTraverse):
            raise ValueError(
                f"`diffusivity(experiment={experiment})` must be a profile; it is a "
                f"{type(picked).__name__}: use `predict` for what the model gives."
            )
        if temperature is None:
            own = self.local[experiment]
            temperature = temperature_of(picked, self.model, own)
        solved = self.ran, self.alternatives
        return diffusivity_of(picked, *solved, self.quantile, compositions, temperature)

    def band(
        self, index: int, positions: ArrayLike
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Fitted values of one experiment with their 95 % band (of the model, without
        the scatter of the points).

        **Arguments:**

        - `index`: of the experiment.
        - `positions`: in m, or whatever `data.at` holds; shape `(n,)` or `(n, k)`.

        **Returns:**

        Value, lower and upper end, in the unit of the values; shape `(n,)`.
        """
        objective, free, known = self.ran
        where = np.atleast_1d(np.asarray(positions, dtype=float))
        middle, jacobian = profile_band(objective, free, index, where, self.like)
        half = self.quantile * known.error_of(jacobian)
        return middle, middle - half, middle + half

    def profile(self, name: str, level: float = 0.95) -> ProfileLikelihood:
        r"""Profile likelihood of one parameter: all others are refitted beside it.

        $$\{\theta : \min_{others} \chi^2(\theta, \cdot) - \chi^2_{min} \le q^2\}$$

        with the normal quantile $q$, or Student's t if sigma was estimated (exact for
        one unknown sigma, whose F test this is; several are held at their estimates).
        Priors count as rows. The interval need not be symmetric, and does not change
        with the transform of the parameter.

        **Arguments:**

        - `name`: of the parameter.
        - `level`: probability inside, between 0 and 1.

        **Returns:**

        An [`inverse.ProfileLikelihood`][].

        **Raises:** `KeyError` if no parameter is called so, `ValueError` if `level` is
        not between 0 and 1.
        """
        one = self[name]
        if not 0 < level < 1:
            raise ValueError(f"`profile(level=...)` must be in (0, 1); got {level:g}.")
        number, valley = self.names.index(name), self._valley
        held = int(valley.told.columns[number])
        if held < 0:
            valley = turned(valley, number)
            held = valley.held
        dof = None if self.sigma is None else self.dof
        q = quantile(dof, float(level))
        return profile_likelihood(valley, held, name, one.unit, level, q)

    def budget(self, name: str) -> Budget:
        """Where the error of a parameter comes from: an [`inverse.Budget`][].

        **Arguments:**

        - `name`: of the parameter.

        **Raises:** `KeyError` if no parameter is called so, `ValueError` if it is not
        determined.
        """
        number, data = self.names.index(self[name].name), self.experiments
        told = [one.data.name for one in data]
        return budget(self._valley, self.names, told, number)

    @functools.cached_property
    def laplace_check(self) -> LaplaceCheck:
        """Whether the error bars can be trusted: chi2 at two standard deviations along
        each eigenvector; an [`inverse.LaplaceCheck`][]."""
        return laplace_check(self._valley, self.names)

    def bootstrap(
        self,
        count: int = 200,
        kind: str = "parametric",
        *,
        seed: int = 0,
        block: int | None = None,
    ) -> Bootstrap:
        """Refits data that are drawn anew around the fitted curve.

        For those who do not trust the noise model: with `"residual"` the shape of the
        noise is that of the residuals, with `"block"` also its correlation along the
        profile. Sigmas and priors stay as they are, so that a parameter that its prior
        sets scatters too little.

        **Arguments:**

        - `count`: number of refits, at least 2.
        - `kind`: `"parametric"` (normal noise of the fit's sigma), `"residual"`, or
            `"block"` (runs of neighbours); residuals are widened by what the fit took.
        - `seed`: of the random numbers.
        - `block`: points in a block; the cube root of the number of points if `None`.

        **Returns:**

        An [`inverse.Bootstrap`][].

        **Raises:** `ValueError` if an argument is wrong; [`inverse.FitError`][] if
        fewer than two refits converge.
        """
        return bootstrap(self._valley, self.names, count, kind, seed, block)

    def sample(
        self,
        draws: int = 500,
        warmup: int = 300,
        chains: int = 4,
        *,
        seed: int = 0,
        throw: bool = True,
    ) -> Posterior:
        r"""Draws parameters from their posterior, by NUTS.

        $$p \propto e^{-\frac12 \sum r^2}$$

        with the rows of the data and of the priors. Needs proper priors: a parameter
        without one is given a normal one around its estimate, as wide as its scale, and
        the result says so. An unknown sigma of Gaussian noise is drawn too.

        **Arguments:**

        - `draws`, `warmup`: of each chain, kept and dropped, at least 100; no unit.
        - `chains`: how many, at least 2; no unit.
        - `seed`: of the random numbers.
        - `throw`: whether draws that cannot be trusted (more than 1 % of the steps
            diverged, or R-hat above 1.01) are raised, or only told in `converged` and
            `result`.

        **Returns:**

        An [`inverse.Posterior`][].

        **Raises:** `ValueError` if an argument is wrong; `ModuleNotFoundError` without
        the extra `bayes`; [`inverse.FitError`][] if the draws cannot be trusted and
        `throw` is on.
        """
        units = tuple(one.unit for one in self.parameters)
        unknown = tuple(e.data.estimates_sigma for e in self.experiments)
        args = (self._valley, self.clean[0], self.names, units, unknown)
        return sample(*args, draws, warmup, chains, seed, throw)

    @property
    def _valley(self) -> Valley:
        clean, free, known = self.clean
        objective, whole, _ = self.ran
        return Valley(
            objective,
            np.asarray(whole),
            self.columns,
            np.asarray(free),
            known,
            self.noise,
            self.like,
            clean.slots,
        )

    @property
    def table(self) -> str:
        """The estimates, and what is to be said of them, as text."""
        from ._words import fit_table

        return fit_table(self)

    def to_dict(self, compositions: ArrayLike | None = None) -> dict[str, Any]:
        """What `fit.json` holds: plain numbers and words; `None` for what is infinite.

        **Arguments:**

        - `compositions`: at which the diffusivity is given; 101 over the measured range
            if `None`.

        **Returns:**

        A dictionary that `json` can write. Positions in m, diffusivities in m²/s. With
        one experiment `matano_plane_m` and `x0_m` are numbers, with more lists.
        """
        from ._words import fit_dict

        return fit_dict(self, compositions)

    def matano_from_ends(self, index: int) -> float | None:
        """Matano plane of a couple's data with the fitted ends, in m.

        `None` for experiments that are not couples. `local[index]["origin"]` is the
        plane that the fit found.
        """
        from ._direct import matano_plane

        local, experiment = self.local[index], self.experiments[index]
        if "left" not in local or not isinstance(experiment, AbstractTraverse):
            return None
        plane = matano_plane(experiment.profile, local["left"], local["right"])
        return float(plane)

    def save(self, path: str | os.PathLike, title: str = "") -> None:
        """Writes `fit.json`, from which `Fit.load` makes the fit again.

        **Arguments:**

        - `path`: of the file, e.g. `"fit.json"`.
        - `title`: for people; the names of the data if empty.
        """
        from . import _fit_json

        _fit_json.save_fit(self, path, title)

    @staticmethod
    def load(path: str | os.PathLike, like: Any = None) -> "Fit":
        """The fit that `save` or `report` wrote, every number of it the same.

        The file holds numbers, and names of classes and functions. What diffjax and
        inverse have is found again. Classes and functions of your own (a network, a
        function that picks a law, what predicts `Measured` readings) come from `like`,
        as in Equinox; without it the numbers are there, and what needs these says so.

        **Arguments:**

        - `path`: of `fit.json`, or of the folder of a report.
        - `like`: what the fit was given, e.g. `(model, experiments)`, or a fit like it:
            its classes and functions count, and none of its numbers.

        **Returns:**

        The fit.

        **Raises:** [`diffjax.storage.CaseError`][], a `ValueError`, if the file cannot
        be read, holds no fit or was written by a version with other classes.

        !!! example

            ```python
            fit.save("fit.json")
            again = inv.Fit.load("fit.json")
            again.diffusivity(0.5)
            ```
        """
        from . import _fit_json

        return _fit_json.load_fit(path, like)

    def report(self, out: str | os.PathLike, **options: Any) -> Any:
        """Writes `fit.json`, `report.html` and `residuals.csv` into a folder.

        **Arguments:**

        - `out`: the folder; made if it is missing.
        - `options`: as those of the report.
        """
        from . import _report

        return _report.write_report(self, out, **options)

    def plot(self, **options: Any) -> Any:
        """Profile, residuals and D(c) with their bands, as a matplotlib figure."""
        from . import _plots

        return _plots.plot_fit(self, **options)
