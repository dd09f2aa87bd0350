"""Where the first entries were pruned, their sealed checkpoint takes the audit on."""

from pathlib import Path

import msgspec
import pytest

from gateway.core.facts import FlowUnauthorised
from tests.gateway.audit.scribe import OTHER_KEY, Scribe, judged


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
