"""A ledger in memory, a gateway around a link, and a small central that keeps the contract."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.chain import GENESIS, canonical
from gateway.core.log import Entry, Written
from mqtt.batches import check_batch
from mqtt.callbacks import LinkCallbacks
from mqtt.connection import Connection, Publication
from mqtt.keys import Keyring
from mqtt.link import Link
from mqtt.messages import DirectivesMessage, LedgerMessage, Request
from mqtt.payloads import decode, encode
from mqtt.seal import Seal
from mqtt.seals import Signer, verify
from mqtt.topics import topic_of
from tests.mqtt.brokers import Settings

GATEWAY = "depot-1"
INCARNATION = "00112233445566aa"
CENTRAL_INCARNATION = "ffeeddccbbaa9900"
EPOCH = 1
GATEWAY_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CENTRAL_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
CENTRAL_RING = Keyring({GATEWAY: GATEWAY_KEY.public_key()})
GATEWAY_RING = Keyring({"central": CENTRAL_KEY.public_key()})


class Watch:
    """Waits for what other threads do, with a deadline instead of a sleep."""

    def __init__(self) -> None:
        self._condition = threading.Condition()

    def note(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def until(self, condition: Callable[[], object], within_s: float = 20) -> None:
        with self._condition:
            assert self._condition.wait_for(condition, within_s), "waited in vain"


def written(entry: Entry) -> Written:
    """As a ledger on disk keeps it."""
    return Written(entry.sequence, entry.hash, canonical(msgspec.to_builtins(entry)).decode())


@dataclass
class Log:
    """A chained log in memory: a ledger (with its outbox), or central's directives."""

    source: str = f"takar/{GATEWAY}"
    incarnation: str = INCARNATION
    entries: list[Entry] = field(default_factory=list)
    acknowledged: int = 0
    former: dict[int, Seal] = field(default_factory=dict)
    """Stored seals by a key that was replaced since."""

    def append(self, kind: str, data: dict[str, Any]) -> Entry:
        sequence, prevhash = self.head()
        entry = Entry(
            id=f"{self.incarnation}/{sequence + 1}",
            source=self.source,
            type=kind,
            time="2026-01-01T00:00:00.000Z",
            data=data,
            sequence=sequence + 1,
            prevhash=prevhash,
        )
        self.entries.append(entry)
        return entry

    def stop(self, times: int = 1) -> None:
        """Append the smallest of facts."""
        for _ in range(times):
            self.append("emergency_stop.changed", {"pressed": True})

    def price(self, times: int = 1) -> None:
        """Append the smallest of directives."""
        for version in range(times):
            data = {
                "product": "pertamax",
                "price_idr_per_l": 12_500,
                "version": version,
                "subsidised": False,
            }
            self.append("price.put", data)

    def entries_after(self, sequence: int, limit: int) -> list[Entry]:
        return self.entries[sequence : sequence + limit]

    def written_after(self, sequence: int, limit: int) -> list[Written]:
        return list(map(written, self.entries_after(sequence, limit)))

    def acknowledged_through(self) -> int:
        return self.acknowledged

    def head(self) -> tuple[int, str]:
        return (len(self.entries), self.entries[-1].hash) if self.entries else (0, GENESIS)

    def former_seal(self, after: int, through: int) -> Seal | None:
        found = [sequence for sequence in sorted(self.former) if sequence > after]
        within = [sequence for sequence in found if sequence <= through]
        return self.former[[*found[:1], *within][-1]] if found else None

    def entry_at(self, sequence: int) -> Entry | None:
        return self.entries[sequence - 1] if 1 <= sequence <= len(self.entries) else None

    def close(self) -> None:
        pass


