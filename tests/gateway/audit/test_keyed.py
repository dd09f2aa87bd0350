"""An auditor finds a bypass key's entries sound, and holds vouchers against what flowed."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.facts import BypassChanged, FlowBypassed, FlowUncounted
from tests.gateway.audit.scribe import Scribe, judged
from tests.gateway.audit.test_papers import given, pay
from tests.gateway.store.samples import TIME

ON, OFF = (BypassChanged(pump=1, on=on) for on in (True, False))
UNSEEN = FlowUncounted(pump=1, bound_ml=9_000, why="", bypass=True, since=TIME)


def flow(scribe: Scribe, volume_ml: int = 7_000, **changes: Any) -> FlowBypassed:
    fact = FlowBypassed(
        pump=1,
        volume_ml=volume_ml,
        since=TIME,
        until=TIME,
        unattended=False,
        totaliser_end_ml=scribe.meter() + volume_ml,
    )
    return replace(fact, **changes)


@pytest.fixture
def scribe() -> Scribe:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    return scribe


def codes(scribe: Scribe, tmp_path: Path) -> list[str]:
    scribe.seal()
    return [one.code for one in judged(scribe.write(tmp_path / "a.jsonl")).findings.kept]


def test_fuel_by_key_and_on_paper_is_one_and_the_same(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(ON)
    scribe.say(flow(scribe))
    scribe.say(flow(scribe, 500))
    scribe.say(OFF)
    scribe.say(flow(scribe, 20))
    scribe.sell(2)
    pay(scribe, 3)
    scribe.say(given(3))
    scribe.seal()
    result = judged(scribe.write(tmp_path / "a.jsonl"))
    assert result.findings.kept == []
    tally = result.total
    assert (tally.bypasses, tally.bypassed_ml, tally.unexplained_ml) == (1, 7_520, 0)
    assert (tally.vouchered_ml, tally.unpapered_ml, tally.unflowed_ml) == (5_000, 2_520, 0)


def test_a_voucher_for_which_nothing_flowed_is_counted_as_that(
    scribe: Scribe, tmp_path: Path
) -> None:
    pay(scribe, 2)
    scribe.say(given(2))
    scribe.seal()
    tally = judged(scribe.write(tmp_path / "a.jsonl")).total
    assert (tally.bypasses, tally.unflowed_ml) == (0, 5_000)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([ON, ON], ["key_order"]),
        ([OFF], ["key_order"]),
        ([ON, OFF, OFF], ["key_order"]),
        ([ON, OFF, ON, OFF], []),
        ([UNSEEN], ["key_off"]),
        ([ON, UNSEEN], []),
    ],
)
def test_a_key_is_turned_on_and_off_in_turn(
    scribe: Scribe, tmp_path: Path, said: list[Any], found: list[str]
) -> None:
    scribe.say(*said)
    assert codes(scribe, tmp_path) == found


def test_flow_by_a_key_that_was_never_turned_is_found(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(flow(scribe))
    assert codes(scribe, tmp_path) == ["key_off"]


def test_one_entry_runs_out_after_the_key_and_no_more(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(ON, OFF)
    scribe.say(flow(scribe, 20))
    scribe.say(flow(scribe, 20))
    assert codes(scribe, tmp_path) == ["key_off"]


def test_each_turn_has_an_end_of_its_own(scribe: Scribe, tmp_path: Path) -> None:
    for _ in range(2):
        scribe.say(ON, OFF)
        scribe.say(flow(scribe, 20))
    assert codes(scribe, tmp_path) == []


def test_flow_that_ends_before_it_begins_is_found(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(ON)
    scribe.say(flow(scribe, until="2026-11-22T03:59:59.999Z"))
    assert codes(scribe, tmp_path) == ["key_times"]


@pytest.mark.parametrize("first", [ON, OFF])
def test_of_a_ledger_that_begins_later_the_first_turn_is_believed(
    scribe: Scribe, tmp_path: Path, first: BypassChanged
) -> None:
    scribe.say(ON)
    through = len(scribe.entries)
    scribe.say(flow(scribe))
    if first == ON:
        scribe.say(OFF)
    scribe.say(first)
    scribe.seal()
    path = scribe.write(tmp_path / "a.jsonl", through + 1)
    assert judged(path).findings.kept == []


def test_a_checkpoint_says_which_keys_are_on(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(ON)
    through = len(scribe.entries)
    scribe.seal()
    scribe.say(flow(scribe))
    scribe.say(OFF)
    scribe.seal()
    sound = scribe.checkpoint(through)
    path = scribe.write(tmp_path / "a.jsonl", through + 1, checkpoint=sound)
    assert judged(path).findings.kept == []
    lie = scribe.checkpoint(through, meters={})
    path = scribe.write(tmp_path / "b.jsonl", through + 1, checkpoint=lie)
    assert [one.code for one in judged(path).findings.kept] == ["key_off"]
    whole = scribe.write(tmp_path / "c.jsonl", through=through)
    assert "key_differs" in [one.code for one in judged(whole, path).findings.kept]


@pytest.mark.parametrize(("shut", "found"), [(True, []), (False, ["uncounted"])])
def test_what_may_have_passed_shut_valves_unseen_is_no_part_of_an_estimate(
    scribe: Scribe, tmp_path: Path, *, shut: bool, found: list[str]
) -> None:
    scribe.say(FlowUncounted(pump=1, bound_ml=5_634, why="", shut=shut))
    assert codes(scribe, tmp_path) == found
