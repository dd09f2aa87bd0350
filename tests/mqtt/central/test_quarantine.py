"""Poison entries: kept whole, passed, and used as soon as somebody can."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from gateway.core import facts
from gateway.core.chain import canonical, entry_hash
from gateway.core.facts import Fact
from mqtt.central import projections, quarantine
from mqtt.central.quarantine import Kept, NotThere, listed, retry
from mqtt.central.report_tables import refusals, sales
from mqtt.central.tables import entries, grants
from mqtt.central.written_off import revoke
from mqtt.messages import MAX_ENTRIES
from tests.mqtt.central.city import NOW, ZONE

Change = Callable[[dict[str, Any]], None]


class TankDipped(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    level_ml: int


def in_quarantine(office: Any) -> list[Kept]:
    with office.engine.connect() as connection:
        found: list[Kept] = listed(connection)
        return found


def rewritten(office: Any, number: int, change: Change) -> Any:
    """A ledger message in which one entry is changed before it was chained and sealed."""
    raw = [json.loads(msgspec.json.encode(entry)) for entry in office.first.entries]
    change(raw[number])
    for before, after in pairwise(raw):
        after["prevhash"] = entry_hash(before)
    seal = office.first.signer.seal("ledger", len(raw), entry_hash(raw[-1]))
    body = {"entries": raw, "seal": msgspec.to_builtins(seal)}
    return office.first.received("ledger", json.dumps(body).encode())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda raw: raw.update(colour="red"), "unknown field `colour`"),
        (lambda raw: raw.update(type="x" * 65), "length <= 64"),
        (lambda raw: raw.update(data=[1, 2]), "Expected `object`"),
        (lambda raw: raw.pop("time"), "missing required field `time`"),
        (lambda raw: raw.update(source="takar/depot-2"), "of takar/depot-2"),
        (lambda raw: raw.update(id=f"{'9' * 16}/17"), "calls itself"),
        (lambda raw: raw.update(id=f"{'9' * 16}/2"), f"expected {'1' * 16}/2 of takar/depot-1"),
    ],
)
def test_an_unreadable_envelope_is_kept_as_it_came_and_holds_up_nothing(
    office: Any, change: Change, why: str
) -> None:
    for _ in range(3):
        office.first.sell()
    answers = office.handle(rewritten(office, 1, change))
    assert office.acknowledged(answers)["depot-1"].sequence == 3
    assert not office.rejections()
    assert office.count() == (3, 2, 2000)
    (kept,) = in_quarantine(office)
    assert kept.sequence == 2
    assert why in kept.why
    stored = office.scalar(select(entries.c.hash).where(entries.c.sequence == 2))
    assert entry_hash(json.loads(kept.body)) == stored

    office.first.entries[2:] = []  # what follows continues what was acknowledged
    again = office.handle(rewritten(office, 1, change))
    assert office.acknowledged(again)["depot-1"].sequence == 3, "told twice, it changes nothing"
    assert len(in_quarantine(office)) == 1


def test_an_entry_of_another_incarnation_is_kept_however_the_message_is_written(
    office: Any,
) -> None:
    for _ in range(3):
        office.first.sell()
    loose = rewritten(office, 0, lambda raw: raw.update(id=f"{'9' * 16}/1"))
    answers = office.handle(loose._replace(payload=canonical(json.loads(loose.payload))))
    assert office.acknowledged(answers)["depot-1"].sequence == 3
    assert [kept.sequence for kept in in_quarantine(office)] == [1]


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.update(sequence="two"),
        lambda raw: raw.update(sequence=7),
        lambda raw: raw.pop("prevhash"),
        lambda raw: raw.update(data={"volume_ml": 2**53}),
    ],
)
def test_what_is_no_link_of_a_chain_is_rejected_whole(office: Any, change: Change) -> None:
    for _ in range(3):
        office.first.sell()
    raw = [json.loads(msgspec.json.encode(entry)) for entry in office.first.entries]
    change(raw[1])
    seal = office.first.signer.seal("ledger", 3, office.first.entries[2].hash)
    body = {"entries": raw, "seal": msgspec.to_builtins(seal), "more": 1}
    office.handle(office.first.received("ledger", json.dumps(body).encode()))
    assert office.count() == (0, 0, 0)
    assert len(office.rejections()) == 1


def test_without_the_gateways_seal_nothing_is_kept(office: Any) -> None:
    office.first.sell()
    message = rewritten(office, 0, lambda raw: raw.update(colour="red"))
    forged = json.loads(message.payload)
    forged["seal"]["signature"] = "A" * 86
    office.handle(office.first.received("ledger", json.dumps(forged).encode()))
    assert office.count() == (0, 0, 0)
    assert not in_quarantine(office)
    assert "signature" in office.rejections()[0]


def test_too_many_entries_are_rejected_even_if_unreadable(office: Any) -> None:
    for _ in range(MAX_ENTRIES + 1):
        office.first.refuse()  # short, for it is the number that counts
    office.handle(rewritten(office, 0, lambda raw: raw.update(colour="red")))
    assert office.count() == (0, 0, 0)


def test_one_that_breaks_our_own_code_is_alone_in_quarantine(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = projections.project

    def project(teller: Any, read: Any, **how: Any) -> None:
        real(teller, read, **how)
        if any(told.sequence == 2 for told in read):
            raise KeyError("a bug of ours")

    with monkeypatch.context() as patched:
        patched.setattr(quarantine, "project", project)
        for _ in range(3):
            office.first.sell()
        assert office.acknowledged(office.handle(office.first.ledger()))["depot-1"].sequence == 3
    assert office.count() == (3, 2, 2000)
    (kept,) = in_quarantine(office)
    assert (kept.sequence, kept.why) == (2, "KeyError: 'a bug of ours'")

    with office.engine.begin() as connection:
        assert retry(connection, kept, ZONE, NOW) == ""
    assert office.count() == (3, 3, 3000)
    with office.engine.begin() as connection, pytest.raises(NotThere):
        retry(connection, kept, ZONE, NOW)
    assert office.count() == (3, 3, 3000)


def test_a_full_disk_is_no_poison(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def project(*_: Any, **__: Any) -> None:
        raise OperationalError("insert", {}, Exception("database or disk is full"))

    monkeypatch.setattr(quarantine, "project", project)
    office.first.sell()
    with pytest.raises(OperationalError):
        office.handle(office.first.ledger())
    assert office.count() == (0, 0, 0)


def test_a_type_that_a_newer_central_knows_is_used_at_a_retry(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.first.append("tank.dipped", {"level_ml": 5})
    office.first.append("sale.refused", {"pump": "one"})
    office.handle(office.first.ledger())
    dipped, wrong = in_quarantine(office)
    with office.engine.begin() as connection:
        assert "not know the type" in retry(connection, dipped, ZONE, NOW)
    monkeypatch.setitem(facts.FACT_TYPES, "tank.dipped", TankDipped)
    with office.engine.begin() as connection:
        assert retry(connection, dipped, ZONE, NOW) == ""
        assert "sale.refused" in retry(connection, wrong, ZONE, NOW)
    assert [one.sequence for one in in_quarantine(office)] == [2]
    assert office.scalar(select(refusals.c.sequence)) is None
    assert office.scalar(select(sales.c.sequence)) is None


def unreadable(office: Any, kind: str, data: dict[str, Any]) -> Kept:
    """An entry that central cannot read yet, proven and kept."""
    office.first.append(kind, data)
    office.handle(office.first.ledger(len(office.first.entries)))
    (kept,) = in_quarantine(office)
    return kept


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it to upgrade central: it then knows sales by another name."""

    def upgrade() -> None:
        monkeypatch.setitem(facts.FACT_TYPES, "sale.completed2", facts.SaleCompleted)

    return upgrade


