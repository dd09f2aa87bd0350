"""What the link does with what arrives: messages good and bad, in and out of order."""

import logging
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.chain import GENESIS, entry_hash
from gateway.core.facts import KeyStatement
from gateway.core.log import Entry
from gateway.core.units import NS_PER_MS, NS_PER_S
from mqtt.certificates import state
from mqtt.connection import Publication
from mqtt.exchange import Exchange, LinkCallbacks
from mqtt.messages import DirectivesMessage, KeysMessage, LedgerMessage, Request
from mqtt.payloads import MAX_PAYLOAD_BYTES, decode, encode
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
NO_EXAMPLE = Ed25519PrivateKey.generate()
"""The contract's examples, which the others are, may not be certified."""


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


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def test_a_connect_sends_the_ledger_and_asks_once(gateway: Gateway) -> None:
    assert [parse_topic(sent.topic)[1] for sent in gateway.sent] == ["ledger", "requests"]
    assert all(sent.qos == 1 and not sent.retain for sent in gateway.sent)
    gateway.later(3 * NS_PER_S)
    assert gateway.asked() == [1]
    assert gateway.told == [("state", True)]


def acknowledgement(signer: Signer = CENTRAL, through: int = 3, head: str | None = None) -> bytes:
    log = Log()
    log.stop(3)
    return encode(signer.seal("ledger-ack", through, head or log.entries[through - 1].hash))


BAD: dict[str, tuple[Kind, bytes, str, str]] = {
    "not JSON": ("ledger/ack", b"\x00hello", GATEWAY, "malformed"),
    "empty": ("ledger/ack", b"", GATEWAY, "truncated"),
    "too large": ("directives", b" " * (MAX_PAYLOAD_BYTES + 1), GATEWAY, "at most 262144"),
    "another topic's message": ("directives", acknowledgement(), GATEWAY, "unknown field|missing"),
    "other gateway's topic": ("ledger/ack", acknowledgement(), "depot-2", "meant for depot-2"),
    "other gateway's seal": (
        "ledger/ack",
        acknowledgement(Signer(CENTRAL_KEY, "depot-2", INCARNATION, EPOCH)),
        GATEWAY,
        "seal of gateway 'depot-2'",
    ),
    "other incarnation": (
        "ledger/ack",
        acknowledgement(Signer(CENTRAL_KEY, GATEWAY, "0" * 16, EPOCH)),
        GATEWAY,
        "seal of incarnation",
    ),
    "other epoch": (
        "ledger/ack",
        acknowledgement(Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH - 1)),
        GATEWAY,
        "seal of epoch 0",
    ),
    "sealed by a gateway": (
        "ledger/ack",
        acknowledgement(Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH)),
        GATEWAY,
        "unknown key",
    ),
    "seal of another type": (
        "ledger/ack",
        encode(CENTRAL.seal("directives-head", 3, "0" * 64)),
        GATEWAY,
        "seal of type 'directives-head'",
    ),
}


@pytest.mark.parametrize(("kind", "payload", "topic_of_gateway", "why"), BAD.values(), ids=BAD)
def test_a_bad_message_is_dropped_with_its_reason(
    gateway: Gateway,
    caplog: pytest.LogCaptureFixture,
    kind: Kind,
    payload: bytes,
    topic_of_gateway: str,
    why: str,
) -> None:
    before = len(gateway.sent)
    with caplog.at_level(logging.WARNING):
        gateway.receive(kind, payload, topic_of_gateway)
    assert re.search(why, caplog.text)
    assert gateway.told == [("state", True)]
    assert gateway.applied == []
    assert len(gateway.sent) == before
    gateway.receive("ledger/ack", acknowledgement())
    assert gateway.told[-1] == ("ack", 3)


def test_a_topic_outside_the_contract_is_dropped(gateway: Gateway) -> None:
    gateway.exchange.receive("takar/v9/x", b"{}", 0)
    assert gateway.told == [("state", True)]


def test_a_replayed_acknowledgement_is_told_once(gateway: Gateway) -> None:
    for through in (2, 3, 3, 2):
        gateway.receive("ledger/ack", acknowledgement(through=through))
    assert gateway.told == [("state", True), ("ack", 2), ("ack", 3)]


def test_a_fork_is_told_once(gateway: Gateway) -> None:
    for _ in range(2):
        gateway.receive("ledger/ack", acknowledgement(head="f" * 64))
    assert [name for name, _ in gateway.told] == ["state", "forked"]


def test_directives_out_of_order_are_asked_for_and_replays_ignored(gateway: Gateway) -> None:
    log = directives(30)
    gateway.receive_directives(log, 11, 20)
    assert gateway.applied == []
    gateway.receive_directives(log, 1, 10)
    gateway.receive_directives(log, 1, 10)
    gateway.receive_directives(log, 6, 20)
    assert gateway.applied == log.entries[:20]
    gateway.receive_directives(log, 21, 30)
    assert gateway.applied == log.entries


