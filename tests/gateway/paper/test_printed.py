"""Which receipts are copies."""

import sqlite3
from pathlib import Path

import pytest

from gateway.paper import printed as module
from gateway.paper.printed import Printed


def test_the_second_is_a_copy_whoever_prints_it(tmp_path: Path) -> None:
    printed = Printed(tmp_path)
    assert not printed.has("a-1")
    assert [printed.begin("a-1"), Printed(tmp_path).begin("a-1"), printed.begin("a-2")] == [
        False,
        True,
        False,
    ]
    assert printed.has("a-1")


def test_what_never_came_out_is_not_counted(tmp_path: Path) -> None:
    printed = Printed(tmp_path)
    printed.begin("a-1")
    printed.take_back("a-1")
    assert not printed.has("a-1")
    assert [printed.begin("a-1"), printed.begin("a-1")] == [False, True]
    printed.take_back("a-1")
    assert printed.begin("a-1")


def test_the_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    printed = Printed(tmp_path)
    for number in range(5):
        printed.begin(f"a-{number}")
    assert [printed.has(f"a-{number}") for number in range(5)] == [False, False, True, True, True]


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error):
        Printed(tmp_path / "none").begin("a-1")
