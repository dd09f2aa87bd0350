"""Whatever comes in whatever order: all shifts and what lies between them are the ledger."""

from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.accounts import Balance
from gateway.core.balance import fold
from gateway.core.checkpoint import Checkpoint, checkpoint_after
from gateway.core.facts import Fact, ShiftClosed, ShiftOpened
from tests.core.ledger_of import balance_of
from tests.core.shifts import days, sums_in, sums_of
from tests.core.test_checkpoint import chained

WITA = ZoneInfo("Asia/Makassar")


@settings(max_examples=25, deadline=None)
@given(days())
def test_all_shifts_and_what_lies_between_add_up_to_the_ledger(facts: list[Fact]) -> None:
    boundaries = [fact for fact in facts if isinstance(fact, ShiftOpened | ShiftClosed)]
    totals = [one.since if isinstance(one, ShiftOpened) else one.totals for one in boundaries]
    assert sums_in([*totals, balance_of(*facts).shift.totals]) == sums_of(facts)


@settings(max_examples=25, deadline=None)
@given(days(), st.data())
def test_a_checkpoint_keeps_them(facts: list[Fact], data: st.DataObject) -> None:
    entries = chained(facts)
    checkpoint = checkpoint_after(None, entries[: data.draw(st.integers(1, len(entries)))], WITA)
    read = msgspec.json.decode(checkpoint.content, type=Checkpoint)
    went_on = fold(read.balance_in(WITA), entries[checkpoint.through :])
    assert went_on.shift == fold(Balance(WITA), entries).shift
