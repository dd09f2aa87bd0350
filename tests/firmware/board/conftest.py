"""A module of firmware/board on a fresh chip."""

import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.firmware.board.fakes import modules


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Imports a module of firmware/board on a fresh chip."""
    for module in modules():
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(time, "ticks_us", lambda: 1234, raising=False)
    monkeypatch.setattr(time, "ticks_diff", lambda later, earlier: later - earlier, raising=False)
    monkeypatch.setattr(time, "sleep_us", lambda us: None, raising=False)

    def ilistdir(path: str) -> Any:
        for entry in Path(path).iterdir():
            yield entry.name, 0x4000 if entry.is_dir() else 0x8000

    monkeypatch.setattr(os, "ilistdir", ilistdir, raising=False)

    def load(name: str) -> Any:
        return importlib.import_module(f"firmware.board.{name}")

    yield load
    for name in [name for name in sys.modules if name.startswith("firmware.board")]:
        del sys.modules[name]