def test_what_was_changed_in_the_database_is_not_used(
    office: Any, newer: Callable[[], None]
) -> None:
    sale = office.first.sell(1000).data
    office.first.entries.clear()
    kept = unreadable(office, "sale.completed2", sale)
    newer()
    forged = kept.body.replace('"volume_ml":1000', '"volume_ml":9000')
    assert forged != kept.body
    with office.engine.begin() as connection:
        connection.execute(update(entries).values(body=forged))
    (changed,) = in_quarantine(office)
    with office.engine.begin() as connection:
        assert "changed in central's database" in retry(connection, changed, ZONE, NOW)
    assert office.count() == (1, 0, 0)
    with office.engine.begin() as connection:
        connection.execute(update(entries).values(body=kept.body))
        assert retry(connection, changed, ZONE, NOW) == "", "what is there, not what was listed"
    assert office.count() == (1, 1, 1000)


def test_of_a_gateway_revoked_meanwhile_it_is_history(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = unreadable(office, "grant.closed2", {"grant_no": 1, "spent_ml": 0, "why": "recalled"})
    with office.engine.begin() as connection:
        revoke(connection, "depot-1", by="head", reason="stolen", now=NOW)
        connection.execute(update(grants).values(closed_ml=None))
    monkeypatch.setitem(facts.FACT_TYPES, "grant.closed2", facts.GrantClosed)
    with office.engine.begin() as connection:
        assert retry(connection, kept, ZONE, NOW) == ""
    assert office.scalar(select(grants.c.closed_ml).where(grants.c.grant_no == 1)) is None


def test_what_calls_itself_anothers_is_used_by_no_retry(office: Any) -> None:
    office.first.sell()
    office.handle(rewritten(office, 0, lambda raw: raw.update(source="takar/depot-2")))
    (kept,) = in_quarantine(office)
    with office.engine.begin() as connection:
        assert "calls itself" in retry(connection, kept, ZONE, NOW)
    assert office.count() == (1, 0, 0)
