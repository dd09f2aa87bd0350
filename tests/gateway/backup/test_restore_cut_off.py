"""The power goes while `takar restore` moves files: running it again ends well."""

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.backup.restoring import restore_gateway
from gateway.config.load import load_gateway
from gateway.core.facts import FormerLedger
from gateway.runtime.shelf import Shelf
from gateway.runtime.wall import WallClock
from gateway.setup.gateway_state import LEDGER
from gateway.store.reader import LedgerReader
from tests.gateway.runtime.devices import HandClock

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
MOVES = 6
"""Ledger, anchor and cache go aside, and as many come in."""


class PowerCut(Exception):
    """Stands for it."""


def cut(config: Path, moves: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore, with the power gone once so many files have been moved."""
    state, real = config.parent / "gateway", Path.rename
    done = 0

    def rename(path: Path, target: Path) -> Path:
        nonlocal done
        if state in path.parents:
            if done == moves:
                raise PowerCut
            done += 1
        return real(path, target)

    with monkeypatch.context() as failing:
        failing.setattr(Path, "rename", rename)
        with pytest.raises(PowerCut):
            restore_gateway(config, None, by="technician", now=NOW)


def newest(folder: Path) -> FormerLedger:
    with LedgerReader(folder / LEDGER) as reader:
        meta, last = reader.meta(), reader.last()
    return FormerLedger(
        incarnation=meta.incarnation, sequence=last.sequence, head=last.hash, found="state"
    )


def shelf(config: Path) -> Shelf:
    return Shelf(load_gateway(config), WallClock(HandClock(), "Asia/Makassar"))


@pytest.mark.parametrize("moves", range(MOVES))
def test_it_is_run_again(
    config: Path, moves: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    state = config.parent / "gateway"
    before = newest(state)
    cut(config, moves, monkeypatch)
    with caplog.at_level(logging.ERROR):
        between = shelf(config)
    assert between.ledger is None
    assert between.blocked == "ledger_damaged"
    assert "Run `takar restore` again" in caplog.text
    between.close()
    restored = restore_gateway(config, None, by="technician", now=NOW.replace(minute=1))
    assert restored.follows == before
    after = shelf(config)
    assert after.ledger is not None
    assert after.allocating is not None
    assert after.allocating.blocked == "not_confirmed"
    after.close()
    kept = [folder for folder in (state / "former").iterdir() if newest(folder) == before]
    assert len(kept) == 1
    assert sorted(path.name for path in kept[0].iterdir()) == [
        "allocation.json",
        "ledger.anchor",
        "ledger.sqlite3",
    ]
    assert not (state / ".restored").exists()
