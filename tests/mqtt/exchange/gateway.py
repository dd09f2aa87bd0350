"""A gateway's exchange with its surroundings, driven by hand."""

from dataclasses import dataclass, field
from typing import Any

from gateway.core.chain import GENESIS
from gateway.core.facts import KeyStatement
from gateway.core.log import Entry
from mqtt.callbacks import LinkCallbacks
from mqtt.connection import Publication
from mqtt.exchange import Exchange
from mqtt.messages import DirectivesMessage, Request
from mqtt.payloads import decode, encode
from mqtt.seals import Signer
from mqtt.snapshot import Snapshot
from mqtt.topics import Kind, parse_topic, topic_of
from tests.mqtt.parties import (
    CENTRAL_INCARNATION,
    CENTRAL_KEY,
    EPOCH,
    GATEWAY,
    GATEWAY_KEY,
    GATEWAY_RING,
    INCARNATION,
    Log,
)

CENTRAL = Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH)


def directives(count: int) -> Log:
    log = Log(source="takar/central", incarnation=CENTRAL_INCARNATION)
    log.price(count)
    return log


@dataclass
class Gateway:
    """An exchange with its surroundings, driven by hand."""

    ledger: Log = field(default_factory=Log)
    sent: list[Publication] = field(default_factory=list)
    applied: list[Entry] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    apply_fails: bool = False
    keys_are_news: bool = True
    now_ns: int = 0

    def __post_init__(self) -> None:
        self.ledger.stop(3)
        self.signer = Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH)
        self.exchange = Exchange(
            self.signer,
            GATEWAY_RING,
            self.ledger,
            lambda: (len(self.applied), self.applied[-1].hash if self.applied else GENESIS),
            LinkCallbacks(
                on_ack=self._acknowledged,
                on_directives=self._apply,
                on_complete=lambda: self.told.append("complete"),
                on_epoch=self._adopt,
                on_keys=self._learn,
                on_snapshot=self._replace,
                on_forked=lambda detail: self.told.append(("forked", detail)),
                on_unreadable=lambda detail: self.told.append(("unreadable", detail)),
                on_state=lambda online, _why: self.told.append(("state", online)),
            ),
            self._publish,
        )
        self.exchange.went_up("connected", self.now_ns)
        self.exchange.advance(self.now_ns)

    def _acknowledged(self, epoch: int, through: int) -> None:
        assert epoch == self.signer.epoch
        self.told.append(("ack", through))

    def _adopt(self, epoch: int, through: int) -> None:
        if self.apply_fails:
            raise OSError("disk full")
        self.told.append(("epoch", epoch, through))
        self.signer.epoch = epoch
        self.applied.clear()
        self.ledger.stop()

    def _apply(self, entries: list[Entry]) -> None:
        if self.apply_fails:
            raise OSError("disk full")
        self.applied.extend(entries)

    def _learn(self, statements: list[KeyStatement]) -> bool:
        if self.apply_fails:
            raise OSError("disk full")
        self.told.append(("keys", [statement.serial for statement in statements]))
        return self.keys_are_news

    def _replace(self, snapshot: Snapshot) -> None:
        self.told.append(("snapshot", snapshot.at))

    def _publish(self, publication: Publication) -> bool:
        self.sent.append(publication)
        return True

    def receive(self, kind: Kind, payload: bytes, gateway: str = GATEWAY) -> None:
        self.exchange.receive(topic_of(gateway, kind), payload, self.now_ns)
        self.exchange.advance(self.now_ns)

    def receive_directives(self, log: Log, first: int, last: int, signer: Signer = CENTRAL) -> None:
        entries = log.entries[first - 1 : last]
        seal = signer.seal("directives", last, entries[-1].hash)
        self.receive("directives", encode(DirectivesMessage(directives=entries, seal=seal)))

    def later(self, ns: int) -> None:
        self.now_ns += ns
        self.exchange.advance(self.now_ns)

    def asked(self) -> list[int]:
        """From where directives were asked for, so far."""
        requests = [
            decode("requests", sent.payload)
            for sent in self.sent
            if parse_topic(sent.topic)[1] == "requests"
        ]
        return [request.from_sequence for request in requests if isinstance(request, Request)]


def acknowledgement(signer: Signer = CENTRAL, through: int = 3, head: str | None = None) -> bytes:
    log = Log()
    log.stop(3)
    return encode(signer.seal("ledger-ack", through, head or log.entries[through - 1].hash))
