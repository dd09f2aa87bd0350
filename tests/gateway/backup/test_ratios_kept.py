"""A restored gateway goes on with its pumps' ratios, and counts their changes on."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from gateway.backup.restoring import restore_gateway
from gateway.backup.taking import back_up_gateway
from gateway.config.load import load_gateway
from gateway.core.facts import Fact, Ratio
from gateway.runtime.shelf import Shelf
from gateway.runtime.wall import WallClock
from gateway.setup.gateway_state import LEDGER
from tests.core.recalibrations import changed
from tests.gateway.runtime.devices import HandClock
from tests.gateway.store.samples import TIME

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECOND = replace(changed(2), before=changed().after, after=Ratio(1013, 10))


def shelf(config: Path) -> Shelf:
    return Shelf(load_gateway(config), WallClock(HandClock(), "Asia/Makassar"))


def say(config: Path, *facts: Fact) -> None:
    with closing(shelf(config)) as opened:
        assert opened.ledger is not None
        opened.ledger.commit([(fact, TIME) for fact in facts], seal=True)


def back_up(config: Path, folder: Path) -> Path:
    back_up_gateway(load_gateway(config), config, folder, with_keys=False, now=NOW)
    return folder


def restore(config: Path, backup: Path | None = None) -> dict[int, tuple[int, Ratio | None]]:
    """By pump: how often its ratio was changed, and the one in force."""
    former = len(list((config.parent / "gateway").glob("former/*")))
    restore_gateway(config, backup, by="technician", now=NOW + timedelta(hours=former))
    with closing(shelf(config)) as opened:
        meters = opened.balance.meters
        return {pump: (meter.calibrations, meter.ratio) for pump, meter in meters.items()}


def test_from_what_is_left_of_the_card(config: Path) -> None:
    say(config, changed(), SECOND, changed(pump=2))
    assert restore(config) == {1: (2, SECOND.after), 2: (1, changed().after)}


def test_and_once_more(config: Path) -> None:
    say(config, changed())
    restore(config)
    say(config, SECOND)
    assert restore(config) == {1: (2, SECOND.after)}
    assert restore(config) == {1: (2, SECOND.after)}


def test_from_a_backup(config: Path, tmp_path: Path) -> None:
    say(config, changed())
    backup = back_up(config, tmp_path / "backup")
    (config.parent / "gateway" / LEDGER).write_bytes(b"burnt")
    assert restore(config, backup) == {1: (1, changed().after)}


def test_the_card_knows_more_than_an_older_backup(config: Path, tmp_path: Path) -> None:
    say(config, changed())
    backup = back_up(config, tmp_path / "backup")
    say(config, SECOND)
    assert restore(config, backup) == {1: (2, SECOND.after)}


def test_without_either_nothing_is_known(config: Path) -> None:
    (config.parent / "gateway" / LEDGER).write_bytes(b"burnt")
    assert restore(config) == {}
