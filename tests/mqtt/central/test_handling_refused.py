"""Messages that prove nothing are refused, each with its reason."""

import dataclasses
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.chain import GENESIS
from mqtt.central.central_keys import announcements, statements
from mqtt.central.opening import Received
from mqtt.payloads import encode
from mqtt.topics import parse_topic


def _other_key(office: Any) -> Received:
    stranger = dataclasses.replace(office.first, key=Ed25519PrivateKey.generate())
    return stranger.ledger()  # type: ignore[no-any-return]


def _other_gateways_key(office: Any) -> Received:
    return dataclasses.replace(office.first, key=office.second.key).ledger()  # type: ignore[no-any-return]


def _other_gateways_message(office: Any) -> Received:
    office.second.sell()
    return Received("takar/v1/depot-1/ledger", office.second.ledger().payload)


def _other_incarnation(office: Any) -> Received:
    restored = dataclasses.replace(office.first, incarnation="9" * 16, entries=[])
    restored.sell()
    return restored.ledger()  # type: ignore[no-any-return]


def _later_epoch(office: Any) -> Received:
    return dataclasses.replace(office.first, epoch=2).ledger()  # type: ignore[no-any-return]


def _unknown_gateway(office: Any) -> Received:
    return dataclasses.replace(office.first, name="depot-9").ledger()  # type: ignore[no-any-return]


def _not_json(office: Any) -> Received:
    return Received("takar/v1/depot-1/ledger", b"\xff{")


def _too_large(office: Any) -> Received:
    return Received("takar/v1/depot-1/ledger", b" " * 262_145)


def _edited(office: Any) -> Received:
    payload = office.first.ledger().payload
    return Received("takar/v1/depot-1/ledger", payload.replace(b'"pump":1', b'"pump":2'))


def _seal_of_a_request(office: Any) -> Received:
    message = office.first.message()
    seal = office.first.signer.seal("request", message.seal.sequence, message.seal.head)
    return Received("takar/v1/depot-1/ledger", encode(msgspec.structs.replace(message, seal=seal)))


def _out_of_order(office: Any) -> Received:
    office.first.sell()
    message = office.first.message()
    swapped = msgspec.structs.replace(message, entries=list(reversed(message.entries)))
    return Received("takar/v1/depot-1/ledger", encode(swapped))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (_other_key, "unknown key"),
        (_other_gateways_key, "none of depot-1"),
        (_other_gateways_message, "seal of gateway 'depot-2'"),
        (_other_incarnation, "expected gateway.restored at 1"),
        (_later_epoch, "epoch 2"),
        (_unknown_gateway, "not registered"),
        (_not_json, "not a message of this topic"),
        (_too_large, "262145 bytes"),
        (_edited, "sealed at 1"),
        (_seal_of_a_request, "seal of type 'request'"),
        (_out_of_order, "expected entry 3"),
    ],
)
def test_what_proves_nothing_is_rejected_with_one_line_and_counted(
    office: Any, bad: Any, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    office.first.sell()
    good = office.first.ledger()
    answers = office.handle(bad(office), good)
    assert office.count() == (1, 1, 1000), "the good message beside it is applied"
    assert office.acknowledged(answers)["depot-1"].sequence == 1
    assert len(office.rejections()) == len(caplog.records) == 1
    assert reason in office.rejections()[0]
    assert office.row("depot-1").rejected == (0 if bad is _unknown_gateway else 1)


def test_what_central_itself_wrote_is_neither_taken_nor_counted(
    office: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A broker may bring it back: an echo, or what it retains."""
    office.first.sell()
    handler = office.handler()
    written = [
        *handler.handle([office.first.ledger(), office.first.request(1, GENESIS)]),
        *handler.new_heads({}),
    ]
    with office.engine.connect() as connection:
        written += announcements(connection, statements(connection))
    kinds = {parse_topic(one.topic)[1] for one in written}
    assert kinds == {"ledger/ack", "directives", "directives/head", "keys"}
    echoes = [Received(one.topic, one.payload) for one in written]
    office.first.sell()
    answers = office.handle(*echoes, office.first.ledger())
    assert office.acknowledged(answers)["depot-1"].sequence == 2
    assert office.rejections() == caplog.messages == []
    assert office.row("depot-1").rejected == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda topic, payload: (topic.replace("depot-1", "depot-2"), payload),
        lambda topic, payload: (topic, payload[:-1]),
        lambda topic, payload: ("takar/v1/depot-1/directives", payload),
    ],
)
def test_what_is_foreign_on_centrals_own_topics_is_counted(office: Any, change: Any) -> None:
    office.first.sell()
    answer = office.handle(office.first.ledger())[0]
    office.handle(Received(*change(answer.topic, answer.payload)))
    assert len(office.rejections()) == 1


@pytest.mark.parametrize(("first", "sealed_at"), [(2, 2), (999, 999), (1, 3)])
def test_a_request_from_a_place_that_is_not_ours_is_rejected(
    office: Any, first: int, sealed_at: int
) -> None:
    answers = office.handle(office.first.request(first, "ab" * 32, sealed_at=sealed_at))
    assert not any(answer.topic.endswith("/directives") for answer in answers)
    assert len(office.rejections()) == 1