class Central:
    """Keeps what continues, acknowledges it, sends directives on request. Real seals."""

    def __init__(self, settings: Settings, watch: Watch) -> None:
        self.ledger: list[Entry] = []
        self.directives = Log(source="takar/central", incarnation=CENTRAL_INCARNATION)
        self.directives.price(250)
        self.messages: list[LedgerMessage] = []
        self.requests: list[Request] = []
        self.statuses: list[dict[str, Any]] = []
        self.live: list[bytes] = []
        self.acknowledging = True
        self.signer = Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH)
        self._watch = watch
        self.up = False
        topics = [topic_of(GATEWAY, kind) for kind in ("ledger", "requests", "status", "live")]
        self.connection = Connection(
            settings,
            "central",
            [(topic, 1) for topic in topics],
            on_up=self._went_up,
            on_down=lambda _why: None,
            on_message=self._received,
        )
        self.connection.start()

    def publish(self, kind: Any, payload: bytes, *, retain: bool = False) -> None:
        self.connection.publish(Publication(topic_of(GATEWAY, kind), payload, 1, retain))

    def acknowledge(self) -> None:
        head = self.ledger[-1].hash if self.ledger else GENESIS
        seal = self.signer.seal("ledger-ack", len(self.ledger), head)
        self.publish("ledger/ack", encode(seal), retain=True)

    def announce(self) -> None:
        seal = self.signer.seal("directives-head", *self.directives.head())
        self.publish("directives/head", encode(seal), retain=True)

    def send_directives(self, first: int, limit: int = 100) -> None:
        entries = self.directives.entries_after(first - 1, limit)
        seal = self.signer.seal("directives", entries[-1].sequence, entries[-1].hash)
        self.publish("directives", encode(DirectivesMessage(directives=entries, seal=seal)))

    def _went_up(self) -> None:
        self.up = True
        self._watch.note()

    def _received(self, topic: str, payload: bytes) -> None:
        if topic.endswith("/status"):
            self.statuses.append(msgspec.json.decode(payload))
        elif topic.endswith("/live"):
            self.live.append(payload)
        elif topic.endswith("/requests"):
            request = decode("requests", payload)
            assert isinstance(request, Request)
            verify(request.seal, CENTRAL_RING, type="request", gateway=GATEWAY)
            self.requests.append(request)
            if request.from_sequence <= len(self.directives.entries):
                self.send_directives(request.from_sequence)
        else:
            self._take(decode("ledger", payload))
        self._watch.note()

    def _take(self, message: Any) -> None:
        self.messages.append(message)
        verify(message.seal, CENTRAL_RING, type="ledger", gateway=GATEWAY)
        check_batch(message.entries, message.seal, f"takar/{GATEWAY}")
        for entry in message.entries:
            if entry.sequence == len(self.ledger) + 1:
                self.ledger.append(entry)
        if self.acknowledging:
            self.acknowledge()


class Pump:
    """The gateway around a link: its ledger, its place in the directives, what it was told."""

    def __init__(self, settings: Settings, watch: Watch) -> None:
        self.ledger = Log()
        self.applied: list[Entry] = []
        self.states: list[tuple[bool, str]] = []
        self.forks: list[str] = []
        self._watch = watch
        self.link = Link(
            settings,
            Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH),
            GATEWAY_RING,
            boot=3,
            version="0.1.0",
            outbox_factory=lambda: self.ledger,
            directives_position=self.position,
            callbacks=LinkCallbacks(
                on_ack=self._acknowledged,
                on_directives=self._directives,
                on_complete=lambda: None,
                on_epoch=self._epoch,
                on_snapshot=lambda _: None,
                on_forked=self._forked,
                on_unreadable=self._forked,
                on_state=self._state,
            ),
            reconnect_s=(1, 2),
        )

    def position(self) -> tuple[int, str]:
        return (len(self.applied), self.applied[-1].hash) if self.applied else (0, GENESIS)

    def _acknowledged(self, _epoch: int, through: int) -> None:
        self.ledger.acknowledged = through
        self._watch.note()

    def _directives(self, entries: list[Entry]) -> None:
        self.applied.extend(entries)
        self._watch.note()

    def _epoch(self, epoch: int, _through: int) -> None:
        raise AssertionError(f"central of these tests never restores, found epoch {epoch}")

    def _forked(self, detail: str) -> None:
        self.forks.append(detail)
        self._watch.note()

    def _state(self, online: bool, why: str) -> None:
        self.states.append((online, why))
        self._watch.note()
