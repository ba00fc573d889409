"""Assessed data from TDB files, by pycalphad."""

import itertools
import os
from collections.abc import Sequence
from typing import Any

from ._expansion import component_names, Expansion, Product
from ._magnetic import Magnetic
from ._mobility import TracerMobility
from ._polynomial import of_expression
from ._sites import CompoundEnergy, Sites


def read_gibbs(
    source: str | os.PathLike | Any, phase: str, components: Sequence[str]
) -> CompoundEnergy:
    """The Gibbs energy of one phase in a TDB file.

    Phases with one kind of site are read, and those with a second one for small atoms
    and vacancies. All parameters become arrays, to differentiate by and to fit.

    **Arguments:**

    - `source`: path of a TDB file, or a `pycalphad.Database`.
    - `phase`: its name there, such as `"FCC_A1"`.
    - `components`: chemical symbols, in the order that the fractions shall have.

    **Returns:** a [`diffjax.thermo.CompoundEnergy`][], in J per mole of atoms.

    **Raises:** `ImportError` with what to install if pycalphad is missing; `ValueError`
    if the file lacks the phase, a component or its energy, or the phase has other
    sites than these.

    !!! example

        ```python
        fcc = djx.thermo.read_gibbs("steel.tdb", "FCC_A1", ("Fe", "Mn", "C"))
        ```
    """
    reader = _Reader(source, phase, components)
    size = 1 / reader.ratios[0]
    energy = [p for p in reader.parameters if p["parameter_type"] in ("G", "L")]
    ends = {}
    for parameter in energy:
        array = parameter["constituent_array"]
        pure = all(len(row) == 1 for row in array)
        if pure and (len(array) == 1 or array[1][0].name in ("VA", "*")):
            ends[array[0][0].name] = parameter
    metals = reader.sites.species[: len(reader.metals)]
    missing = [name for name in metals if name.upper() not in ends]
    if missing:
        raise ValueError(
            f"`read_gibbs(source=...)` must give the energy of pure {missing[0]} in "
            f"{reader.phase}: G({reader.phase},{missing[0].upper()};0) is not there."
        )
    places = [reader.sites.components.index(name) for name in metals]
    reference = Expansion(
        [Product((place,)) for place in places],
        [reader.value(ends[name.upper()], size) for name in metals],
    )
    hints = reader.hints
    magnetic = None
    curie = [p for p in reader.parameters if p["parameter_type"] == "TC"]
    if curie and hints.get("ihj_magnetic_structure_factor"):
        factor = hints["ihj_magnetic_afm_factor"]
        if factor == 0 or size != 1:
            raise ValueError(
                f"`read_gibbs(phase=...)` must be a phase with the magnetic model of "
                f"Inden, Hillert and Jarl on one site a formula; {phase} is not."
            )
        moment = [p for p in reader.parameters if p["parameter_type"] == "BMAGN"]
        magnetic = Magnetic(
            reader.expansion(curie),
            reader.expansion(moment),
            hints["ihj_magnetic_structure_factor"],
            factor,
        )
    total = reader.expansion(energy, size)
    return CompoundEnergy(reader.sites, total, reference, magnetic)


def read_mobility(
    source: str | os.PathLike | Any, phase: str, components: Sequence[str]
) -> TracerMobility:
    r"""Tracer mobilities of one phase in a TDB file: its MQ and MF, or DQ and DF.

    $$R T \ln D^*_i = \mathrm{MQ}_i + \mathrm{MF}_i$$

    summed over the polynomials in composition that the file has.

    **Arguments:** as of [`diffjax.thermo.read_gibbs`][].

    **Returns:** a [`diffjax.thermo.TracerMobility`][], in m²/s.

    **Raises:** as [`diffjax.thermo.read_gibbs`][]; `ValueError` if a component has no
    mobility parameters.
    """
    reader = _Reader(source, phase, components)
    activations = {}
    for name in reader.sites.components:
        own = [
            p
            for p in reader.parameters
            if p["parameter_type"] in ("MQ", "MF", "DQ", "DF")
            and str(p["diffusing_species"].name).upper() == name.upper()
        ]
        if not own:
            raise ValueError(
                f"`read_mobility(source=...)` must have mobility parameters (MQ, MF, "
                f"DQ or DF) of {name} in {reader.phase}; there are none."
            )
        # A file may have both kinds; they say the same thing twice.
        kind = max(p["parameter_type"][0] for p in own)
        own = [p for p in own if p["parameter_type"][0] == kind]
        activations[name] = reader.expansion(own)
    return TracerMobility(reader.sites.components, activations, reader.sites)


