"""The writer's housekeeping: what is old leaves the disk when nothing else is to be done."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config.types import (
    GatewayConfig,
    GatewayKeySettings,
    HardwareSettings,
    Identity,
    PumpSettings,
    Storage,
)
from gateway.core.clock import NS_PER_DAY
from gateway.runtime import writer_thread
from gateway.runtime.jobs import Job
from gateway.runtime.pruner import Pruner
from gateway.store.ledger import Ledger
from gateway.store.pruning import STEP_ENTRIES
from hardware.wiring import DEMO_WIRING
from tests.gateway.runtime.devices import HandClock, hand_wall
from tests.gateway.runtime.writing import ANSWER_S, Writing
from tests.gateway.store.samples import GATEWAY, INCARNATION, refusal, session
from tests.power.place import PRIVATE

DAYS = 100


class Place:
    """A ledger of more than two steps, all of it acknowledged; the clock is at its writing."""

    def __init__(self, folder: Path, writing: Writing, **storage: object) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.wall = hand_wall(self.clock)
        self.ledger = Ledger.create(
            folder / "ledger.sqlite3", PRIVATE, gateway=GATEWAY, incarnation=INCARNATION, epoch=1
        )
        now = self.wall.now()
        many = 2 * STEP_ENTRIES + 100
        entries = self.ledger.commit([(refusal(n), now) for n in range(many)], seal=True)
        self.ledger.acknowledge(many)
        self.wall.recorded(entries)
        told = self.wall.heard(many, now)
        assert told is not None
        self.ledger.commit([(told, now)])
        self.keeper = writing.keeper(self.ledger, retry_s=0.001)
        wired = DEMO_WIRING[0]
        config = GatewayConfig(
            gateway=Identity(name=GATEWAY, state_dir=str(folder)),
            hardware=HardwareSettings(kind="simulated"),
            pumps=[
                PumpSettings(number=1, product="pertamax", reader=wired.reader, pins=wired.pins)
            ],
            keys=GatewayKeySettings(private_file="", root_key="A" * 43, statements_dir=""),
            storage=Storage(**storage),  # type: ignore[arg-type]
        )
        self.pruner = Pruner(self.ledger, self.keeper, config, self.wall)

    @property
    def exported(self) -> list[str]:
        return sorted(file.name for file in (self.folder / "export").glob("*"))


@pytest.fixture
def place(tmp_path: Path, writing: Writing) -> Iterator[Place]:
    made = Place(tmp_path, writing)
    yield made
    writing.stop()
    made.ledger.close()


def test_nothing_is_pruned_before_its_time(place: Place) -> None:
    place.clock.now_ns += 89 * NS_PER_DAY
    assert not place.pruner.step()
    assert place.exported == []


def test_each_step_is_exported_pruned_and_told(place: Place, writing: Writing) -> None:
    place.clock.now_ns += DAYS * NS_PER_DAY
    assert place.pruner.step()
    assert place.pruner.step()
    assert not place.pruner.step()
    writing.drain()
    assert [entry.type for entry in writing.told] == ["ledger.pruned"] * 2
    assert place.ledger.pruned().sequence == 2 * STEP_ENTRIES
    assert place.exported == [
        f"{GATEWAY}-{INCARNATION}-000000000001-000000000500.jsonl.gz",
        f"{GATEWAY}-{INCARNATION}-000000000501-000000001000.jsonl.gz",
    ]


def test_nothing_is_pruned_during_a_fill(place: Place) -> None:
    place.clock.now_ns += DAYS * NS_PER_DAY
    place.ledger.commit(put_session=session(1))
    assert not place.pruner.step()
    place.ledger.commit(drop_session=1)
    assert place.pruner.step()


@pytest.mark.parametrize("years", [-56, 40])
def test_no_clock_of_this_machine_makes_anything_old(place: Place, years: int) -> None:
    """RTCs without a battery say 1970, 2000 or 2066."""
    place.clock.utc_offset_ns += years * 365 * NS_PER_DAY
    assert not place.pruner.step()
    wrong = place.wall.now()
    place.wall.began("2066-01-01T00:00:00.000Z")  # as a ledger proved that knew no better
    assert not place.pruner.step()
    place.ledger.commit([(refusal(1), wrong)])
    place.clock.now_ns += DAYS * NS_PER_DAY
    assert place.pruner.step()


def test_what_central_has_not_dated_is_not_old(tmp_path: Path, writing: Writing) -> None:
    place = Place(tmp_path, writing)
    place.ledger.connection.execute("DELETE FROM entries WHERE body LIKE '%clock.told%'")
    place.clock.now_ns += DAYS * NS_PER_DAY
    assert not place.pruner.step()
    writing.stop()
    place.ledger.close()


def test_without_an_export_nothing_is_pruned(place: Place) -> None:
    (place.folder / "export").write_text("a file where the folder should be")
    place.clock.now_ns += DAYS * NS_PER_DAY
    assert not place.pruner.step()
    assert place.ledger.pruned().sequence == 0


def test_central_alone_may_be_trusted_to_keep_them(tmp_path: Path, writing: Writing) -> None:
    place = Place(tmp_path, writing, export="central")
    place.clock.now_ns += DAYS * NS_PER_DAY
    assert place.pruner.step()
    assert not (tmp_path / "export").exists()
    writing.stop()
    place.ledger.close()


def test_the_writer_prunes_when_it_has_nothing_else_to_do(
    place: Place, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_thread, "IDLE_S", 0.001)
    place.clock.now_ns += DAYS * NS_PER_DAY
    done = threading.Event()

    def step() -> bool:
        more = place.pruner.step()
        if not more:
            done.set()
        return more

    place.keeper.when_idle(step)
    assert done.wait(ANSWER_S)
    place.keeper.submit(Job(facts=[(refusal(1), place.wall.now())]))
    writing.settle(place.keeper)
    assert place.ledger.pruned().sequence == 2 * STEP_ENTRIES
