"""Directives in and out of order, and those that nobody here can read."""

from itertools import pairwise

import msgspec
import pytest

from gateway.core.chain import entry_hash
from gateway.core.units import NS_PER_MS, NS_PER_S
from mqtt.messages import DirectivesMessage
from mqtt.payloads import encode
from mqtt.seals import Signer
from tests.mqtt.exchange.gateway import CENTRAL, Gateway, directives
from tests.mqtt.parties import (
    CENTRAL_KEY,
    EPOCH,
    GATEWAY,
    GATEWAY_KEY,
    INCARNATION,
)


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
