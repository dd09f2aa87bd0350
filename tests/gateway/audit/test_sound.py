"""What is sound is found sound, and its figures are right, from whatever files it is read."""

from pathlib import Path

import pytest

from gateway.audit.part import Unusable
from gateway.audit.run import files_in
from gateway.core.facts import (
    Charge,
    FlowUnauthorised,
    FlowUncounted,
    GrantClosed,
    GrantReported,
    PowerChanged,
    PumpFaulted,
)
from tests.gateway.audit.scribe import Scribe, booted, judged
from tests.gateway.store.samples import refusal


@pytest.fixture
def scribe() -> Scribe:
    """Eventful: two boots, an estimated sale, stray flow, an overrun, a closed grant."""
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1, 1500)
    scribe.say(FlowUnauthorised(pump=1, volume_ml=150, totaliser_end_ml=1650))
    scribe.say(refusal(1), PumpFaulted(pump=1, fault="valve_not_shut", detail=""))
    scribe.sell(2, 2000, 2)
    scribe.say(GrantReported(grant_no=1, spent_ml=1500, reserved_ml=3000), booted(2))
    scribe.sell(3, 4000, estimated=True, totaliser_end_ml=None, metered_ml=1000, boot=2)
    scribe.say(FlowUncounted(pump=1, bound_ml=3000, why="power"))
    scribe.seal()
    scribe.say(GrantClosed(grant_no=1, spent_ml=5500, why="recalled"))
    scribe.say(GrantClosed(grant_no=3, spent_ml=0, why="never_held"))
    # The estimated sale ended at 4650 as far as the meter knows; 80 ml strayed since.
    scribe.sell(
        4,
        1000,
        2,
        totaliser_ml=4730,
        charges=[Charge(2, 900)],
        overrun_ml=100,
        boot=2,
    )
    return scribe


def test_figures(scribe: Scribe, tmp_path: Path) -> None:
    result = judged(scribe.write(tmp_path / "a.jsonl", acknowledged=len(scribe.entries)))
    assert result.findings.kept == []
    (ledger,) = result.ledgers
    tally = result.total
    assert (ledger.first, ledger.through, ledger.head) == (1, 16, scribe.hashes[-1])
    assert (ledger.seals, ledger.sealed_through, ledger.acknowledged_through) == (6, 16, 16)
    sold = tally.sold["pertamax"]
    assert (sold.fills, sold.volume_ml, sold.amount_idr) == (4, 8500, 19425 + 25900 + 51800 + 12950)
    assert (tally.estimated_fills, tally.estimated_ml, tally.unmetered_ml) == (1, 4000, 3000)
    assert (tally.uncounted_ml, tally.unauthorised_ml, tally.unexplained_ml) == (3000, 150, 80)
    assert (tally.grants, tally.granted_ml, tally.spent_ml, tally.closed) == (2, 80_000, 8400, 2)
    assert (tally.grants_exceeded, tally.overrun_ml, tally.boots) == (0, 100, 2)
    assert dict(tally.refusals) == {"unknown_card": 1}
    assert dict(tally.faults) == {"valve_not_shut": 1}


def test_the_same_from_parts_copies_and_gzip(scribe: Scribe, tmp_path: Path) -> None:
    whole = judged(scribe.write(tmp_path / "whole.jsonl"))
    parts = tmp_path / "parts"
    parts.mkdir()
    scribe.write(parts / "c.jsonl.gz", 1, 5)
    scribe.write(parts / "b.jsonl", 6, 12)
    scribe.write(parts / "a.jsonl", 11)
    scribe.write(parts / "central.jsonl.gz", holder="central", acknowledged=16)
    read = judged(parts)
    assert read.findings.kept == []
    assert read.total == whole.total
    assert len(read.ledgers) == 1
    assert read.ledgers[0].acknowledged_through == 16
    assert whole.ledgers[0].acknowledged_through == 0


def test_a_part_that_begins_late_judges_what_it_can(scribe: Scribe, tmp_path: Path) -> None:
    result = judged(scribe.write(tmp_path / "a.jsonl", 6))
    assert result.findings.kept == []
    assert result.total.unknown_grants == 5
    assert result.total.sold["pertamax"].fills == 3


def test_a_city_in_one_folder(scribe: Scribe, tmp_path: Path) -> None:
    other = Scribe(incarnation="f" * 16)
    other.begin()
    other.sell(1, sale="f" * 16 + "-1")
    for number, one in enumerate((scribe, other)):
        one.write(tmp_path / f"{number}.jsonl")
    (tmp_path / "notes.txt").write_text("not an export")
    result = judged(tmp_path)
    assert result.clean
    assert result.total.sold["pertamax"].fills == 5
    assert [one.incarnation for one in result.ledgers] == [scribe.incarnation, "f" * 16]


def test_an_unsealed_refusal_at_the_end_is_said_not_blamed(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(refusal(9))
    result = judged(scribe.write(tmp_path / "a.jsonl"))
    assert result.clean
    assert (result.ledgers[0].proven_through, result.ledgers[0].through) == (16, 17)


def test_nothing_to_read_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="no export in it"):
        files_in([tmp_path])
    for content in (b"", b"\n", b"{}\n", b"\x1f\x8b", b'{"end":{}}\n'):
        (tmp_path / "a.jsonl").write_bytes(content)
        with pytest.raises(Unusable, match="header"):
            judged(tmp_path / "a.jsonl")


def test_an_outage_and_the_fill_that_it_ended_are_sound(scribe: Scribe, tmp_path: Path) -> None:
    before = len(scribe.entries)
    scribe.say(PowerChanged(on_battery=True))
    scribe.sell(5, 500, 2, ended_by="on_battery", boot=2)
    scribe.say(PowerChanged(on_battery=False))
    scribe.seal()
    result = judged(scribe.write(tmp_path / "a.jsonl"))
    assert result.findings.kept == []
    assert (result.ledgers[0].through, result.total.spent_ml) == (before + 3, 8900)
