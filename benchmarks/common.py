"""What the benchmarks share: fair timing in turn, and a record with its commit."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax


HISTORY = Path(__file__).parent / "history"


def fastest(
    functions: dict[str, Callable[[], Any]], repeats: int = 15
) -> dict[str, float]:
    """Least wall time of each function in ms, all of them called in turn.

    In turn, so that what the machine does meanwhile hits all alike; the least, because
    noise only ever adds.
    """
    best = dict.fromkeys(functions, float("inf"))
    for function in functions.values():
        jax.block_until_ready(function())
    for _ in range(repeats):
        for name, function in functions.items():
            start = time.perf_counter()
            jax.block_until_ready(function())
            best[name] = min(best[name], 1e3 * (time.perf_counter() - start))
    return best


def record(name: str, rows: dict[str, Any]) -> None:
    """Writes `history/NAME.json` with the commit and the machine."""
    ask = lambda *words: subprocess.run(
        words, capture_output=True, text=True, cwd=HISTORY.parent
    ).stdout.strip()
    facts = {
        "commit": ask("git", "rev-parse", "--short", "HEAD"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "load": round(os.getloadavg()[0], 2),
        "device": jax.devices()[0].platform,
        "versions": {"python": platform.python_version(), "jax": jax.__version__},
        "rows": rows,
    }
    HISTORY.mkdir(exist_ok=True)
    text = json.dumps(facts, indent=2) + "\n"
    (HISTORY / f"{name}.json").write_text(text, encoding="utf-8")


def show(title: str, rows: dict[str, Any]) -> None:
    """Prints a small table."""
    print(f"\n{title}")
    width = max(map(len, rows))
    for name, value in rows.items():
        text = f"{value:10.4g}" if isinstance(value, float) else f"{value!s:>10}"
        print(f"  {name:<{width}} {text}")
