"""Strict JAX for every test, and the table of `docs/validation.md`."""

import gc
import importlib.metadata
import os
import pathlib

import jax
import pytest

from . import helpers


# Nearly all of a test is compiling, so the compiler does less here. To test what users
# run, set XLA_FLAGS, be it to nothing: the examples of `.ci/run` do, and slow tests
# should before a release. XLA reads it when the first array is made, and stops at flags
# it does not know.
KNOWN = importlib.metadata.version("jaxlib").startswith("0.10.")
QUICK = (
    "--xla_cpu_use_fusion_emitters=false",
    "--xla_cpu_parallel_codegen_split_count=1",  # pytest-xdist fills the cores
    "--xla_backend_optimization_level=0",
    "--xla_llvm_disable_expensive_passes=true",
)
if KNOWN:
    os.environ.setdefault("XLA_FLAGS", " ".join(QUICK))
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")


# Every compiled program takes memory, in up to ten pieces, and Linux grants a process
# 65530 of these: beyond that the compiler crashes.
MAPS, SIZE = pathlib.Path("/proc/self/maps"), pathlib.Path("/proc/self/statm")
MANY, MUCH = 25_000, 3 * 2**30  # pieces, bytes


@pytest.fixture(autouse=True, scope="module")
def programs_do_not_pile_up():
    yield
    if not MAPS.exists():
        return
    size = int(SIZE.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if size > MUCH or MAPS.read_bytes().count(b"\n") > MANY:
        jax.clear_caches()
        gc.collect()


def pytest_collection_finish() -> None:
    # What is imported and collected stays; to look through it for garbage again and
    # again took a tenth of the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    # Neighbours, which share programs, stay on one worker; idle ones take from others.
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-validation",
        action="store_true",
        help="put the rows these tests recorded into docs/validation.md",
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    rows = list(helpers.RECORDED.values())
    if hasattr(session.config, "workeroutput"):  # a worker of pytest-xdist
        plain = [tuple(row) for row in rows]
        session.config.workeroutput["validation"] = plain  # pyright: ignore
    elif session.config.getoption("--write-validation"):
        helpers.write_validation(rows, whole=not session.config.getoption("-m"))
    elif complaints := helpers.compare_validation(rows):
        print("\n" + "\n".join(complaints))
        if session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    for row in getattr(node, "workeroutput", {}).get("validation", []):
        row = helpers.Row(*row)
        helpers.RECORDED[row.problem] = row
