"""Keys that change: each is good for its own entries, and what vouches for it is asked for."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.facts import FormerLedger, GatewayRestored
from tests.gateway.audit.keys.changes import FIRST, NEW_KEY, SECOND, rotated, trusting
from tests.gateway.audit.scribe import KEY, OTHER_KEY, Scribe, judged
from tests.gateway.store.samples import INCARNATION, grant, refusal


@pytest.mark.parametrize("known", [[KEY], [NEW_KEY], [KEY, NEW_KEY]], ids=["old", "new", "both"])
def test_one_key_that_is_trusted_vouches_for_the_others(
    scribe: Scribe, tmp_path: Path, known: list[Ed25519PrivateKey]
) -> None:
    result = judged(scribe.write(tmp_path / "a.jsonl"), keys=trusting(*known))
    assert result.findings.kept == []
    (change,) = result.ledgers[0].key_changes
    assert change == (6, "rotated", FIRST, SECOND)


def test_a_key_that_was_replaced_seals_nothing_beyond(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(refusal(1))
    scribe.seal(KEY)
    (problem,) = judged(scribe.write(tmp_path / "a.jsonl"), keys=trusting(KEY)).findings.kept
    assert (problem.kind, problem.place.sequence) == ("seal", 8)
    assert f"key {FIRST} was replaced: it is good for 1 to 6, not for 8" in str(problem)


def test_a_key_seals_nothing_before_it_was_there(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.begin()
    scribe.seal(NEW_KEY)
    rotated(scribe, NEW_KEY)
    scribe.seal()
    (problem,) = judged(scribe.write(tmp_path / "a.jsonl"), keys=trusting(KEY)).findings.kept
    assert f"key {SECOND} was replaced: it is good for 6 on, not for 4" in str(problem)


def test_a_change_that_the_old_key_did_not_seal_is_none(tmp_path: Path) -> None:
    """Else whoever can write would make his own key the next one."""
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    rotated(scribe, OTHER_KEY)
    scribe.key = OTHER_KEY
    scribe.sell(2)
    (problem,) = judged(scribe.write(tmp_path / "a.jsonl"), keys=trusting(KEY)).findings.kept
    assert f"the seal of key {FIRST} on the entry that replaces it" in str(problem)


def test_a_trusted_key_must_have_sealed_what_vouches_for_the_one_before(tmp_path: Path) -> None:
    """Else whoever can write would make his own key the former one."""
    scribe = Scribe(key=OTHER_KEY)
    scribe.begin()
    scribe.sell(1)
    rotated(scribe, KEY)
    scribe.seal()
    (problem,) = judged(scribe.write(tmp_path / "a.jsonl"), keys=trusting(KEY)).findings.kept
    assert f"a seal by {FIRST} after entry 6" in str(problem)
    scribe.key = KEY
    scribe.sell(2)
    assert judged(scribe.write(tmp_path / "b.jsonl"), keys=trusting(KEY)).clean


def test_changes_follow_one_another(scribe: Scribe, tmp_path: Path) -> None:
    rotated(scribe, OTHER_KEY, old=KEY)
    scribe.seal(NEW_KEY)
    result = judged(scribe.write(tmp_path / "a.jsonl"), keys=trusting(KEY, NEW_KEY))
    assert result.findings.counts["order"] == 1


def test_without_a_change_there_is_one_key(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    scribe.key = NEW_KEY
    scribe.sell(2)
    result = judged(scribe.write(tmp_path / "a.jsonl"), keys=trusting(KEY, NEW_KEY))
    assert result.findings.counts == {"seal": 2}
    assert "none of kupang-01's" in str(result.findings.kept[0])


def test_a_key_replaced_in_one_life_is_none_in_the_next(scribe: Scribe, tmp_path: Path) -> None:
    scribe.write(tmp_path / "a.jsonl")
    for key in (NEW_KEY, KEY):
        after = Scribe(incarnation="e" * 16, key=key)
        former = FormerLedger(
            incarnation=INCARNATION, sequence=7, head=scribe.hashes[-1], found="state"
        )
        after.say(
            GatewayRestored(
                by="a", version="1", configuration_hash="ab" * 32, epoch=1, previous=former
            ),
            grant(3),
        )
        after.seal()
        (tmp_path / "b.jsonl").unlink(missing_ok=True)
        after.write(tmp_path / "b.jsonl")
        result = judged(tmp_path, keys=trusting(KEY, NEW_KEY))
        if key is NEW_KEY:
            assert result.findings.kept == []
        else:
            (problem,) = result.findings.kept
            assert "was replaced before this ledger began" in str(problem)


def test_nor_does_it_vouch_for_another_there(scribe: Scribe, tmp_path: Path) -> None:
    scribe.write(tmp_path / "a.jsonl")
    former = FormerLedger(
        incarnation=INCARNATION, sequence=7, head=scribe.hashes[-1], found="state"
    )
    after = Scribe(incarnation="e" * 16)
    after.say(
        GatewayRestored(by="a", version="1", configuration_hash="ab" * 32, epoch=1, previous=former)
    )
    rotated(after, OTHER_KEY)
    after.seal()
    after.write(tmp_path / "b.jsonl")
    found = judged(tmp_path, keys=trusting(KEY, NEW_KEY)).findings
    assert set(found.counts) == {"seal"}
