"""Whatever arrives at a gateway: its link goes on, says why in one line, and nothing changes."""

import json
import logging
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mqtt.messages import DirectivesMessage
from mqtt.payloads import encode
from mqtt.seals import Signer
from mqtt.topics import KINDS, Kind, topic_of
from tests.mqtt.damage import change, spoil
from tests.mqtt.exchange.gateway import CENTRAL, Gateway, directives
from tests.mqtt.parties import EPOCH, GATEWAY, GATEWAY_KEY, INCARNATION

FOREIGN = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
SIGNERS = {
    "another key": Signer(FOREIGN, GATEWAY, INCARNATION, EPOCH),
    "the gateway's own key": Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH),
}
HOSTILE = settings(
    max_examples=6 * settings().max_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LOG = directives(20)


def sent(kind: str, signer: Signer) -> tuple[Kind, bytes]:
    """A message of central's, valid if central signed it."""
    if kind == "ledger/ack":
        ledger = Gateway().ledger
        return "ledger/ack", encode(signer.seal("ledger-ack", 3, ledger.entries[2].hash))
    if kind == "directives/head":
        return "directives/head", encode(signer.seal("directives-head", *LOG.head()))
    first, last = (1, 5) if kind == "known" else (6, 10)
    entries = LOG.entries[first - 1 : last]
    seal = signer.seal("directives", last, entries[-1].hash)
    return "directives", encode(DirectivesMessage(directives=entries, seal=seal))


def state(gateway: Gateway) -> tuple[Any, ...]:
    """What is applied, and what the gateway was told apart from how the link is."""
    told = [one for one in gateway.told if one[0] != "state"]
    return len(gateway.applied), told


@HOSTILE
@given(data=st.data())
def test_damaged_messages(caplog: pytest.LogCaptureFixture, data: Any) -> None:
    gateway = Gateway()
    gateway.receive(*sent("known", CENTRAL))
    before = state(gateway)
    assert before == (5, [])
    draw = data.draw
    kind, payload = sent(
        draw(st.sampled_from(["known", "new", "ledger/ack", "directives/head"])), CENTRAL
    )
    good = payload
    topic = topic_of(GATEWAY, kind)
    match draw(st.sampled_from(["change", "change", "spoil", "elsewhere", "foreign"])):
        case "change":
            payload = change(draw, json.loads(payload))
        case "spoil":
            payload = spoil(draw, payload)
        case "elsewhere":
            others = [topic_of("depot-2", other) for other in KINDS]
            others += [topic_of(GATEWAY, other) for other in KINDS if other != kind]
            topic = draw(st.sampled_from([*others, "", "takar/v1/#", "takar/v2/x/status"]))
        case _:
            name = draw(st.sampled_from(["known", "new", "ledger/ack", "directives/head"]))
            kind, payload = sent(name, SIGNERS[draw(st.sampled_from(sorted(SIGNERS)))])
            topic = topic_of(GATEWAY, kind)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        gateway.exchange.receive(topic, payload, gateway.now_ns)
    gateway.exchange.advance(gateway.now_ns)
    lines = [record.getMessage() for record in caplog.records]
    if lines:
        assert len(lines) == 1
        assert vars(caplog.records[0])["event"] == "message_dropped"
        assert "\n" not in lines[0]
        assert state(gateway) == before
    else:  # only written otherwise: it says what the good one says
        assert topic == topic_of(GATEWAY, kind)
        assert json.loads(payload) == json.loads(good)


@HOSTILE
@given(data=st.data())
def test_what_a_central_of_another_version_seals(data: Any) -> None:
    """Proven and chained: it is handed on to be judged by subject, whatever its data are."""
    gateway = Gateway()
    log = directives(3)
    raw = json.loads(msgspec.json.encode(log.entries[-1].data))
    try:
        altered = json.loads(change(data.draw, {"data": raw}))["data"]
        log.append("card.colour", altered)
        head = log.head()
    except (ValueError, RecursionError, KeyError, AttributeError):
        return  # has no canonical form, or is no object
    entries = log.entries
    seal = CENTRAL.seal("directives", *head)
    body = {"directives": [msgspec.to_builtins(e) for e in entries], "seal": seal}
    gateway.receive("directives", msgspec.json.encode(body))
    assert len(gateway.applied) in (0, len(entries))
    gateway.receive_directives(directives(3), 1, 3)
    assert len(gateway.applied) >= 3
