"""One gateway's ledgers, each to go on where the one before it ended."""

from pathlib import Path
from typing import Any

import pytest

from gateway.core.facts import FormerLedger, GatewayRestored
from tests.gateway.audit.scribe import Scribe, judged
from tests.gateway.store.samples import INCARNATION, grant, refusal

NEXT = "e" * 16


@pytest.fixture
def scribe() -> Scribe:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    return scribe


def heir(scribe: Scribe, first_grant: int = 3, *, name: str = NEXT, **changes: Any) -> Scribe:
    at = changes.pop("sequence", len(scribe.entries))
    fields = {"incarnation": INCARNATION, "sequence": at, "found": "state"}
    former = FormerLedger(**fields | {"head": scribe.hashes[at]} | changes)
    return begun(former, first_grant, name)


def begun(former: FormerLedger | None, first_grant: int = 3, name: str = NEXT) -> Scribe:
    made = Scribe(incarnation=name)
    made.say(
        GatewayRestored(
            by="a", version="1", configuration_hash="ab" * 32, epoch=2, previous=former
        ),
        grant(first_grant),
    )
    made.seal()
    return made


def found(tmp_path: Path, *ledgers: Scribe) -> tuple[list[str], list[str]]:
    """Problems and notes, of files in a folder of their own."""
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    folder.mkdir()
    for number, one in enumerate(ledgers):
        one.write(folder / f"{number}.jsonl")
    result = judged(folder)
    return [str(one) for one in result.findings.kept], [note.code for note in result.notes]


def test_it_goes_on_where_that_ended(scribe: Scribe, tmp_path: Path) -> None:
    assert found(tmp_path, scribe, heir(scribe)) == ([], [])


def test_without_the_former_ledger_it_is_said(scribe: Scribe, tmp_path: Path) -> None:
    assert found(tmp_path, heir(scribe)) == ([], ["follows_absent"])
    assert found(tmp_path, begun(None)) == ([], ["follows_unknown"])
    other = Scribe(incarnation="f" * 16)
    other.begin()
    assert found(tmp_path, scribe, other)[1] == ["follows_nothing"] * 2


def test_a_former_ledger_that_went_on_is_a_fork(scribe: Scribe, tmp_path: Path) -> None:
    """Its card was copied back: two gateways sold."""
    next_one = heir(scribe)
    scribe.say(refusal(1))
    (problem,), _ = found(tmp_path, scribe, next_one)
    assert f"fork: expected {INCARNATION} to end at entry 5, where it was followed" in problem


def test_after_a_backup_it_may_have_gone_on(scribe: Scribe, tmp_path: Path) -> None:
    assert found(tmp_path, scribe, heir(scribe, sequence=4, found="backup")) == (
        [],
        ["follows_backup"],
    )


def test_another_history_than_was_followed_is_a_fork(scribe: Scribe, tmp_path: Path) -> None:
    (problem,), _ = found(tmp_path, scribe, heir(scribe, head="ab" * 32))
    assert f"with the hash {'ab' * 32} at entry 5" in problem


def test_a_former_ledger_without_its_end_is_found(scribe: Scribe, tmp_path: Path) -> None:
    later = Scribe()
    later.begin()
    later.sell(1)
    later.say(refusal(1))
    (problem,), _ = found(tmp_path, scribe, heir(later))
    assert "through entry 6, where it was followed, found its end at 5" in problem


def test_two_that_follow_the_same_are_a_fork(scribe: Scribe, tmp_path: Path) -> None:
    (problem,), _ = found(tmp_path, scribe, heir(scribe), heir(scribe, 9, name="f" * 16))
    assert f"{'f' * 16} follows it too" in problem


@pytest.mark.parametrize(("first_grant", "problems"), [(2, 1), (3, 0)])
def test_a_grant_is_active_in_one_life_only(
    scribe: Scribe, tmp_path: Path, first_grant: int, problems: int
) -> None:
    wrong, _ = found(tmp_path, scribe, heir(scribe, first_grant))
    assert len(wrong) == problems
    assert all("grants above 2" in one for one in wrong)
