"""Where the first entries were pruned, their sealed checkpoint takes the audit on."""

from pathlib import Path

import msgspec
import pytest

from gateway.audit.problems import Kind
from gateway.core.facts import FlowUnauthorised, GrantClosed, LedgerPruned
from tests.gateway.audit.scribe import OTHER_KEY, Scribe, judged
from tests.gateway.store.samples import refusal


@pytest.fixture
def scribe() -> Scribe:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1, 30_000)
    scribe.say(FlowUnauthorised(pump=1, volume_ml=500, totaliser_end_ml=30_500))
    scribe.sell(2, 10_000)
    return scribe


def test_it_goes_on_from_there(scribe: Scribe, tmp_path: Path) -> None:
    point = scribe.checkpoint(6)
    result = judged(scribe.write(tmp_path / "a.jsonl", 7, checkpoint=point))
    assert result.findings.kept == []
    assert result.total.unknown_grants == 0
    assert result.total.unexplained_ml == 0
    assert result.ledgers[0].seals == 2


def test_what_was_spent_before_it_counts(scribe: Scribe, tmp_path: Path) -> None:
    scribe.sell(3, 1)
    path = scribe.write(tmp_path / "a.jsonl", 7, checkpoint=scribe.checkpoint(6))
    (problem,) = judged(path).findings.kept
    assert "at most 40000 ml of grant 1, found 40001 ml" in str(problem)


def test_a_grant_it_does_not_know_never_was(scribe: Scribe, tmp_path: Path) -> None:
    scribe.sell(3, 1, 9)
    path = scribe.write(tmp_path / "a.jsonl", 7, checkpoint=scribe.checkpoint(6))
    assert judged(path).findings.counts == {"order": 1}


@pytest.mark.parametrize("broken", ["key", "content", "through", "type"])
def test_one_that_does_not_fit_is_found(scribe: Scribe, tmp_path: Path, broken: str) -> None:
    point = scribe.checkpoint(6)
    if broken == "key":
        scribe.key, kept = OTHER_KEY, scribe.key
        point = scribe.checkpoint(6)
        scribe.key = kept
    elif broken == "content":
        content = msgspec.structs.replace(point.content, balance=point.content.balance | {"x": 1})
        point = msgspec.structs.replace(point, content=content)
    elif broken == "through":
        point = scribe.checkpoint(5)
    else:
        point = msgspec.structs.replace(point, seal=scribe.seals[0])
    result = judged(scribe.write(tmp_path / "a.jsonl", 7, checkpoint=point))
    assert result.findings.counts == {"seal": 1}


def test_the_pruned_parts_before_it_make_the_history_whole(scribe: Scribe, tmp_path: Path) -> None:
    scribe.write(tmp_path / "000.jsonl.gz", 1, 6)
    scribe.write(tmp_path / "001.jsonl", 7, checkpoint=scribe.checkpoint(6))
    result = judged(tmp_path)
    assert result.findings.kept == []
    assert result.total.sold["pertamax"].fills == 2


def lying(scribe: Scribe, tmp_path: Path, **changes: object) -> dict[Kind, int]:
    """What is found where a checkpoint, duly sealed, says otherwise than the files before it."""
    folder = tmp_path / "-".join(changes)
    folder.mkdir()
    scribe.write(folder / "000.jsonl.gz", 1, 6)
    scribe.write(folder / "001.jsonl", 7, checkpoint=scribe.checkpoint(6, **changes))
    return dict(judged(folder).findings.counts)


def test_it_must_be_what_the_pruned_files_come_to(scribe: Scribe, tmp_path: Path) -> None:
    balance = scribe.checkpoint(6).content.balance
    assert lying(scribe, tmp_path, high_water=3) == {"grant": 1}
    assert lying(scribe, tmp_path, totaliser_ml={"1": 30_501}) == {"meter": 1}
    assert lying(scribe, tmp_path, accounts={}) == {"grant": 2}
    (name,) = balance["accounts"]
    first, second = balance["accounts"][name]["grants"]
    less = balance["accounts"][name] | {"grants": [first | {"spent_ml": 29_999}, second]}
    (tmp_path / "less").mkdir()
    assert lying(scribe, tmp_path / "less", accounts={name: less}) == {"grant": 1}


def test_a_closed_grant_is_in_no_checkpoint(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(GrantClosed(grant_no=1, spent_ml=40_000, why="recalled"))
    scribe.sell(3, 1, 2)
    scribe.write(tmp_path / "000.jsonl", 1, 8)
    scribe.write(tmp_path / "001.jsonl", 9, checkpoint=scribe.checkpoint(8))
    assert judged(tmp_path).findings.kept == []


@pytest.mark.parametrize("through", [6, 5, 11, 12])
def test_the_ledger_names_its_checkpoint(scribe: Scribe, tmp_path: Path, through: int) -> None:
    point = scribe.checkpoint(6)
    for number in (3, 4):
        scribe.say(refusal(number))
    content = point.content.hash if through != 6 else "ab" * 32
    scribe.say(LedgerPruned(through=6, content=point.content.hash))
    scribe.say(LedgerPruned(through=through, content=content))
    path = scribe.write(tmp_path / "a.jsonl", 7, checkpoint=point)
    counts = judged(path).findings.counts
    # 5 and 6 are pruned already; 11 is the entry that says so itself, 12 is not there yet.
    assert counts == ({"order": 1, "seal": 1} if through == 6 else {"order": 1})


def test_a_pruned_file_may_end_between_a_sale_and_its_seal(scribe: Scribe, tmp_path: Path) -> None:
    scribe.seals.pop()
    result = judged(scribe.write(tmp_path / "a.jsonl", 1, 7, goes_on=True))
    assert result.findings.kept == []
    assert result.ledgers[0].goes_on
    assert judged(scribe.write(tmp_path / "b.jsonl", 1, 7)).findings.counts == {"seal": 1}
