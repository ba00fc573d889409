"""The whole fit of a measured couple, and the command: cold, and with a warm cache.

Run: `python benchmarks/fit.py SCAN.csv`, where the scan has columns `dis` (µm) and `X`
(mole fraction) of a couple after 100 h at 1000 °C; without a file the built-in scan.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jax
from common import fastest, record, show

import diffjax as djx
import inverse as inv


jax.config.update("jax_enable_x64", True)

CASE = """
[[experiment]]
kind = "couple"
file = "{file}"
position = {{ column = "dis", unit = "um" }}
value = {{ column = "X", unit = "mole fraction" }}
temperature = "1000 degC"
time = "100 h"

[law]
kind = "log-spline"
knots = "auto"
"""


def seconds(words: list[str], **environment: str) -> float:
    start = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env=os.environ | environment)
    return time.perf_counter() - start


def command(case: list[str], folder: Path) -> dict[str, float]:
    """Wall time of the command, first with an empty cache, then twice with it."""
    here = [sys.executable, "-m", "diffjax", "fit", *case]
    times = []
    for run in range(3):
        out = ["--out", str(folder / f"out{run}")]
        times.append(seconds([*here, *out], DIFFJAX_CACHE=str(folder / "cache")))
    return {"command, cold": times[0], "command, warm cache": min(times[1:])}


def importing() -> dict[str, float]:
    """What `import diffjax` adds to `import jax, equinox`; least of seven processes."""
    code = (
        "import jax, equinox, time; start = time.perf_counter(); import diffjax; "
        "print(time.perf_counter() - start)"
    )
    words = [sys.executable, "-c", code]
    runs = [
        subprocess.run(words, check=True, capture_output=True, text=True)
        for _ in range(7)
    ]
    return {"import diffjax adds": min(float(run.stdout) for run in runs)}


def main() -> None:
    rows: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if len(sys.argv) > 1:
            scan = Path(sys.argv[1]).resolve()
            (folder / "case.toml").write_text(CASE.format(file=scan))
            rows |= command([str(folder / "case.toml")], folder)
            profile = inv.read_profile(
                scan,
                position=inv.Column("dis", "um"),
                value=inv.Column("X", "mole fraction"),
            )
            couple = inv.Couple(profile, djx.Anneal(3.6e5, 1273.15))
            fit = lambda: inv.fit_log_spline([couple]).chi2
            start = time.perf_counter()
            fit()
            rows["fit, first call"] = time.perf_counter() - start
            warm = fastest({"fit": fit}, 20)
            rows["fit, warm"] = 1e-3 * warm["fit"]
        else:
            rows |= command([], folder)
    rows |= importing()
    show("seconds", rows)
    record("fit", rows)


if __name__ == "__main__":
    main()
