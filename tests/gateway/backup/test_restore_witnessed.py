"""A restored gateway follows what is left of its ledger, and what its co-processors know of it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.backup.restoring import restore_gateway
from gateway.config.load import load_gateway
from gateway.config.types import GatewayConfig
from gateway.runtime.shelf import Shelf
from gateway.runtime.wall import WallClock
from tests.gateway.runtime.devices import HandClock

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
KNOWN, ALSO_KNOWN = "a" * 16, "b" * 16


def follows(config: Path) -> tuple[str, ...]:
    shelf = Shelf(load_gateway(config), WallClock(HandClock(), "Asia/Makassar"))
    try:
        return shelf.newest.follows
    finally:
        shelf.close()


def knowing(config: GatewayConfig) -> Iterator[str]:
    assert config.gateway.name == "gateway"
    yield from (ALSO_KNOWN, KNOWN, ALSO_KNOWN)


@pytest.mark.parametrize("something_left", [True, False])
def test_it_names_both(config: Path, something_left: bool) -> None:
    if not something_left:
        shutil.rmtree(config.parent / "gateway")
    restored = restore_gateway(config, None, by="technician", now=NOW, witnessed=knowing)
    assert restored.witnessed == (KNOWN, ALSO_KNOWN)
    assert (restored.follows is not None) is something_left
    left = (restored.follows.incarnation,) if restored.follows is not None else ()
    assert follows(config) == (*left, KNOWN, ALSO_KNOWN)


def test_without_co_processors_it_names_what_is_left(config: Path) -> None:
    restored = restore_gateway(config, None, by="technician", now=NOW)
    assert restored.follows is not None
    assert (restored.witnessed, follows(config)) == ((), (restored.follows.incarnation,))
