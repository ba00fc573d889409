"""Physical constants: exact values of the 2019 SI, in one place."""

BOLTZMANN = 1.380649e-23
"""Boltzmann constant k, in J/K."""

ELEMENTARY_CHARGE = 1.602176634e-19
"""Elementary charge e, in C; the number of joules in one electronvolt."""

AVOGADRO = 6.02214076e23
"""Avogadro constant, in 1/mol."""

BOLTZMANN_EV = BOLTZMANN / ELEMENTARY_CHARGE
"""Boltzmann constant k, in eV/K: 8.617333262...e-5."""

GAS_CONSTANT = BOLTZMANN * AVOGADRO
"""Molar gas constant R, in J/(mol K): 8.31446261815..."""