def test_a_flood_of_misplaced_directives_does_not_make_us_ask_in_a_storm(gateway: Gateway) -> None:
    log = directives(30)
    for _ in range(50):
        gateway.receive_directives(log, 11, 20)
        gateway.later(100 * NS_PER_MS)
    assert gateway.asked() == [1, 1, 1]


def test_a_newer_head_makes_us_ask_until_it_is_reached(gateway: Gateway) -> None:
    log = directives(20)
    gateway.receive_directives(log, 1, 10)
    gateway.later(NS_PER_S)
    assert gateway.asked() == [1]
    gateway.receive("directives/head", encode(CENTRAL.seal("directives-head", *log.head())))
    assert gateway.asked() == [1, 11]
    gateway.later(NS_PER_S)
    assert gateway.asked() == [1, 11, 11]
    gateway.receive_directives(log, 11, 20)
    gateway.later(100 * NS_PER_S)
    assert gateway.asked() == [1, 11, 11]


def test_directives_of_another_history_are_not_applied(gateway: Gateway) -> None:
    log, other = directives(20), directives(0)
    other.price(11)
    other.entries[9:] = []
    other.append("price.put", log.entries[0].data)
    other.price(5)
    gateway.receive_directives(log, 1, 10)
    gateway.receive_directives(other, 11, 15)
    gateway.receive("directives/head", encode(CENTRAL.seal("directives-head", 10, "f" * 64)))
    assert gateway.applied == log.entries[:10]


def test_wrongly_sealed_directives_do_not_advance(gateway: Gateway) -> None:
    log = directives(10)
    gateway.receive_directives(log, 1, 10, Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH))
    gateway.receive_directives(log, 1, 10, Signer(CENTRAL_KEY, GATEWAY, "0" * 16, EPOCH))
    assert gateway.applied == []
    gateway.receive_directives(log, 1, 10)
    assert gateway.applied == log.entries


def test_directives_that_could_not_be_applied_are_asked_for_again(gateway: Gateway) -> None:
    log = directives(10)
    gateway.apply_fails = True
    gateway.receive_directives(log, 1, 10)
    gateway.apply_fails = False
    gateway.later(4 * NS_PER_S)
    assert gateway.asked() == [1]
    gateway.later(NS_PER_S)
    assert gateway.asked() == [1, 1]
    gateway.receive_directives(log, 1, 10)
    assert gateway.applied == log.entries


def test_nothing_is_sent_while_the_connection_is_down(gateway: Gateway) -> None:
    gateway.exchange.went_down("broker closed the connection")
    before = len(gateway.sent)
    gateway.ledger.stop()
    gateway.later(100 * NS_PER_S)
    assert len(gateway.sent) == before
    assert gateway.exchange.next_due_ns() is None
    assert gateway.told == [("state", True), ("state", False)]
    gateway.exchange.went_up("connected", gateway.now_ns)
    gateway.exchange.advance(gateway.now_ns)
    assert len(gateway.sent) == before + 2


def unreadable(signer: Signer) -> bytes:
    """Directives in an envelope with a field that this version does not know."""
    raw = [msgspec.to_builtins(entry) for entry in directives(3).entries]
    for entry in raw:
        entry["signed_by"] = "mayor"
    for before, after in pairwise(raw):
        after["prevhash"] = entry_hash(before)
    seal = signer.seal("directives", raw[-1]["sequence"], entry_hash(raw[-1]))
    return msgspec.json.encode({"kind": "directives", "directives": raw, "seal": seal})


def sealed_beside(more: bytes) -> bytes:
    """Good directives with something in their message that no seal covers."""
    entries = directives(3).entries
    seal = CENTRAL.seal("directives", 3, entries[-1].hash)
    message = encode(DirectivesMessage(directives=entries, seal=seal))
    return message.replace(b"{", b"{" + more, 1)


def test_directives_that_central_sealed_and_nobody_here_can_read_stop_the_sales(
    gateway: Gateway,
) -> None:
    gateway.receive("directives", unreadable(CENTRAL))
    (told,) = [one for one in gateway.told if one[0] == "unreadable"]
    assert "signed_by" in told[1]
    assert not gateway.applied


@pytest.mark.parametrize(
    "payload",
    [
        unreadable(Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH)),
        unreadable(Signer(CENTRAL_KEY, GATEWAY, "9" * 16, EPOCH)),
        unreadable(CENTRAL).replace(b"mayor", b"enemy"),
        unreadable(CENTRAL)[:-1],
        sealed_beside(b'"more":1,'),
        b"[" * 100_000,
    ],
    ids=["another's key", "another incarnation", "altered", "cut", "beside", "deep"],
)
def test_what_central_has_not_sealed_stops_nothing(gateway: Gateway, payload: bytes) -> None:
    gateway.receive("directives", payload)
    assert gateway.told == [("state", True)]


