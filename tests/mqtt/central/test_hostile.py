"""Whatever arrives at central: it answers or refuses, in one line, and no quota changes."""

import json
import logging
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from gateway.core.chain import GENESIS, entry_hash
from mqtt.central.opening import Received
from mqtt.central.report_tables import rejected, sales
from mqtt.central.tables import directives, entries, grants, subjects
from mqtt.payloads import encode
from mqtt.seals import Signer
from mqtt.topics import KINDS, topic_of
from tests.mqtt.damage import change, spoil

FOREIGN = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
HOSTILE = settings(
    max_examples=4 * settings().max_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def books(office: Any) -> tuple[Any, ...]:
    """Everything that says what may be sold, or what was."""
    with office.engine.connect() as connection:
        return (
            connection.execute(select(grants).order_by(grants.c.gateway, grants.c.grant_no)).all(),
            connection.execute(select(subjects).order_by(subjects.c.subject)).all(),
            connection.execute(select(sales).order_by(sales.c.gateway, sales.c.sequence)).all(),
            connection.scalar(select(func.count()).select_from(directives)),
        )


def refused(office: Any) -> int:
    return office.scalar(select(func.max(rejected.c.id))) or 0


def good(office: Any, draw: Any) -> Received:
    """A message that central has taken before."""
    first = office.first
    choices = [
        first.ledger(),
        first.ledger(2, 3),
        first.request(1, GENESIS),
        first.status("online", 1),
    ]
    chosen: Received = draw(st.sampled_from(choices))
    return chosen


@pytest.fixture
def told(office: Any) -> Any:
    for volume_ml in (1000, 2000, 700):
        office.first.sell(volume_ml)
    office.handle(office.first.ledger(), office.first.status("online", 1))
    return office


@HOSTILE
@given(data=st.data())
def test_damaged_messages(told: Any, caplog: pytest.LogCaptureFixture, data: Any) -> None:
    before, refusals = books(told), refused(told)
    message = good(told, data.draw)
    match data.draw(st.sampled_from(["change", "change", "spoil", "elsewhere", "foreign"])):
        case "change":
            payload = change(data.draw, json.loads(message.payload))
            hostile = Received(message.topic, payload)
        case "spoil":
            hostile = Received(message.topic, spoil(data.draw, message.payload))
        case "elsewhere":
            topics = [topic_of("depot-2", kind) for kind in KINDS]
            topics += [topic_of("nobody", "ledger"), "takar/v2/x", "", "takar/v1//ledger"]
            hostile = Received(data.draw(st.sampled_from(topics)), message.payload)
        case _:
            hostile = Received(message.topic, signed_by_another(told, message))
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        told.handle(hostile)
    assert books(told) == before
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == refused(told) - refusals <= 1
    assert all("rejected a message on" in line and "\n" not in line for line in lines)


def signed_by_another(office: Any, message: Received) -> bytes:
    body = json.loads(message.payload)
    signer = Signer(FOREIGN, "depot-1", office.first.incarnation, 1)
    old = body["seal"]
    body["seal"] = msgspec.to_builtins(signer.seal(old["type"], old["sequence"], old["head"]))
    return json.dumps(body).encode()


@HOSTILE
@given(data=st.data())
def test_what_a_gateway_of_another_version_seals(
    told: Any, caplog: pytest.LogCaptureFixture, data: Any
) -> None:
    """Proven, chained and odd: kept or refused, and it changes no grant.

    The next entry is damaged before it is sealed with the gateway's own key.
    """
    quotas = books(told)[0]
    through = told.row("depot-1").through
    head = told.row("depot-1").head
    entry = json.loads(msgspec.json.encode(told.first.entries[-1])) | {
        "id": f"{told.first.incarnation}/{through + 1}",
        "sequence": through + 1,
        "prevhash": head,
        "type": data.draw(st.sampled_from(["tank.dipped", "sale.refused", "x" * 70, ""])),
    }
    payload = change(data.draw, entry)
    caplog.clear()
    try:
        raw = json.loads(payload)
        sealed = told.first.signer.seal("ledger", through + 1, entry_hash(raw))
    except (ValueError, RecursionError):
        return  # what has no canonical form was never chained by anybody
    body = {"entries": [raw], "seal": msgspec.to_builtins(sealed)}
    with caplog.at_level(logging.WARNING):
        told.handle(told.first.received("ledger", json.dumps(body).encode()))
    assert books(told)[0] == quotas
    row = told.row("depot-1")
    assert row.through in (through, through + 1)
    taken = row.through == through + 1
    assert len(caplog.records) == 1
    stored = told.scalar(
        select(entries.c.hash).where(
            entries.c.gateway == "depot-1", entries.c.sequence == through + 1
        )
    )
    assert (stored == sealed.head) == taken


def test_the_good_messages_are_good(told: Any) -> None:
    """Else nothing above shows anything."""
    for message in (told.first.ledger(2, 3), told.first.request(1, GENESIS)):
        assert told.handle(message)
    assert refused(told) == 0
    assert encode(told.first.message())
