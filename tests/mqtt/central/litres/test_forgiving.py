"""An overrun that never flowed, however large: a person lifts it, on record."""

from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.core.facts import Charge, GrantClosed, GrantRequested
from mqtt.central import forgiving
from mqtt.central.decisions import DecisionRefused, all_decisions
from mqtt.central.forgiving import Forgiven, Overrun, overruns
from mqtt.central.grant_tables import quotas
from mqtt.central.holders import Books, Holder, read_books
from mqtt.central.minting import mint
from mqtt.central.tables import budgets, grants, subjects
from tests.mqtt.central.city import NOW, PERIOD, QUOTA_ML, SUBJECTS, ZONE

SUBJECT, NEXT = SUBJECTS[0], "2026-08"
LIE_ML = 100_000_000
BY: dict[str, Any] = {"by": "head", "reason": "the meter was drenched", "zone": ZONE, "now": NOW}


def books(office: Any, period: str = PERIOD) -> Books:
    with office.engine.connect() as connection:
        found = read_books(connection, Holder(period, "vehicle", SUBJECT))
    assert found is not None
    assert found.charged_ml <= found.quota_ml, "S"
    return found


def lie(office: Any) -> None:
    """A sale of a litre, and 100,000 L that flowed beside it."""
    charges = [Charge(1, 1_000)]
    office.first.sell(LIE_ML, overrun_ml=LIE_ML - 1_000, charges=charges)
    office.handle(office.first.ledger())


def ask(office: Any, wanted_ml: int = 9_000) -> None:
    office.second.tell(
        GrantRequested(kind="vehicle", subject=SUBJECT, period=PERIOD, wanted_ml=wanted_ml)
    )
    office.handle(office.second.ledger())


def held(office: Any) -> list[Overrun]:
    with office.engine.connect() as connection:
        return overruns(connection, ZONE, NOW)


def forgive(office: Any, keep_ml: int = 0, vehicle: str = SUBJECT) -> Forgiven:
    with office.engine.begin() as connection:
        return forgiving.forgive(connection, vehicle, keep_ml, **BY)


def given_ml(office: Any, gateway: str) -> int:
    query = select(grants.c.volume_ml).where(
        grants.c.gateway == gateway, grants.c.subject == SUBJECT, grants.c.period == PERIOD
    )
    with office.engine.connect() as connection:
        return sum(connection.scalars(query))


def test_what_waits_and_what_was_taken_off_comes_back(office: Any) -> None:
    before, had_ml = books(office), given_ml(office, "depot-2")
    lie(office)
    ask(office)
    assert books(office).quota_ml == before.charged_ml, "the reserve is gone"
    assert given_ml(office, "depot-2") == had_ml
    (one,) = held(office)
    assert one.held_ml == LIE_ML - 1_000
    assert one.deducted_ml == {PERIOD: before.reserve_ml}

    done = forgive(office, vehicle="dh 1001 aa")
    assert done == Forgiven(SUBJECT, LIE_ML - 1_000, {PERIOD: before.reserve_ml})
    assert held(office) == []
    assert books(office).quota_ml == QUOTA_ML
    ask(office)
    assert given_ml(office, "depot-2") > had_ml
    with office.engine.connect() as connection:
        newest = all_decisions(connection)[-1]
    assert (newest.who, newest.why) == ("head", "the meter was drenched")
    assert newest.what == (
        f"overrun of {SUBJECT}: 0 ml held instead of {LIE_ML - 1_000} ml, "
        f"{before.reserve_ml} ml back in {PERIOD}"
    )


def test_what_did_flow_is_kept(office: Any) -> None:
    reserve_ml = books(office).reserve_ml
    lie(office)
    ask(office)
    forgive(office, keep_ml=350)
    assert books(office).quota_ml == QUOTA_ML - 350
    assert [one.held_ml for one in held(office)] == [350]
    with pytest.raises(DecisionRefused, match="350 ml are held"):
        forgive(office, keep_ml=350)
    assert reserve_ml > 350


@pytest.mark.parametrize("keep_ml", [0, 15_000])
def test_a_month_minted_with_nothing_is_filled_again(office: Any, keep_ml: int) -> None:
    lie(office)
    with office.engine.begin() as connection:
        mint(connection, NEXT, ZONE, NOW)
    assert books(office, NEXT).quota_ml == 0
    forgive(office, keep_ml)
    assert books(office, NEXT).quota_ml == QUOTA_ML - keep_ml
    committed = select(quotas.c.committed_idr).where(
        quotas.c.period == NEXT, quotas.c.subject == SUBJECT
    )
    assert office.scalar(committed) == (QUOTA_ML - keep_ml) * 10
    office.first.tell(
        GrantRequested(kind="vehicle", subject=SUBJECT, period=NEXT, wanted_ml=QUOTA_ML)
    )
    office.handle(office.first.ledger())
    assert books(office, NEXT).charged_ml == QUOTA_ML - keep_ml


def test_what_the_budget_cannot_pay_for_stays(office: Any) -> None:
    lie(office)
    with office.engine.begin() as connection:
        mint(connection, NEXT, ZONE, NOW)
        connection.execute(update(budgets).values(budget_idr=1))
    with pytest.raises(DecisionRefused, match="raise its budget"):
        forgive(office)
    assert [one.held_ml for one in held(office)] == [LIE_ML - 1_000]
    assert books(office, NEXT).quota_ml == 0


def test_past_months_are_over(office: Any) -> None:
    lie(office)
    ask(office)
    with office.engine.begin() as connection:
        connection.execute(update(subjects).values(overrun_ml=0))
        assert overruns(connection, ZONE, NOW.replace(month=8)) == []
        with pytest.raises(DecisionRefused, match="no overrun is held"):
            forgiving.forgive(connection, SUBJECT, 0, **(BY | {"now": NOW.replace(month=8)}))


@pytest.mark.parametrize(
    ("vehicle", "keep_ml", "reason", "why"),
    [
        ("dh-9-z", 0, "x", "no vehicle named"),
        (SUBJECTS[1], 0, "x", "no overrun is held"),
        (SUBJECT, LIE_ML, "x", "expected 0 to 99998999 ml"),
        (SUBJECT, 0, " ", "and why"),
    ],
)
def test_what_makes_no_sense_is_refused(
    office: Any, vehicle: str, keep_ml: int, reason: str, why: str
) -> None:
    lie(office)
    with office.engine.begin() as connection, pytest.raises(DecisionRefused, match=why):
        forgiving.forgive(connection, vehicle, keep_ml, **(BY | {"reason": reason}))
    assert [one.held_ml for one in held(office)] == [LIE_ML - 1_000]


def test_a_correction_and_a_close_meanwhile_keep_the_sums(office: Any) -> None:
    lie(office)
    ask(office)
    office.first.tell(GrantClosed(grant_no=1, spent_ml=1_000, why="recalled"))
    office.handle(office.first.ledger())
    forgive(office)
    found = books(office)
    assert found.quota_ml == QUOTA_ML
    assert found.reserve_ml == QUOTA_ML - found.charged_ml
