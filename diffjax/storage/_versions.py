"""Which versions made a result."""

import importlib.metadata
import platform


NAMES = (
    "diffjax",
    "jax",
    "jaxlib",
    "equinox",
    "diffrax",
    "lineax",
    "optimistix",
    "optax",
    "numpy",
)


def versions() -> dict[str, str]:
    """Versions of Python, diffjax and what they stand on, by name.

    **Returns:**

    E.g. `{"python": "3.11.9", "diffjax": "0.1.0", ...}`; what is not installed is left
    out.
    """
    found = {"python": platform.python_version()}
    for name in NAMES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found
