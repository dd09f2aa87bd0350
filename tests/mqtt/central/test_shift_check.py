"""A closed shift, added up anew at central."""

import json
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from sqlalchemy import delete, update

from gateway.cli import takar
from gateway.core.facts import Fact, FlowUnauthorised, FlowUncounted, Part, ShiftClosed
from gateway.core.shift import closing, opening
from mqtt.central.shift_check import added_up
from mqtt.central.shift_report import ClosedShift, closed_shifts
from mqtt.central.tables import entries
from tests.core.ledger_of import balance_of
from tests.core.shifts import corrected, days, guessed, sold
from tests.gateway.store.samples import grant, refusal
from tests.mqtt.central.office import Office


def a_shift(*facts: Fact, before: tuple[Fact, ...] = ()) -> list[Fact]:
    told: list[Fact] = [grant(1, 1_000_000), *before]
    told.append(opening(balance_of(*told).shift, "Ama", {1: 0}))
    told += facts
    return [*told, closing(balance_of(*told).shift, "Beni", {1: 90_000})]


def at_central(office: Office, facts: list[Fact]) -> list[ClosedShift]:
    for fact in facts:
        office.first.tell(fact)
    office.handle(office.first.ledger())
    with office.engine.connect() as connection:
        return closed_shifts(connection)


def anew(office: Office, one: ClosedShift) -> Any:
    with office.engine.connect() as connection:
        return added_up(connection, one)


def test_the_same_entries_come_to_the_same(office: Office) -> None:
    (one,) = at_central(office, a_shift(sold(2, 2_000), refusal(1), before=(sold(1, 900),)))
    assert one.shift.totals.volume_ml == 2_000
    assert anew(office, one) == one.shift.totals


def test_a_sale_of_before_that_is_corrected_in_it(office: Office) -> None:
    guess = guessed(1, 5_000, 1_000)
    facts = a_shift(corrected(guess, 2_000), sold(2, 700), before=(guess, refusal(1)))
    (one,) = at_central(office, facts)
    assert one.shift.totals.volume_ml == 700 - 3_000
    assert anew(office, one) == one.shift.totals


def test_one_that_central_does_not_know_as_a_sale(office: Office) -> None:
    """It is in quarantine, or its ledger began elsewhere."""
    guess = guessed(1, 5_000, 1_000)
    facts = a_shift(corrected(guess, 2_000), before=(guess,))
    facts[1] = refusal(1)
    (one,) = at_central(office, facts)
    assert anew(office, one) is None


def test_a_closing_that_says_something_else_differs(office: Office) -> None:
    facts = a_shift(sold(2, 2_000))
    closed = facts[-1]
    assert isinstance(closed, ShiftClosed)
    line = msgspec.structs.replace(closed.totals.sold[0], amount_idr=1)
    totals = msgspec.structs.replace(closed.totals, sold=[line])
    (one,) = at_central(office, [*facts[:-1], msgspec.structs.replace(closed, totals=totals)])
    assert anew(office, one) not in (None, one.shift.totals)
    assert anew(office, one) == closed.totals


def test_where_an_entry_is_missing_nobody_can_tell(office: Office) -> None:
    unseen = FlowUncounted(pump=1, bound_ml=40, why="power")
    (one,) = at_central(office, a_shift(unseen))
    with office.engine.begin() as connection:
        connection.execute(delete(entries).where(entries.c.sequence == 3))
    assert anew(office, one) is None


def test_where_an_entry_cannot_be_read_nobody_can_tell(office: Office) -> None:
    facts = a_shift(sold(2, 2_000))
    for fact in facts[:-1]:
        office.first.tell(fact)
    office.first.append("sale.refused", {"pump": 1})
    (one,) = at_central(office, facts[-1:])
    assert anew(office, one) is None


def test_where_the_opening_is_elsewhere_nobody_can_tell(office: Office) -> None:
    facts = a_shift(sold(2, 2_000))
    closed = facts[-1]
    assert isinstance(closed, ShiftClosed)
    other = msgspec.structs.replace(closed, opened_at=3)
    (one,) = at_central(office, [*facts[:-1], other])
    assert anew(office, one) is None


def test_the_office_is_told(office: Office, central_toml: Path) -> None:
    def shifts(*words: str) -> Result:
        given = ["central", "shifts", "--config", str(central_toml), *words]
        return CliRunner().invoke(takar, given)

    facts = a_shift(sold(2, 2_000))
    at_central(office, facts)
    good = shifts()
    assert (good.exit_code, "DIFFERS" in good.output) == (0, False), good.output
    shift = balance_of(*facts).shift
    wrong = closing(balance_of(*facts, opening(shift, "Ama", {1: 0})).shift, "B", {1: 90_000})
    other = msgspec.structs.replace(wrong.totals, vouchers=Part(count=1, volume_ml=9_000))
    more = [opening(shift, "Ama", {1: 0}), msgspec.structs.replace(wrong, totals=other)]
    for fact in more:
        office.first.tell(fact)
    office.handle(office.first.ledger(len(facts) + 1))
    told = shifts()
    assert (told.exit_code, told.output.count("DIFFERS: its entries come to 0,000 L")) == (1, 1)
    listed = shifts("--json")
    assert [one["agrees"] for one in json.loads(listed.output)] == [True, False]
    assert listed.exit_code == 1
    with office.engine.begin() as connection:
        connection.execute(update(entries).where(entries.c.sequence == 2).values(body="{}"))
    assert "not added up anew" in shifts().output


def test_what_happened_between_two_shifts_is_told_and_a_gap_is(
    office: Office, central_toml: Path
) -> None:
    def shifts() -> Result:
        return CliRunner().invoke(takar, ["central", "shifts", "--config", str(central_toml)])

    facts = a_shift()
    leak = FlowUnauthorised(pump=1, volume_ml=600, totaliser_end_ml=93_810)
    facts += [sold(1, 3_210), leak]
    facts.append(opening(balance_of(*facts).shift, "Cici", {1: 93_810}))
    at_central(office, facts)
    said = "before shift 2, with none open: 3,210 L, Rp 41.570; unauthorised 0,600 L"
    assert said in shifts().output, "of one that is open"
    closed = closing(balance_of(*facts).shift, "Cici", {1: 93_810})
    office.first.tell(closed)
    office.handle(office.first.ledger(len(facts) + 1))
    told = shifts()
    assert (told.exit_code, told.output.count(said), "GAP" in told.output) == (0, 1, False)
    facts.append(closed)
    late = opening(balance_of(*facts).shift, "Cici", {1: 95_000})
    torn = [msgspec.structs.replace(one, start_ml=94_000) for one in late.readings]
    more: list[Fact] = [msgspec.structs.replace(late, readings=torn)]
    more.append(closing(balance_of(*facts, *more).shift, "Cici", {1: 95_000}))
    for fact in more:
        office.first.tell(fact)
    office.handle(office.first.ledger(len(facts) + 1))
    told = shifts()
    assert (told.exit_code, told.output.count("GAP: a totaliser of shift 3")) == (1, 1)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(days())
def test_whatever_happens_in_them_all_agree(
    make_office: Any, tmp_path: Any, facts: list[Fact]
) -> None:
    office = make_office(tmp_path)
    found = at_central(office, facts)
    assert len(found) == sum(isinstance(fact, ShiftClosed) for fact in facts)
    for one in found:
        assert anew(office, one) == one.shift.totals
    office.engine.dispose()