class _Reader:
    """One phase of a database, narrowed to some components."""

    def __init__(self, source: Any, phase: str, components: Sequence[str]):
        database: Any = _database(source)
        names = component_names(components, "components")
        self.phase, self.symbols = phase.upper(), database.symbols
        if self.phase not in database.phases:
            raise ValueError(
                f"`phase` must be one of the file's, {', '.join(database.phases)}; got "
                f"{phase!r}."
            )
        unknown = [n for n in names if n.upper() not in database.elements]
        if unknown:
            raise ValueError(
                f"`components` must be elements of the file, "
                f"{', '.join(sorted(database.elements))}; got {unknown[0]!r}."
            )
        entry = database.phases[self.phase]
        self.hints, self.ratios = entry.model_hints, entry.sublattices
        rows = [{s.name for s in row} for row in entry.constituents]
        self.metals = [n for n in names if n.upper() in rows[0]]
        inside = [n for n in names if n not in self.metals]
        if len(rows) > 2 or (len(rows) == 2 and "VA" not in rows[1]) or "VA" in rows[0]:
            raise ValueError(
                f"`phase` must have one kind of site, or a second one with vacancies; "
                f"{self.phase} has ({') ('.join(','.join(sorted(r)) for r in rows)})."
            )
        absent = [n for n in inside if len(rows) == 1 or n.upper() not in rows[1]]
        both = [n for n in self.metals if len(rows) == 2 and n.upper() in rows[1]]
        if absent or both:
            where = "on no site" if absent else "on both kinds of sites"
            raise ValueError(
                f"`components` must each sit on one kind of site in {self.phase}; "
                f"{(absent or both)[0]} is {where}."
            )
        ratio = self.ratios[1] / self.ratios[0] if len(rows) == 2 else 1.0
        self.sites = Sites(names, inside, ratio)
        active = [{n.upper() for n in self.metals} | {"*"}]
        active += [{n.upper() for n in inside} | {"VA", "*"}]
        self.parameters: list[Any] = [
            parameter
            for parameter in database._parameters
            if parameter["phase_name"] == self.phase
            and all(
                {s.name for s in row} <= allowed
                for row, allowed in zip(parameter["constituent_array"], active)
            )
        ]

    def value(self, parameter: dict, size: float = 1.0):
        return of_expression(parameter["parameter"], self.symbols, size)

    def expansion(self, parameters: list[Any], size: float = 1.0) -> Expansion:
        """The polynomial of all these parameters, over the species of the sites."""
        species = [name.upper() for name in self.sites.species]
        products, values = [], []
        arrays = [p["constituent_array"] for p in parameters]
        for parameter, array in zip(parameters, arrays):
            rows = [
                tuple(species.index(s.name) for s in row if s.name != "*")
                for row in array
            ]
            alone = arrays.count(array) == 1
            factors = tuple(itertools.chain(*rows))
            mixed = [row for row in rows if len(row) > 1]
            order = parameter["parameter_order"]
            products.append(_product(factors, mixed, order, alone, parameter))
            values.append(self.value(parameter, size))
        return Expansion(products, values)


def _product(
    factors: tuple[int, ...],
    mixed: list[tuple[int, ...]],
    order: int,
    alone: bool,
    parameter: dict,
) -> Product:
    lengths = [len(row) for row in mixed]
    if lengths == [2]:
        return Product(factors, (mixed[0][0], mixed[0][1]), order)
    if lengths == [3] and order < 3:
        # A single parameter stands for all three components alike.
        if alone and order == 0:
            return Product(factors)
        row = mixed[0]
        return Product(factors, triple=(*row[order:], *row[:order]))
    if lengths == [2, 2] and order < 3:
        # By convention order 1 is of the second kind of site, and 2 of the first.
        row = mixed[-order] if order else mixed[0]
        return Product(factors, (row[0], row[1]), int(order > 0))
    if not mixed:
        return Product(factors)
    raise ValueError(
        f"`source` must have interactions of two or three components on one kind of "
        f"site, or of two on both; got {parameter['constituent_array']};{order}."
    )


def _database(source: Any) -> Any:
    try:
        from pycalphad import Database
    except ImportError as error:
        raise ImportError(
            "To read TDB files pycalphad is needed: pip install 'diffjax[calphad]'."
        ) from error
    if isinstance(source, Database):
        return source
    if not os.path.isfile(source):
        raise ValueError(f"`source` must be the path of a TDB file; got {source!r}.")
    return Database(os.fspath(source))
