"""A recorded day, once a process, and in memory where possible: no sync is waited for."""

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.power.harness import Run, run_workload

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def room() -> Iterator[Path]:
    """A folder for what is recorded and put back; SQLite and TinyDB see usual files in it."""
    base = Path(tempfile.mkdtemp(prefix="takar-power-", dir=MEMORY if MEMORY.is_dir() else None))
    yield base
    shutil.rmtree(base)


@pytest.fixture(scope="session")
def day(room: Path) -> Run:
    """The workload as it is, without a weakness."""
    return run_workload(room / "day")


@pytest.fixture(scope="session")
def weak_day(room: Path) -> Callable[[str], Run]:
    return lambda how: run_workload(room / how, how)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of estimated fills and refusals need no line each."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)
