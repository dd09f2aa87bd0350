"""What the gateway does with what the link hands over, beside a real ledger and cache."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.config.types import MqttSettings
from gateway.core.allocation import PutKey
from gateway.core.facts import KeyStatement
from gateway.runtime.network import Network
from gateway.runtime.trust import Trust
from gateway.store.errors import StoreError
from mqtt.callbacks import LinkCallbacks
from mqtt.certificates import public_text, state, statement_name, write_statement
from tests.gateway.runtime.samples import CITY, directives
from tests.gateway.runtime.station import Station
from tests.gateway.runtime.writing import ANSWER_S, Writing
from tests.gateway.store.samples import refusal

ROOT, STRANGER, *KEYS = (Ed25519PrivateKey.generate() for _ in range(4))


def stated(by: Ed25519PrivateKey, key: Ed25519PrivateKey, serial: int) -> KeyStatement:
    return state(
        by,
        "key-certificate",
        "central",
        key.public_key(),
        serial=serial,
        issued="2026-11-02T01:00:00.000Z",
    )


FIRST, SECOND = (stated(ROOT, key, serial) for serial, key in enumerate(KEYS, 1))
FORGED = stated(STRANGER, STRANGER, 9)


class Listening:
    """A network whose link is the test."""

    def __init__(self, folder: Path, station: Station, writing: Writing) -> None:
        statements = folder / "statements"
        statements.mkdir()
        write_statement(statements / statement_name(FIRST), FIRST)
        self.station = station
        self.callbacks: LinkCallbacks
        Network(
            MqttSettings(host="127.0.0.1", port=1, protocol="5"),
            station.ledger,
            station.allocating,
            Trust(public_text(ROOT.public_key()), statements),
            books=Mock(),
            forked=pytest.fail,
            keeper=station.keeper,
            inbox=writing.inbox,
            wall=station.wall,
            make_link=self._link,  # type: ignore[arg-type]
        )

    def _link(self, *_: Any, callbacks: LinkCallbacks, **__: Any) -> Any:
        self.callbacks = callbacks
        return Mock()

    @property
    def learned(self) -> list[int]:
        """Serials that the ledger has, in order."""
        entries = self.station.ledger.every_entry()
        return [
            entry.data["statement"]["serial"] for entry in entries if entry.type == "key.learned"
        ]


@pytest.fixture
def link(tmp_path: Path, writing: Writing) -> Iterator[Listening]:
    station = Station(tmp_path, writing)
    yield Listening(tmp_path, station, writing)
    writing.stop()
    station.ledger.close()


def test_a_statement_that_is_not_the_roots_holds_up_no_directive(
    link: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    told = directives(PutKey(statement=FORGED), PutKey(statement=SECOND), *CITY)
    with caplog.at_level(logging.WARNING):
        link.callbacks.on_directives(told)
    assert link.station.allocating.position == (len(told), told[-1].hash)
    assert link.learned == [2]
    (learned,) = (e for e in link.station.ledger.every_entry() if e.type == "key.learned")
    assert (learned.data["epoch"], learned.data["through"]) == (link.station.allocating.epoch, 2)
    assert learned.data["epoch"] == told[0].sequence == 1
    assert "not believed" in caplog.text


def test_what_the_ledger_could_not_take_is_raised(
    link: Listening, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    full_disk("ledger")
    with pytest.raises(StoreError):
        link.callbacks.on_directives(directives(PutKey(statement=SECOND), *CITY))
    with pytest.raises(StoreError):
        link.callbacks.on_keys([FORGED, SECOND])
    monkeypatch.undo()
    assert link.station.allocating.position[0] == 0
    assert link.callbacks.on_keys([FORGED, SECOND])
    assert link.learned == [2]


def test_an_acknowledgement_behind_a_slow_new_epoch_is_void(
    link: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes longer over the epoch than the link waits; central's old word is behind it."""
    station, stuck = link.station, threading.Event()
    link.callbacks.on_directives(directives(*CITY))
    head = station.ledger.head.sequence
    monkeypatch.setattr("gateway.runtime.network.APPLY_S", 0.01)
    station.keeper.run(lambda: None if stuck.wait(ANSWER_S) else pytest.fail("never let go"))
    with pytest.raises(TimeoutError):
        link.callbacks.on_epoch(2, 1)
    link.callbacks.on_ack(1, head)
    stuck.set()
    station.work()
    assert station.ledger.seals.signer.epoch == 2
    assert station.ledger.acknowledged_through() == 0
    link.callbacks.on_ack(2, head)
    station.work()
    assert station.ledger.acknowledged_through() == head


def test_the_time_in_an_acknowledgement_goes_into_the_ledger(link: Listening) -> None:
    station, noon = link.station, "2026-11-22T04:00:00.000Z"
    station.wall.began("2066-01-01T00:00:00.000Z")
    entries = station.ledger.commit([(refusal(1), station.wall.now())])
    station.wall.recorded(entries)
    link.callbacks.on_time(entries[-1].sequence, noon)
    station.work()
    station.work()
    assert station.wall.now() == noon
    *_, told = station.ledger.every_entry()
    assert (told.type, told.time, told.data["lowered"]) == ("clock.told", noon, True)
