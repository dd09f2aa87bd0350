"""The real link and the real central over the published configuration, TLS and all."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.config.types import MqttSettings
from gateway.core.chain import GENESIS
from gateway.core.facts import EmergencyStopChanged
from gateway.runtime.network import LedgerOutbox
from gateway.setup.folder import Wanted, make_folder
from gateway.store.ledger import Ledger
from mqtt.asyncapi import WAYS
from mqtt.callbacks import LinkCallbacks
from mqtt.central.database import open_database
from mqtt.central.service import Central
from mqtt.central.tables import entries, gateways
from mqtt.connection import Connection, Publication
from mqtt.keys import Keyring, load_private
from mqtt.link import Link
from mqtt.messages import Live, LivePump
from mqtt.snapshot import Snapshot
from mqtt.topics import Kind, parse_topic
from tests.mqtt.parties import Watch

GATEWAY = "gateway"
PERIOD = "2026-07"
TIME = "2026-07-10T04:00:00.000Z"


LIVE = Live(
    pumps=[LivePump(pump=1, state="idle", volume_ml=0, amount_idr=0, remaining_ml=None, code=None)]
)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> dict[Kind, set[tuple[int, bool]]]:
    """With which QoS, and whether retained, both ends publish each kind."""
    seen: dict[Kind, set[tuple[int, bool]]] = {}
    publish = Connection.publish

    def note(connection: Connection, publication: Publication) -> bool:
        _, kind = parse_topic(publication.topic)
        seen.setdefault(kind, set()).add((publication.qos, publication.retain))
        return publish(connection, publication)

    monkeypatch.setattr(Connection, "publish", note)
    return seen


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_ledger_goes_out_and_directives_come_in(
    start_city: Callable[..., Any],
    tmp_path: Path,
    watch: Watch,
    published: dict[Kind, set[tuple[int, bool]]],
    protocol: str,
) -> None:
    broker = start_city(protocol).broker
    folder = tmp_path / "city"
    made = Wanted(
        seed=1,
        gateways=1,
        pumps=1,
        period=PERIOD,
        kind="simulated",
        mqtt=MqttSettings(),
        by="test",
    )
    make_folder(folder, made)
    engine = open_database(folder / "central" / "central.sqlite3")
    ready = threading.Event()
    central_key = load_private(folder / "keys" / "central" / "central.pem")
    central = Central(
        engine,
        central_key,
        broker.settings(broker.authority.issue("central")),
        only_period=PERIOD,
        on_ready=ready.set,
    )
    serving = threading.Thread(target=central.run)
    serving.start()
    own = load_private(folder / "keys" / GATEWAY / f"{GATEWAY}.pem")
    ledger = Ledger.open(folder / GATEWAY / "ledger.sqlite3", own, gateway=GATEWAY)
    head = ledger.commit([(EmergencyStopChanged(pressed=True), TIME)], seal=True)[-1]
    acknowledged: list[int] = []
    snapshots: list[Snapshot] = []

    def heard(snapshot: Snapshot) -> None:
        snapshots.append(snapshot)
        watch.note()

    def noted(_epoch: int, through: int) -> None:
        acknowledged.append(through)
        watch.note()

    link = Link(
        broker.settings(broker.authority.issue(GATEWAY)),
        ledger.seals.signer,
        Keyring({"central": central_key.public_key()}),
        boot=ledger.boot,
        version="test",
        outbox_factory=lambda: LedgerOutbox(ledger.path, ledger.seals.key_changes),
        directives_position=lambda: (0, GENESIS),
        callbacks=LinkCallbacks(
            on_ack=noted,
            on_directives=lambda _entries: None,
            on_snapshot=heard,
            on_complete=lambda: None,
            on_epoch=lambda epoch, _through: pytest.fail(f"epoch {epoch}"),
            on_forked=lambda detail: pytest.fail(detail),
            on_unreadable=lambda detail: pytest.fail(detail),
            on_state=lambda _online, _why: None,
        ),
    )
    try:
        assert ready.wait(20)
        link.start()
        link.live(LIVE)
        with engine.connect() as connection:
            newest = connection.scalar(select(gateways.c.directives_through)) or 0
        watch.until(lambda: acknowledged[-1:] == [head.sequence] and snapshots)
        assert snapshots[0].at == newest
        watch.until(lambda: "live" in published)
        with engine.connect() as connection:
            stored = connection.scalar(select(func.count()).select_from(entries))
    finally:
        link.stop()
        central.stop()
        serving.join()
        ledger.close()
        engine.dispose()
    assert stored == head.sequence
    assert published == {kind: {(way.qos, way.retain)} for kind, way in WAYS.items()}
