"""A pump's ratio changes by an entry alone, and the count of its changes never falls."""

from copy import deepcopy
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.core.facts import CounterReading, FormerLedger, GatewayRestored, KeptRatio, Ratio
from gateway.core.recovery import ENDED_BY
from tests.core.recalibrations import changed
from tests.gateway.audit.scribe import Scribe, judged
from tests.gateway.store.samples import INCARNATION

SECOND = replace(changed(2), before=changed().after, after=Ratio(1013, 10))


@pytest.fixture
def scribe() -> Scribe:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    return scribe


def found(folder: Path, *ledgers: Scribe) -> list[str]:
    for number, one in enumerate(ledgers):
        one.seal()
        one.write(folder / f"{number}.jsonl")
    return [str(one) for one in judged(folder).findings.kept]


def heir(scribe: Scribe, *ratios: KeptRatio) -> Scribe:
    former = FormerLedger(
        incarnation=INCARNATION,
        sequence=len(scribe.entries),
        head=scribe.hashes[-1],
        found="state",
    )
    made = Scribe(incarnation="e" * 16)
    made.say(
        GatewayRestored(
            by="a",
            version="1",
            configuration_hash="ab" * 32,
            epoch=1,
            previous=former,
            ratios=ratios,
        )
    )
    return made


def test_changes_that_count_on_are_sound(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(changed(1), changed(1, pump=2), SECOND)
    assert found(tmp_path, scribe) == []


@pytest.mark.parametrize(("count", "words"), [(1, "change 2"), (3, "change 2")])
def test_a_count_that_falls_or_leaves_one_out(
    scribe: Scribe, tmp_path: Path, count: int, words: str
) -> None:
    scribe.say(changed(1), replace(SECOND, count=count))
    (problem,) = found(tmp_path, scribe)
    assert f"expected {words} of the ratio of pump 1, found change {count}" in problem


def test_a_first_change_is_the_first(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(changed(2))
    assert "expected change 1 of the ratio of pump 1" in found(tmp_path, scribe)[0]


def test_a_ratio_that_no_entry_put_in_force(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(changed(1), changed(2))
    (problem,) = found(tmp_path, scribe)
    assert "expected the ratio of pump 1 to be 506/5 pulses a litre before its change" in problem
    assert "found 100/1" in problem


@pytest.mark.parametrize(("volume_ml", "sound"), [(1000, True), (1012, False)])
def test_a_sale_at_another_ratio_than_the_one_in_force(
    scribe: Scribe, tmp_path: Path, volume_ml: int, *, sound: bool
) -> None:
    scribe.say(changed(1))
    start, end = CounterReading("pico.1", 5060), CounterReading("pico.1", 5161)
    scribe.sell(2, volume_ml - 2, counter_start=start, counter_end=end)
    problems = found(tmp_path, scribe)
    assert problems == [] if sound else "as its co-processor counted" in problems[0]


def test_a_count_that_fell_goes_on_from_the_highest(scribe: Scribe, tmp_path: Path) -> None:
    third = replace(SECOND, before=SECOND.after, after=SECOND.before)
    scribe.say(changed(1), SECOND, replace(third, count=1), replace(SECOND, count=3))
    (problem,) = found(tmp_path, scribe)
    assert "expected change 3 of the ratio of pump 1, found change 1" in problem


@pytest.mark.parametrize(
    ("run", "ended_by", "sound"),
    [("pico.1", "nozzle_hung", False), ("pico.2", "nozzle_hung", True), ("pico.1", ENDED_BY, True)],
)
def test_a_volume_that_no_whole_count_gives(
    scribe: Scribe, tmp_path: Path, run: str, ended_by: str, *, sound: bool
) -> None:
    """Closed by a start it is what was reserved at most; two runs of a counter are two counts."""
    scribe.say(changed(1))
    start, end = CounterReading("pico.1", 5060), CounterReading(run, 5161)
    scribe.sell(2, 500, counter_start=start, counter_end=end, ended_by=ended_by)
    assert (found(tmp_path, scribe) == []) is sound


def test_a_checkpoint_takes_the_ratios_on(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(changed(1))
    through = len(scribe.entries)
    scribe.seal()
    point = scribe.checkpoint(through)
    for number, (change, problems) in enumerate([(SECOND, 0), (changed(1), 2)]):
        history = deepcopy(scribe)
        history.say(change)
        history.seal()
        path = history.write(tmp_path / f"{number}.jsonl", through + 1, checkpoint=point)
        assert len(judged(path).findings.kept) == problems


def test_a_checkpoint_that_says_another_ratio(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(changed(1))
    through = len(scribe.entries)
    scribe.seal()
    scribe.write(tmp_path / "0.jsonl", 1, through)
    scribe.say(SECOND)
    scribe.seal()
    lies = scribe.checkpoint(through, meters={})
    scribe.write(tmp_path / "1.jsonl", through + 1, checkpoint=lies)
    (problem,) = (str(one) for one in judged(tmp_path).findings.kept)
    assert "is not the one that its last change put in force" in problem


def test_a_fresh_incarnation_goes_on_with_the_count(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(changed(1))
    scribe.seal()
    after = heir(scribe, KeptRatio(1, 1, changed().after))
    after.say(SECOND)
    assert found(tmp_path, scribe, after) == []


def test_a_fresh_incarnation_that_forgot_it(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(changed(1))
    scribe.seal()
    (problem,) = found(tmp_path, scribe, heir(scribe))
    assert "changed 1 times or more, as the ledger before says, found 0" in problem


def test_a_fresh_incarnation_with_another_ratio(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(changed(1))
    scribe.seal()
    (problem,) = found(tmp_path, scribe, heir(scribe, KeptRatio(1, 1, Ratio(100, 1))))
    assert "is not the one that its last change put in force" in problem