def test_what_is_known_already_need_not_be_read(gateway: Gateway) -> None:
    gateway.receive_directives(directives(3), 1, 3)
    gateway.receive("directives", unreadable(CENTRAL))
    assert gateway.told == [("state", True)]


NEXT_EPOCH = Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH + 1)


def epochs_of(gateway: Gateway) -> list[Any]:
    return [one for one in gateway.told if one[0] == "epoch"]


def test_a_new_epoch_is_adopted_and_the_ledger_sent_again_from_what_central_has(
    gateway: Gateway,
) -> None:
    gateway.receive("ledger/ack", acknowledgement())
    gateway.receive_directives(directives(10), 1, 10)
    gateway.sent.clear()
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 1))
    assert epochs_of(gateway) == [("epoch", EPOCH + 1, 1)]
    ledger, request = (decode(parse_topic(one.topic)[1], one.payload) for one in gateway.sent)
    assert isinstance(ledger, LedgerMessage)
    assert [entry.sequence for entry in ledger.entries] == [2, 3, 4]
    assert isinstance(request, Request)
    assert (request.from_sequence, request.seal.epoch) == (1, EPOCH + 1)
    gateway.receive("ledger/ack", acknowledgement())
    assert gateway.told[1] == ("ack", 3)
    assert len(epochs_of(gateway)) == 1, "one of an old epoch is stale"


@pytest.mark.parametrize(
    "signer",
    [
        Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH + 1),
        Signer(CENTRAL_KEY, GATEWAY, "0" * 16, EPOCH + 1),
    ],
)
def test_only_centrals_seal_for_this_incarnation_makes_an_epoch_ours(
    gateway: Gateway, signer: Signer
) -> None:
    gateway.receive("ledger/ack", acknowledgement(signer, 1))
    assert epochs_of(gateway) == []


def test_a_new_epoch_with_another_history_is_a_fork(gateway: Gateway) -> None:
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 2, "f" * 64))
    assert epochs_of(gateway) == []
    assert gateway.told[-1][0] == "forked"


def test_an_epoch_that_could_not_be_adopted_is_tried_again(gateway: Gateway) -> None:
    gateway.apply_fails = True
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 1))
    gateway.apply_fails = False
    gateway.later(4 * NS_PER_S)
    assert epochs_of(gateway) == []
    gateway.later(NS_PER_S)
    assert epochs_of(gateway) == [("epoch", EPOCH + 1, 1)]


def test_the_new_directives_are_complete_at_the_head_that_came_before_the_epoch(
    gateway: Gateway,
) -> None:
    log = directives(20)
    head = encode(NEXT_EPOCH.seal("directives-head", *log.head()))
    gateway.receive("directives/head", head)
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 1))
    gateway.receive_directives(log, 1, 10, NEXT_EPOCH)
    assert "complete" not in gateway.told
    gateway.receive_directives(log, 11, 20, NEXT_EPOCH)
    assert gateway.told[-1] == "complete"


def test_what_central_lacks_and_we_pruned_is_said(gateway: Gateway) -> None:
    gateway.receive("ledger/ack", acknowledgement())
    kept = gateway.ledger.entries[2:]
    gateway.ledger.entries_after = (  # type: ignore[method-assign]
        lambda sequence, limit: [e for e in kept if e.sequence > sequence][:limit]
    )
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 1))
    assert gateway.told[-1] == ("state", False)
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 3))
    assert gateway.told[-1] == ("state", True)


def stated(serial: int) -> KeyStatement:
    return state(
        NO_EXAMPLE,
        "key-certificate",
        "central",
        NO_EXAMPLE.public_key(),
        serial=serial,
        issued="2026-11-02T01:00:00.000Z",
    )


@pytest.mark.parametrize("news", [True, False], ids=["full disk", "slow disk that kept them"])
def test_keys_that_could_not_be_kept_are_tried_again(gateway: Gateway, news: bool) -> None:
    """The broker says them once in a connection; meanwhile nothing that central seals is read."""
    gateway.receive("ledger/ack", acknowledgement())
    gateway.apply_fails, gateway.keys_are_news = True, news
    gateway.receive("keys", encode(KeysMessage(statements=[stated(1)])))
    gateway.receive("keys", encode(KeysMessage(statements=[stated(1), stated(2)])))
    asked = len(gateway.asked())
    gateway.apply_fails = False
    gateway.later(4 * NS_PER_S)
    assert ("keys", [1, 2]) not in gateway.told
    due_ns = gateway.exchange.next_due_ns()
    assert due_ns is not None
    gateway.later(due_ns - gateway.now_ns)
    assert gateway.told[-1] == ("keys", [1, 2])
    assert len(gateway.asked()) == asked + 1
    gateway.later(20 * NS_PER_S)
    assert gateway.told.count(("keys", [1, 2])) == 1
