"""What the link does with messages good and bad, told once or again."""

import logging
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.facts import KeyStatement
from gateway.core.units import NS_PER_S
from mqtt.certificates import state
from mqtt.messages import KeysMessage, Status
from mqtt.payloads import MAX_PAYLOAD_BYTES, encode
from mqtt.seals import Signer
from mqtt.topics import Kind, parse_topic
from tests.mqtt.exchange.gateway import CENTRAL, Gateway, acknowledgement
from tests.mqtt.parties import (
    CENTRAL_KEY,
    EPOCH,
    GATEWAY,
    GATEWAY_KEY,
    INCARNATION,
)

NO_EXAMPLE = Ed25519PrivateKey.generate()
"""The contract's examples, which the others are, may not be certified."""


def test_a_connect_sends_the_ledger_and_asks_once(gateway: Gateway) -> None:
    assert [parse_topic(sent.topic)[1] for sent in gateway.sent] == ["ledger", "requests"]
    assert all(sent.qos == 1 and not sent.retain for sent in gateway.sent)
    gateway.later(3 * NS_PER_S)
    assert gateway.asked() == [1]
    assert gateway.told == [("state", True)]


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


@pytest.mark.parametrize("kind", ["ledger/ack", "directives/head", "status", "keys"])
def test_what_another_gateway_should_hear_is_passed_in_silence(
    gateway: Gateway, caplog: pytest.LogCaptureFixture, kind: Kind
) -> None:
    """A broker may bring what it retains for others; what is not even theirs is said."""
    theirs = Signer(CENTRAL_KEY, "depot-2", INCARNATION, EPOCH)
    payload = {
        "ledger/ack": acknowledgement(theirs),
        "directives/head": encode(theirs.seal("directives-head", 3, "0" * 64)),
        "status": encode(
            Status(
                state="online",
                boot=1,
                version="1",
                seal=Signer(NO_EXAMPLE, "depot-2", INCARNATION, EPOCH).seal("status", 1, "0" * 64),
            )
        ),
        "keys": encode(
            KeysMessage(
                statements=[
                    state(
                        NO_EXAMPLE,
                        "key-certificate",
                        "central",
                        NO_EXAMPLE.public_key(),
                        serial=1,
                        issued="2026-07-10T04:00:00.000Z",
                    )
                ]
            )
        ),
    }[kind]
    with caplog.at_level(logging.INFO):
        gateway.receive(kind, payload, "depot-2")
    assert caplog.messages == []
    assert gateway.told == [("state", True)]
    gateway.receive(kind, payload[:-1], "depot-2")
    assert "meant for depot-2" in caplog.text


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
