"""A checkpoint stands for the entries before it: folding goes on from it as if they were there."""

from dataclasses import fields
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.balance import Balance, fold
from gateway.core.chain import GENESIS
from gateway.core.checkpoint import Checkpoint, checkpoint_after
from gateway.core.facts import (
    TYPE_OF,
    AllocationApplied,
    Charge,
    CounterReading,
    Fact,
    FlowUnauthorised,
    GrantClosed,
    GrantReported,
    GrantRequested,
)
from gateway.core.log import Entry
from gateway.core.newest import Newest
from tests.core.recalibrations import changed
from tests.gateway.store.samples import GATEWAY, INCARNATION, SUBJECT, grant, refusal, sale

WITA = ZoneInfo("Asia/Makassar")
SUBJECTS = (SUBJECT, "dh-2002-b")


def chained(facts: list[Fact]) -> list[Entry]:
    """As a ledger has them, an hour apart."""
    entries: list[Entry] = []
    for number, fact in enumerate(facts, start=1):
        entries.append(
            Entry(
                id=f"{INCARNATION}/{number}",
                source=f"takar/{GATEWAY}",
                type=TYPE_OF[type(fact)],
                time=f"2026-11-{1 + number // 24:02}T{number % 24:02}:00:00.000Z",
                data=msgspec.to_builtins(fact),
                sequence=number,
                prevhash=entries[-1].hash if entries else GENESIS,
            )
        )
    return entries


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """Grants that are activated and drawn on, by both subjects, among other entries."""
    facts: list[Fact] = [grant(1), grant(2, subject=SUBJECTS[1])]
    for number in range(draw(st.integers(0, 25))):
        subject = draw(st.sampled_from(SUBJECTS))
        kind = draw(st.integers(0, 8))
        if kind == 0:
            facts.append(grant(3 + number, draw(st.integers(0, 50_000)), subject))
        elif kind == 1:
            facts.append(FlowUnauthorised(pump=2, volume_ml=5, totaliser_end_ml=number * 100))
        elif kind == 2:
            facts.append(AllocationApplied(epoch=1, through=number, content=f"{number:064x}"))
        elif kind == 3:
            facts.append(refusal(number))
        elif kind == 4:
            closed = draw(st.integers(3, 40))
            facts.append(GrantClosed(grant_no=closed, spent_ml=0, why="recalled"))
        elif kind == 5:
            facts.append(GrantReported(grant_no=1, spent_ml=0, reserved_ml=4000))
        elif kind == 6:
            facts.append(
                GrantRequested(kind="vehicle", subject=subject, period="2026-11", wanted_ml=9000)
            )
        elif kind == 7:
            facts.append(changed(number + 1, counter=CounterReading("pico.7", number * 100)))
        else:
            facts.append(
                sale(
                    number + 1,
                    Charge(SUBJECTS.index(subject) + 1, draw(st.integers(0, 9000))),
                    subject=subject,
                    overrun_ml=draw(st.sampled_from((0, 40))),
                    started=f"2026-11-{draw(st.integers(1, 28)):02}T04:00:00.000Z",
                    clock=draw(st.sampled_from(("good", "doubtful"))),
                    totaliser_start_ml=draw(st.integers(0, 100_000)),
                )
            )
    return chained(facts)


@given(histories(), st.data())
def test_folding_onto_it_is_folding_all(entries: list[Entry], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(entries)))
    checkpoint = checkpoint_after(None, entries[:cut], WITA)
    assert msgspec.json.decode(checkpoint.content, type=Checkpoint) == checkpoint
    newest, whole = checkpoint.newest, Newest(acknowledged_through=cut)
    balance = fold(checkpoint.balance_in(WITA), newest.watch(entries[cut:]))
    assert balance == fold(Balance(WITA), whole.watch(entries))
    assert newest == whole


@given(histories(), st.data())
def test_a_checkpoint_on_a_checkpoint_is_one(entries: list[Entry], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(entries) - 1))
    first = checkpoint_after(None, entries[:cut], WITA)
    second = checkpoint_after(first, entries[cut:], WITA)
    assert second == checkpoint_after(None, entries, WITA)
    assert (second.through, second.head) == (len(entries), entries[-1].hash)


def test_every_field_of_a_balance_is_in_it() -> None:
    checkpoint = checkpoint_after(None, chained([grant(1)]), WITA)
    assert set(checkpoint.balance) == {each.name for each in fields(Balance)} - {"zone"}


@pytest.mark.parametrize("gone", [0, 1])
def test_a_gap_is_refused(gone: int) -> None:
    entries = chained([grant(1), refusal(1), refusal(2)])
    del entries[gone]
    with pytest.raises(ValueError, match="does not follow"):
        checkpoint_after(None, entries, WITA)


def test_a_balance_of_other_fields_is_refused() -> None:
    checkpoint = checkpoint_after(None, chained([grant(1)]), WITA)
    less = msgspec.structs.replace(checkpoint, balance={"accounts": {}})
    with pytest.raises(ValueError, match="expected accounts, "):
        less.balance_in(WITA)
