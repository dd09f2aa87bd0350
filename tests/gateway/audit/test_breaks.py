"""Each thing broken in turn, and found: by its kind, at its entry, with what was expected."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.audit.problems import Kind
from gateway.audit.run import audit
from gateway.audit.trust import Trust
from gateway.core.chain import canonical
from gateway.core.facts import (
    AllocationApplied,
    Charge,
    EpochAdopted,
    FlowUnauthorised,
    FlowUncounted,
    GatewayInitialised,
    GrantClosed,
    GrantReported,
    LedgerForked,
)
from tests.gateway.audit.scribe import KEY, KEYS, OTHER_KEY, Scribe, booted, judged, rewritten
from tests.gateway.store.samples import GATEWAY, grant, refusal


def begun() -> Scribe:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    return scribe


def twice(scribe: Scribe) -> None:
    scribe.sell(1)


def wrong_volume(scribe: Scribe) -> None:
    scribe.sell(2, 1000, volume_ml=900, amount_idr=11_655, charges=[Charge(1, 900)])


def wrong_charges(scribe: Scribe) -> None:
    scribe.sell(2, charges=[Charge(1, 999)])


def wrong_amount(scribe: Scribe) -> None:
    scribe.sell(2, amount_idr=12_949)


def other_price(scribe: Scribe) -> None:
    scribe.sell(2, price_idr_per_l=13_000, amount_idr=13_000)


def of_another_life(scribe: Scribe) -> None:
    scribe.sell(2, sale="f" * 16 + "-2")


def exceeded(scribe: Scribe) -> None:
    scribe.sell(2, 39_001)


def of_another_holder(scribe: Scribe) -> None:
    scribe.sell(2, subject="dh-9999-z")


def never_activated(scribe: Scribe) -> None:
    scribe.sell(2, 1000, 9)


def activated_again(scribe: Scribe) -> None:
    scribe.say(grant(2))


def after_close(scribe: Scribe) -> None:
    scribe.say(GrantClosed(grant_no=1, spent_ml=1000, why="recalled"))
    scribe.sell(2)


def closed_wrong(scribe: Scribe) -> None:
    scribe.say(GrantClosed(grant_no=1, spent_ml=999, why="expired"))


def closed_twice(scribe: Scribe) -> None:
    scribe.say(*[GrantClosed(grant_no=1, spent_ml=1000, why="expired")] * 2)


def held_after_all(scribe: Scribe) -> None:
    scribe.say(GrantClosed(grant_no=1, spent_ml=0, why="never_held"))


def over_reported(scribe: Scribe) -> None:
    scribe.say(GrantReported(grant_no=1, spent_ml=1000, reserved_ml=39_001))


def back_in_time(scribe: Scribe) -> None:
    scribe.say(booted(1))


def of_another_boot(scribe: Scribe) -> None:
    scribe.sell(2, boot=2)


def metered_twice(scribe: Scribe) -> None:
    scribe.sell(2, totaliser_ml=999)


def more_than_metered(scribe: Scribe) -> None:
    scribe.say(FlowUnauthorised(pump=1, volume_ml=500, totaliser_end_ml=1400))


def unexplained(scribe: Scribe) -> None:
    scribe.sell(2, totaliser_ml=1201)


def uncounted(scribe: Scribe) -> None:
    scribe.say(FlowUncounted(pump=1, bound_ml=1, why="power"))


def unread(scribe: Scribe) -> None:
    scribe.sell(2, totaliser_end_ml=None)


def forked(scribe: Scribe) -> None:
    scribe.say(LedgerForked(detail="central has another entry 3"))


def nameless(scribe: Scribe) -> None:
    scribe.say(refusal(1), type="sale.completed")


def foreign(scribe: Scribe) -> None:
    scribe.say(refusal(1), source="takar/kupang-02")


def foreign_life(scribe: Scribe) -> None:
    scribe.say(refusal(1), id=f"{'f' * 16}/7")


def broken_chain(scribe: Scribe) -> None:
    scribe.say(refusal(1), prevhash="ab" * 32)


def left_out(scribe: Scribe) -> None:
    scribe.say(refusal(1), sequence=8, id=f"{scribe.incarnation}/8")


def unreadable(scribe: Scribe) -> None:
    scribe.say(refusal(1), time=7)


def other_key(scribe: Scribe) -> None:
    scribe.seals.clear()
    scribe.seal(OTHER_KEY)


def claimed_key(scribe: Scribe) -> None:
    signature = scribe.seals[-1].signature
    scribe.seals.clear()
    scribe.seal(signature="A" + signature[1:] if signature[0] != "A" else "B" + signature[1:])


def other_head(scribe: Scribe) -> None:
    scribe.say(refusal(1))
    scribe.hashes[-1] = "ab" * 32
    scribe.seal()


def other_kind(scribe: Scribe) -> None:
    scribe.seal(type="status")


def reported_wrong(scribe: Scribe) -> None:
    scribe.say(GrantReported(grant_no=1, spent_ml=999, reserved_ml=0))


def reported_after_close(scribe: Scribe) -> None:
    scribe.say(GrantClosed(grant_no=2, spent_ml=0, why="expired"))
    scribe.say(GrantReported(grant_no=2, spent_ml=0, reserved_ml=0))


def begun_again(scribe: Scribe) -> None:
    scribe.say(GatewayInitialised(by="init", version="0.1.0", configuration_hash="ab" * 32))


def same_epoch(scribe: Scribe) -> None:
    scribe.say(*[EpochAdopted(epoch=2, through=5)] * 2)


def epoch_of_the_future(scribe: Scribe) -> None:
    scribe.say(EpochAdopted(epoch=2, through=6))


def former_epoch(scribe: Scribe) -> None:
    scribe.say(EpochAdopted(epoch=2, through=5))
    scribe.say(AllocationApplied(epoch=1, through=9, content="ab" * 32))


def override_by_nobody(scribe: Scribe) -> None:
    scribe.say(replace(grant(3), kind="override", subject=GATEWAY))
    scribe.sell(2, 1000, 3)


BREAKS: dict[Callable[[Scribe], None], tuple[Kind, str]] = {
    twice: ("sale", "a second time"),
    wrong_volume: ("meter", "1000 ml metered, 900 ml sold"),
    wrong_charges: ("sale", "expected 1000 ml charged, as was sold, found 999 ml"),
    wrong_amount: ("sale", "expected Rp 12950 for 1000 ml, found Rp 12949"),
    other_price: ("sale", "the price of pertamax in version 3, found Rp 13000"),
    of_another_life: ("sale", "found ffffffffffffffff-2"),
    exceeded: ("grant", "at most 40000 ml of grant 1, found 40001 ml"),
    of_another_holder: ("grant", "the holder of grant 1, dh-1001-a, found one to dh-9999-z"),
    never_activated: ("order", "found grant 9, which never was"),
    activated_again: ("grant", "grant 2 activated again"),
    after_close: ("order", "nothing of grant 1, which is closed, found 1000 ml charged"),
    closed_wrong: ("grant", "at what sales took, 1000 ml, found 999 ml"),
    closed_twice: ("grant", "found closed again"),
    held_after_all: ("grant", "grant 1 never held here"),
    over_reported: ("grant", "found 1000 ml spent and 39001 ml reserved"),
    back_in_time: ("order", "a boot after 1, found boot 1"),
    of_another_boot: ("sale", "expected a sale of boot 1, found one of boot 2"),
    metered_twice: ("meter", "expected pump 1 to begin at 1000 ml or more"),
    more_than_metered: ("meter", "the 1400 ml that pump 1 counted, found 1500 ml"),
    unexplained: ("meter", "found 201 ml counted by its meter in no sale"),
    uncounted: ("meter", "found 1 ml stated as uncounted"),
    unread: ("meter", "a reading at the end, unless the sale is estimated"),
    reported_wrong: ("grant", "grant 1 reported as it stands, 1000 ml spent, found 999 ml"),
    reported_after_close: ("grant", "grant 2 reported as it stands, closed"),
    begun_again: ("order", "the beginning of a ledger as its first entry, found as entry 6"),
    same_epoch: ("order", "an epoch after 2, found epoch 2 adopted"),
    epoch_of_the_future: ("order", "held by central before this one, 6, found those through 6"),
    former_epoch: ("order", "directives of epoch 2, found some of epoch 1"),
    override_by_nobody: ("grant", "a supervisor's card with grant 3 of the station"),
    forked: ("fork", "central has another entry 3"),
    nameless: ("fact", "sale.completed"),
    foreign: ("owner", "takar/kupang-02"),
    foreign_life: ("owner", "found ffffffffffffffff/7"),
    broken_chain: ("chain", "the hash of the entry before"),
    left_out: ("sequence", "expected entry 6, found entry 8"),
    unreadable: ("fact", "an entry with all its fields"),
    other_key: ("seal", "unknown key"),
    claimed_key: ("seal", "does not fit the ledger seal at sequence 5"),
    other_head: ("seal", "expected a seal of entry 6 with the hash"),
    other_kind: ("seal", "a seal of type status"),
}


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
    scribe.sell(2, 1000, 3, override_by="04A1B2C3D4E5F6")
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
    assert (problem.kind, problem.found) == ("order", "sale.refused first")


def test_two_histories_of_one_ledger(tmp_path: Path) -> None:
    one, other = begun(), begun()
    one.sell(2)
    other.sell(2, 2000)
    mine, theirs = one.write(tmp_path / "a.jsonl"), other.write(tmp_path / "b.jsonl")
    result = judged(mine, theirs)
    assert result.findings.counts == {"fork": 1}
    assert f"{theirs}, line 8, entry 6: fork" in str(result.findings.kept[0])


def test_a_part_that_does_not_follow(tmp_path: Path) -> None:
    one, other = begun(), begun()
    one.sell(2)
    other.sell(2, 2000)
    for scribe in (one, other):
        scribe.sell(3)
    result = judged(one.write(tmp_path / "a.jsonl", 1, 6), other.write(tmp_path / "b.jsonl", 7))
    assert result.findings.counts["fork"] == 1
    assert "expected to follow" in str(result.findings.kept[0])


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
        assert any("cut" in one.found or "end" in one.found for one in result.findings.kept)


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
