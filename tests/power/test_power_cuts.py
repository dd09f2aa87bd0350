"""Power cut at every write and every sync: all that was promised is there, and nothing twice."""

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.power.harness import Run, cut_everywhere, run_after_kill, run_recovery
from tests.power.replay import Player
from tests.power.rest import LOG
from tests.power.survivors import ALL

SHARES = 4
FEW = 3


def test_the_day_is_one_worth_cutting(day: Run) -> None:
    calls = Counter(what for _, what in Player(day.places()).play(day.calls))
    assert calls["sync of ledger.sqlite3-wal"] > 40
    assert calls["sync of ledger.anchor"] > 40
    assert calls["rename of allocation.json.new"] == 2
    assert calls["sync of ledger.sqlite3"] >= 3, "the write-ahead log was never moved in mid-day"
    assert calls["end"] == 1
    (reference,) = day.references.values()
    rows = [row["reserved"] for commit in reference.commits.values() for row in commit["rows"]]
    assert max(map(len, rows)) == 2, "no fill took from two grants"
    assert (
        len({row["sale"] for commit in reference.commits.values() for row in commit["rows"]}) >= 5
    )
    checkpoints = {commit["checkpoint"] for commit in reference.commits.values()}
    assert len(checkpoints - {None}) == 2, "not pruned twice"
    assert calls["rename of kupang-01.next.gz"] == 2


@pytest.mark.parametrize("share", range(SHARES))
def test_every_crash_point(day: Run, room: Path, share: int) -> None:
    outcome = cut_everywhere(
        day, room / f"cut-{share}", f"share {share}", most=FEW, share=share, of=SHARES
    )
    print(outcome)
    assert outcome.violations == 0, str(outcome)
    assert outcome.states > outcome.moments > 100


@pytest.mark.parametrize("share", range(2))
def test_a_second_cut_during_recovery(day: Run, room: Path, share: int) -> None:
    first = cut_everywhere(day, room / f"first-{share}", "first", most=1, share=share, of=25)
    states = [each for each in first.sound if LOG in each[0]]
    chosen = random.Random(f"second {share}").sample(states, 5)
    again = run_recovery(day, chosen, room / f"again-{share}")
    outcome = cut_everywhere(again, room / f"second-{share}", f"second cut {share}", most=2)
    print(outcome)
    assert outcome.violations == 0, str(outcome)
    assert outcome.states > outcome.moments > 100


@pytest.mark.parametrize("share", range(2))
def test_a_kill_and_a_cut_during_recovery(day: Run, room: Path, share: int) -> None:
    again = run_after_kill(day, moments_to_kill(day, share, 2), room / f"killed-{share}")
    outcome = cut_everywhere(again, room / f"after-{share}", f"killed, then cut {share}", most=2)
    print(outcome)
    assert outcome.violations == 0, str(outcome)
    assert outcome.states > outcome.moments > 100


def moments_to_kill(day: Run, share: int, many: int) -> set[int]:
    """Before syncs: most is then written and not durable. Those of folders and caches are few."""
    calls = [what for _, what in Player(day.places()).play(day.calls)]
    syncs = [number for number, what in enumerate(calls) if what.startswith("sync of")]
    rare = [number for number in syncs if "ledger" not in calls[number]]
    chance = random.Random(f"kill {share}")
    return {*rare[share::2], *chance.sample(syncs, min(many, len(syncs)))}


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("share", range(SHARES))
def test_every_state_of_every_crash_point(day: Run, room: Path, share: int) -> None:
    outcome = cut_everywhere(
        day, room / f"all-{share}", f"all of share {share}", most=ALL, share=share, of=SHARES
    )
    print(outcome)
    assert outcome.violations == 0, str(outcome)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("share", range(SHARES))
def test_a_second_cut_after_many_first_ones(day: Run, room: Path, share: int) -> None:
    chance = random.Random(f"many {share}")
    first = cut_everywhere(day, room / f"many-{share}", "first", most=4, share=share, of=SHARES)
    again = run_recovery(day, chance.sample(first.sound, 40), room / f"many-again-{share}")
    outcome = cut_everywhere(again, room / f"many-second-{share}", f"second {share}", most=8)
    print(outcome)
    assert outcome.violations == 0, str(outcome)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("share", range(SHARES))
def test_a_cut_after_many_kills(day: Run, room: Path, share: int) -> None:
    again = run_after_kill(day, moments_to_kill(day, share, 40), room / f"kills-{share}")
    outcome = cut_everywhere(again, room / f"kills-cut-{share}", f"kills {share}", most=8)
    print(outcome)
    assert outcome.violations == 0, str(outcome)
