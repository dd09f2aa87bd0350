"""Whatever arrives at central: it answers or refuses, in one line, and no quota changes."""

import json
import logging
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from gateway.core.chain import GENESIS, entry_hash
from gateway.core.fields import MOST_FILL_ML
from gateway.core.units import amount_idr
from mqtt.central.habits import read_habits
from mqtt.central.minting import mint
from mqtt.central.opening import Received
from mqtt.central.report_tables import quarantine, rejected, sales
from mqtt.central.tables import directives, entries, grants, subjects
from mqtt.payloads import encode
from mqtt.seals import Signer
from mqtt.topics import KINDS, topic_of
from tests.mqtt.central.city import NOW, SUBJECTS, ZONE
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


HUGE_ML = 2**53 - 1
MOST_SALES = 1100
"""So many of HUGE_ML are more than a database's integers hold."""
NEXT = "2026-08"


def mint_next(office: Any) -> dict[str, int]:
    """August's grants by subject, minted after what was told."""
    with office.engine.begin() as connection:
        mint(connection, NEXT, ZONE, NOW)
        total = func.sum(grants.c.volume_ml)
        query = select(grants.c.subject, total).where(grants.c.period == NEXT)
        return dict(connection.execute(query.group_by(grants.c.subject)).all())


def test_huge_sales_stop_no_minting(office: Any) -> None:
    """Each is well formed, chained and sealed by an enrolled gateway: all go to quarantine."""
    first = office.first
    for _ in range(MOST_SALES):
        first.sell(
            HUGE_ML,
            charges=[],
            overrun_ml=HUGE_ML,
            price_idr_per_l=1,
            amount_idr=amount_idr(HUGE_ML, 1),
        )
    for begin in range(1, MOST_SALES, 275):
        office.handle(first.ledger(begin, begin + 274))
    first.sell(1000)
    office.handle(first.ledger(MOST_SALES + 1))
    assert office.row("depot-1").through == MOST_SALES + 1
    assert office.scalar(select(func.count()).select_from(quarantine)) == MOST_SALES
    assert office.scalar(select(func.sum(sales.c.volume_ml))) == 1000
    assert office.scalar(select(func.max(subjects.c.overrun_ml))) == 0
    assert set(mint_next(office)) == set(SUBJECTS)


@pytest.mark.parametrize("beyond", [0, 1])
def test_the_largest_sale_and_one_beyond(office: Any, beyond: int) -> None:
    office.first.sell(MOST_FILL_ML + beyond, charges=[], overrun_ml=MOST_FILL_ML)
    office.handle(office.first.ledger())
    assert office.row("depot-1").through == 1
    assert office.scalar(select(func.count()).select_from(quarantine)) == beyond
    assert office.scalar(select(func.count()).select_from(sales)) == 1 - beyond


def test_habits_sum_whatever_is_in_the_table(told: Any) -> None:
    with told.engine.begin() as connection:
        connection.execute(update(sales).values(volume_ml=2**63 - 1))
        taken_ml = read_habits(connection, NEXT).taken_ml
    assert taken_ml[SUBJECTS[0], "depot-1"] == pytest.approx(3 * 2**63)


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59.999Z", "2026-99-99T99:99:99.999Z"])
def test_a_time_beyond_the_calendar_is_no_poison(office: Any, time: str) -> None:
    """It is sold fuel all the same, of no month."""
    office.first.sell(1000, charges=[], overrun_ml=1000, started=time)
    office.handle(office.first.ledger())
    assert office.scalar(select(func.count()).select_from(quarantine)) == 0
    assert office.scalar(select(sales.c.period)) == ""
