"""Each thing broken in turn, and found: by its kind, at its entry, with what was expected."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.audit.run import audit
from gateway.audit.trust import Trust
from gateway.core.chain import canonical
from gateway.core.facts import (
    GrantClosed,
    GrantReported,
)
from tests.gateway.audit.breaks import BREAKS
from tests.gateway.audit.scribe import KEY, KEYS, OTHER_KEY, Scribe, judged, rewritten
from tests.gateway.audit.test_overrides import granted
from tests.gateway.store.samples import GATEWAY, grant, refusal


def begun() -> Scribe:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    return scribe


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.__name__)
def test_it_is_found(broken: Callable[[Scribe], None], tmp_path: Path) -> None:
    scribe = begun()
    path = scribe.write(tmp_path / "sound.jsonl")
    assert judged(path).clean
    broken(scribe)
    result = judged(scribe.write(tmp_path / "a.jsonl"))
    kind, text = BREAKS[broken]
    assert any(one.kind == kind and text in str(one) for one in result.findings.kept)
    assert set(result.findings.counts) == {kind}
    last = len(scribe.entries)
    assert {one.place.sequence for one in result.findings.kept} <= {last, last - 1, 8}


def test_the_boundary_holds(tmp_path: Path) -> None:
    """One millilitre less than each break is sound."""
    scribe = begun()
    scribe.sell(2, 39_000)
    scribe.say(GrantReported(grant_no=1, spent_ml=40_000, reserved_ml=0))
    scribe.say(GrantClosed(grant_no=1, spent_ml=40_000, why="expired"))
    scribe.sell(3, 1000, 2, totaliser_ml=40_200)
    assert judged(scribe.write(tmp_path / "a.jsonl")).findings.kept == []


def test_grants_of_stations_and_departments(tmp_path: Path) -> None:
    scribe = begun()
    scribe.say(replace(grant(3), kind="override", subject=GATEWAY))
    scribe.say(replace(grant(4), kind="emergency", subject="dinas-kesehatan"))
    scribe.say(replace(grant(5), kind="emergency", subject="dinas-lain"))
    supervisor = "04A1B2C3D4E5F6"
    scribe.say(granted(2, supervisor=supervisor, chosen=True))
    scribe.sell(2, 1000, 3, override_by=supervisor)
    scribe.sell(3, 500, 4)
    result = judged(scribe.write(tmp_path / "a.jsonl"))
    assert result.findings.kept == []
    assert (result.total.override_ml, result.total.emergency_ml) == (1000, 500)
    scribe.sell(4, 1000, 5)
    assert judged(scribe.write(tmp_path / "b.jsonl")).findings.counts == {"grant": 1}


def test_a_sale_without_a_seal_is_no_sale(tmp_path: Path) -> None:
    scribe = begun()
    scribe.seals.clear()
    (problem,) = judged(scribe.write(tmp_path / "a.jsonl")).findings.kept
    assert "expected a seal over the sale in entry 5" in str(problem)


def test_a_ledger_begins_with_its_beginning(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.say(refusal(1))
    (problem,) = judged(scribe.write(tmp_path / "a.jsonl")).findings.kept
    assert (problem.kind, problem.values["found"]) == ("order", "sale.refused")


def test_a_part_that_is_missing(tmp_path: Path) -> None:
    scribe = begun()
    for number in (2, 3):
        scribe.sell(number)
    one, other = scribe.write(tmp_path / "a.jsonl", 1, 5), scribe.write(tmp_path / "b.jsonl", 7)
    found = [str(problem) for problem in judged(one, other).findings.kept]
    assert any("expected entries 6 to 6" in text for text in found)


def test_a_tail_taken_away(tmp_path: Path) -> None:
    """Without central nothing proves it; with central's seal it is shown."""
    scribe = begun()
    scribe.sell(2)
    shorter = scribe.write(tmp_path / "a.jsonl", 1, 5)
    result = judged(shorter)
    assert result.clean
    assert result.ledgers[0].acknowledged_through == 0
    (problem,) = judged(scribe.write(tmp_path / "b.jsonl", 1, 5, acknowledged=6)).findings.kept
    assert "expected entries through 6, which central holds, found the last at 5" in str(problem)
    both = judged(shorter, scribe.write(tmp_path / "c.jsonl", holder="central", acknowledged=6))
    assert both.clean
    assert (both.ledgers[0].own_through, both.ledgers[0].through) == (5, 6)


def test_a_cut_file(tmp_path: Path) -> None:
    path = begun().write(tmp_path / "a.jsonl")
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for size in (
        len(lines[0]),
        len(b"".join(lines[:3])),
        len(whole) - len(lines[-1]),
        len(whole) - 1,
    ):
        path.write_bytes(whole[:size])
        result = judged(path)
        assert result.findings.counts["file"]
        assert {one.code for one in result.findings.kept} & {"cut", "line_unended"}


def test_the_key_of_another_gateway(tmp_path: Path) -> None:
    path = begun().write(tmp_path / "a.jsonl")
    result = judged(path, keys=Trust.of({"kupang-02": KEY.public_key()}))
    assert "belongs to kupang-02, expected one of kupang-01" in str(result.findings.kept[0])


def test_one_entry_edited_by_hand_with_a_fresh_digest(tmp_path: Path) -> None:
    path = begun().write(tmp_path / "a.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines):
        if b'"volume_ml":40000' in line:
            changed = [*lines]
            changed[number] = line.replace(b'"volume_ml":40000', b'"volume_ml":80000')
            assert judged(rewritten(path, changed)).findings.counts["chain"] == 1


def test_the_last_entry_rewritten_with_its_chain_is_no_longer_sealed(tmp_path: Path) -> None:
    path = begun().write(tmp_path / "a.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    entry = json.loads(lines[5])["entry"]
    entry["data"] |= {"card": "04FFFFFFFFFFFF"}
    lines[5] = canonical({"entry": entry}) + b"\n"
    result = judged(rewritten(path, lines))
    assert result.findings.counts["seal"] == 2


def test_problems_are_counted_to_the_end_and_kept_within_bounds(tmp_path: Path) -> None:
    scribe = begun()
    for number in range(300):
        scribe.say(refusal(number), source="takar/x")
    result = judged(scribe.write(tmp_path / "a.jsonl"))
    assert result.findings.counts == {"owner": 300}
    assert len(result.findings.kept) == 200
    assert result.total.entries == 305


def test_one_seal_in_many_is_enough_for_what_the_chain_covers(tmp_path: Path) -> None:
    scribe = begun()
    for number in range(2, 9):
        scribe.sell(number)
    files = [scribe.write(tmp_path / "a.jsonl")]
    result = audit(files, KEYS, one_in=3)
    assert result.clean
    assert (result.ledgers[0].seals, result.ledgers[0].sealed_through) == (3, 12)
    scribe.seal(OTHER_KEY)
    files = [scribe.write(tmp_path / "b.jsonl")]
    assert audit(files, KEYS, one_in=100).findings.counts == {"seal": 1}
