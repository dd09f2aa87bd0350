"""Two gateways' real links, the real central and a real Mosquitto: litres change hands."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from gateway.core.allocation import Grant, RecallGrant
from gateway.core.chain import GENESIS
from gateway.core.facts import Charge, GrantClosed, GrantRequested
from gateway.core.log import Entry, Written
from mqtt.callbacks import LinkCallbacks
from mqtt.central import service
from mqtt.central.grant_tables import requests
from mqtt.central.service import Central
from mqtt.keys import Keyring
from mqtt.link import Link
from tests.mqtt.central.city import PERIOD, SUBJECTS
from tests.mqtt.parties import Watch, written

FIRST_ML, RESERVE_ML = 18_500, 3_000
WANTED_ML = 30_000


class Station:
    """A gateway's link over its teller's ledger; it answers a recall as the contract says."""

    def __init__(self, office: Any, teller: Any, settings: Any, watch: Watch) -> None:
        self.teller = teller
        self.acknowledged = 0
        self.online = False
        self.grants: list[Grant] = []
        self.closed_at: dict[int, int] = {}
        self._watch = watch
        row = office.row(teller.name)
        self._position = (row.directives_through, row.directives_head)
        self.link = Link(
            settings,
            teller.signer,
            Keyring({"central": office.key.public_key()}),
            boot=1,
            version="test",
            outbox_factory=lambda: self,
            directives_position=lambda: self._position,
            callbacks=LinkCallbacks(
                on_ack=self._ack,
                on_directives=self._directives,
                on_snapshot=lambda _: pytest.fail("no snapshot is due"),
                on_complete=lambda: None,
                on_epoch=lambda epoch, _: pytest.fail(f"epoch {epoch}"),
                on_forked=lambda detail: pytest.fail(detail),
                on_unreadable=lambda detail: pytest.fail(detail),
                on_state=self._state,
            ),
        )

    def say(self, fact: Any) -> Entry:
        entry: Entry = self.teller.tell(fact)
        self.link.wake()
        return entry

    def _ack(self, _epoch: int, through: int) -> None:
        self.acknowledged = through
        self._watch.note()

    def _state(self, online: bool, _why: str) -> None:
        self.online = online
        self._watch.note()

    def _directives(self, entries: list[Entry]) -> None:
        for entry in entries:
            if entry.type == "grant.put":
                self.grants.append(msgspec.convert(entry.data, Grant))
            elif entry.type == "grant.recall":
                number = msgspec.convert(entry.data, RecallGrant).grant_no
                spent_ml = self.closed_at[number]
                self.say(GrantClosed(grant_no=number, spent_ml=spent_ml, why="recalled"))
        self._position = (entries[-1].sequence, entries[-1].hash)
        self._watch.note()

    # The outbox

    def written_after(self, sequence: int, limit: int) -> list[Written]:
        return list(map(written, self.teller.entries[sequence : sequence + limit]))

    def acknowledged_through(self) -> int:
        return self.acknowledged

    def head(self) -> tuple[int, str]:
        entries = self.teller.entries
        return (len(entries), entries[-1].hash) if entries else (0, GENESIS)

    def former_seal(self, after: int, through: int) -> None:
        """No key was ever changed."""

    def entry_at(self, sequence: int) -> Entry | None:
        entries = self.teller.entries
        return entries[sequence - 1] if 1 <= sequence <= len(entries) else None

    def close(self) -> None:
        pass


@pytest.fixture
def stations(
    office: Any,
    watch: Watch,
    start_mosquitto: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[list[Station]]:
    # An answer must not wait for central to look around: it comes with the commit.
    monkeypatch.setattr(service, "LOOK_EVERY_S", 3600.0)
    settings = start_mosquitto().settings
    ready = threading.Event()
    central = Central(office.engine, office.key, settings, only_period=PERIOD, on_ready=ready.set)
    serving = threading.Thread(target=central.run)
    serving.start()
    made = [Station(office, teller, settings, watch) for teller in (office.first, office.second)]
    try:
        assert ready.wait(20)
        for station in made:
            station.link.start()
        watch.until(lambda: all(station.online for station in made))
        yield made
    finally:
        for station in made:
            station.link.stop()
        central.stop()
        serving.join()


def test_request_recall_close_and_grant(office: Any, watch: Watch, stations: list[Station]) -> None:
    asker, holder = stations
    sale = office.second.sell(1_000, charges=[Charge(1, 1_000)])
    holder.closed_at[1] = 1_000
    holder.link.wake()
    watch.until(lambda: holder.acknowledged == sale.sequence)

    ask = GrantRequested(kind="vehicle", subject=SUBJECTS[0], period=PERIOD, wanted_ml=WANTED_ML)
    first = asker.say(ask)
    watch.until(lambda: asker.grants)
    assert [(one.request_id, one.volume_ml) for one in asker.grants] == [(first.id, RESERVE_ML)]

    # What central calls back meanwhile, the other gateway closes; its litres go to the next.
    second = asker.say(ask)
    watch.until(lambda: len(asker.grants) == 2)
    assert (asker.grants[1].request_id, asker.grants[1].volume_ml) == (
        second.id,
        FIRST_ML - 1_000,
    )
    # The close is covered by central's acknowledgement: that is all that acknowledges it.
    watch.until(lambda: holder.acknowledged == sale.sequence + 1)
    assert holder.teller.entries[-1].type == "grant.closed"
    with office.engine.connect() as connection:
        answers = connection.execute(select(requests.c.request_id, requests.c.grant_no)).all()
    assert dict(answers) == {first.id: 4, second.id: 5}
