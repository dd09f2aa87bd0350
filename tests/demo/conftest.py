"""The demo as people start it: a process of its own."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.core.log import Entry
from gateway.store.reader import LedgerReader

REPOSITORY = Path(__file__).parents[2]
TAKAR = [sys.executable, "-m", "gateway.cli"]
END_S = 100.0
"""A deadline against hanging, never reached."""


@dataclass(frozen=True)
class HeadlessRun:
    folder: Path
    """What --keep left."""
    status: int
    lines: list[str]
    """Of stdout."""
    progress: str
    """Stderr."""

    @property
    def totals(self) -> dict[str, Any]:
        totals: dict[str, Any] = json.loads(self.lines[-1])
        return totals

    @property
    def ledger(self) -> Path:
        return self.folder / "gateway" / "ledger.sqlite3"

    @property
    def entries(self) -> list[Entry]:
        with LedgerReader(self.ledger) as reader:
            return list(reader.every_entry())


def run_headless(folder: Path, fills: int, seed: int, *more: str) -> HeadlessRun:
    command = [*TAKAR, "demo", "--headless", "--fills", str(fills), "--seed", str(seed)]
    ended = subprocess.run(
        [*command, "--keep", str(folder), *more],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=END_S,
        check=False,
    )
    return HeadlessRun(folder, ended.returncode, ended.stdout.splitlines(), ended.stderr)


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """Not tmp_path: a Unix socket's path may have 107 bytes only."""
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def headless(short_folder: Path) -> HeadlessRun:
    """25 fills, seed 7, over the embedded broker."""
    return run_headless(short_folder / "embedded", 25, 7)
