"""A gateway's exchange and central's handler over a slow wire that is cut, on simulated time.

The broker stands beside central: what it holds for the gateway goes byte by byte, and is lost
at a cut, as with a clean session. Each connect costs what MQTT's own packets and the retained
messages cost.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from gateway.core.chain import GENESIS
from gateway.core.log import Entry
from gateway.core.units import NS_PER_S
from gateway.store.directives import Tables, applied, empty_tables, tables_of
from mqtt.callbacks import LinkCallbacks
from mqtt.central.opening import Received
from mqtt.connection import Publication
from mqtt.exchange import Exchange
from mqtt.keys import Keyring
from mqtt.snapshot import Snapshot
from tests.mqtt.parties import Log

BYTES_PER_S = 2000
CUT_EVERY_S = 10
PACKET_BYTES = 12
"""Fixed header, topic's length, packet id, and the PUBACK in return, at most."""
CONNECT_BYTES = 250
"""CONNECT, its answer, SUBSCRIBE and its answer, without the last will."""
CENTRAL_NS = NS_PER_S // 10
"""What central gathers for before it answers."""


@dataclass
class Wire:
    """One direction. Messages go one after another, and count up to where a cut finds them."""

    sent_bytes: float = 0
    on_the_way: deque[tuple[int, int, Publication]] = field(default_factory=deque)
    """Beginning and end, ns."""

    def put(self, message: Publication, now_ns: int, extra_bytes: int = PACKET_BYTES) -> None:
        size = len(message.topic) + len(message.payload) + extra_bytes
        start_ns = max(now_ns, self.on_the_way[-1][1] if self.on_the_way else 0)
        end_ns = start_ns + size * NS_PER_S // BYTES_PER_S
        self.on_the_way.append((start_ns, end_ns, message))

    @property
    def due_ns(self) -> int | None:
        return self.on_the_way[0][1] if self.on_the_way else None

    def take(self) -> Publication:
        start_ns, end_ns, message = self.on_the_way.popleft()
        self.sent_bytes += (end_ns - start_ns) * BYTES_PER_S / NS_PER_S
        return message

    def cut(self, now_ns: int) -> None:
        if self.on_the_way and self.on_the_way[0][0] < now_ns:
            self.sent_bytes += (now_ns - self.on_the_way[0][0]) * BYTES_PER_S / NS_PER_S
        self.on_the_way.clear()


class SlowLink:
    """`run` until the gateway has all, or `deliver` until central has; then see what it cost."""

    def __init__(self, office: Any, seed: int) -> None:
        self.tables: Tables = empty_tables(1)
        self.delivered = 0
        """Central has acknowledged the ledger through this entry."""
        self.cuts = 0
        self.disturb: Callable[[Publication], list[Publication]] = lambda message: [message]
        """What arrives of a message; by default itself."""
        self.up, self.down = Wire(), Wire()
        self.now_ns = 0
        self._office = office
        self._handler = office.handler()
        self._random = Random(seed)
        self._connected = False
        self._status = office.first.status("online", 1)
        self._exchange = Exchange(
            office.first.signer,
            Keyring({"central": office.key.public_key()}),
            Log(incarnation=office.first.incarnation, entries=office.first.entries),
            self.position,
            LinkCallbacks(
                on_ack=self._delivered,
                on_directives=self._directives,
                on_snapshot=self._snapshot,
                on_complete=lambda: None,
                on_epoch=lambda _epoch, _through: None,
                on_forked=lambda _detail: None,
                on_unreadable=lambda _detail: None,
                on_state=lambda _online, _why: None,
            ),
            self._publish,
        )

    def position(self) -> tuple[int, str]:
        meta = self.tables["meta"]["meta"]
        return meta["applied_through"], meta["head"] or GENESIS

    def run(self, through: int, at_most_s: int) -> None:
        self._until(lambda: self.position()[0], through, at_most_s)

    def deliver(self, through: int, at_most_s: int) -> None:
        self._until(lambda: self.delivered, through, at_most_s)

    def _until(self, reached: Callable[[], int], wanted: int, at_most_s: int) -> None:
        turn_ns = 0
        while reached() < wanted:
            assert self.now_ns < at_most_s * NS_PER_S, f"only {reached()} of {wanted}"
            if self.now_ns >= turn_ns:
                self._reconnect() if not self._connected else self._cut()
                seconds = self._random.expovariate(1 / CUT_EVERY_S) if self._connected else 1
                turn_ns = self.now_ns + int(seconds * NS_PER_S)
            due = [self.up.due_ns, self.down.due_ns, self._exchange.next_due_ns(), turn_ns]
            self.now_ns = max(self.now_ns, min(at for at in due if at is not None))
            self._move()

    def _move(self) -> None:
        while self.down.due_ns is not None and self.down.due_ns <= self.now_ns:
            for message in self.disturb(self.down.take()):
                self._exchange.receive(message.topic, message.payload, self.now_ns)
        while self.up.due_ns is not None and self.up.due_ns <= self.now_ns:
            message = self.up.take()
            if message.topic.endswith(("/requests", "/ledger")):
                answers = self._handler.handle([Received(message.topic, message.payload)])
                for answer in answers:
                    self.down.put(answer, self.now_ns + CENTRAL_NS)
        self._exchange.advance(self.now_ns)

    def _reconnect(self) -> None:
        self._connected = True
        for extra_bytes in (CONNECT_BYTES, PACKET_BYTES):  # the last will, and the birth
            status = Publication(self._status.topic, self._status.payload)
            self.up.put(status, self.now_ns, extra_bytes)
        retained = self._handler.acknowledgements() + self._handler.new_heads({})
        for message in retained:
            if message.topic.startswith("takar/v1/depot-1/"):
                self.down.put(message, self.now_ns)
        self._exchange.went_up("connected", self.now_ns)

    def _cut(self) -> None:
        self._connected = False
        self.cuts += 1
        for wire in (self.up, self.down):
            wire.cut(self.now_ns)
        self._exchange.went_down("cut")

    def _publish(self, message: Publication) -> bool:
        self.up.put(message, self.now_ns)
        return True

    def _delivered(self, _epoch: int, through: int) -> None:
        self.delivered = through

    def _directives(self, entries: list[Entry]) -> None:
        self.tables = applied(self.tables, entries)

    def _snapshot(self, snapshot: Snapshot) -> None:
        self.tables = tables_of(snapshot, 1)
