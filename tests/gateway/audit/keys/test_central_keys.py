"""Central's keys and records: which acknowledgements count, and for how long."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.trust import Trust
from gateway.core.facts import KeyLearned
from mqtt.certificates import state
from tests.gateway.audit.keys.changes import (
    NEW_CENTRAL,
    NEW_KEY,
    OTHER,
    REPLACED,
    ROOT,
    record,
    trusting,
)
from tests.gateway.audit.scribe import CENTRAL_KEY, KEY, OTHER_KEY, Scribe, judged
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal

REVOKED = state(ROOT, "key-revocation", "central", CENTRAL_KEY.public_key(), serial=3, issued=TIME)


def test_centrals_records_bound_a_key_that_the_ledger_is_silent_of(tmp_path: Path) -> None:
    """The old key goes on in another history, without the change that central has seen."""
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    trust = trusting(KEY, NEW_KEY)
    trust.records = [record(KEY, 1, 6), record(NEW_KEY, 7, None)]
    assert judged(scribe.write(tmp_path / "a.jsonl"), keys=trust).clean
    scribe.sell(2)
    scribe.sell(3)
    result = judged(scribe.write(tmp_path / "b.jsonl"), keys=trust)
    assert result.findings.counts == {"seal": 2}
    assert "it is good for 1 to 6, not for 7" in str(result.findings.kept[0])


def test_of_a_revoked_gateway_only_what_central_acknowledged_counts(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    trust = trusting(KEY)
    trust.records = [record(KEY, 1, 2, "stolen")]
    assert judged(scribe.write(tmp_path / "a.jsonl", acknowledged=5), keys=trust).clean
    (problem,) = judged(
        scribe.write(tmp_path / "b.jsonl", acknowledged=4), keys=trust
    ).findings.kept
    assert "central's acknowledgement of all entries" in str(problem)
    assert "stolen" in str(problem)


def acknowledged(
    tmp_path: Path, by: Ed25519PrivateKey, at: int, *learned: KeyLearned, trust: Trust
) -> list[str]:
    """What is wrong with central's seal at entry `at`, of a ledger that learned at entry 6."""
    from mqtt.seals import Signer

    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    scribe.say(*learned, refusal(1), refusal(2))
    signer = Signer(by, GATEWAY, INCARNATION, 1)
    scribe.seals.append(signer.seal("ledger-ack", at, scribe.hashes[at]))
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl"
    return [str(one) for one in judged(scribe.write(path), keys=trust).findings.kept]


def test_a_replaced_key_of_centrals_acknowledges_nothing_after_its_successor_is_known(
    tmp_path: Path,
) -> None:
    learned = KeyLearned(statement=REPLACED, epoch=1, through=9)
    trust = trusting(KEY, rooted=True)
    assert acknowledged(tmp_path, CENTRAL_KEY, 5, learned, trust=trust) == []
    assert acknowledged(tmp_path, NEW_CENTRAL, 7, learned, trust=trust) == []
    (found,) = acknowledged(tmp_path, CENTRAL_KEY, 6, learned, trust=trust)
    assert "was replaced: entry 6 knows its successor" in found


def test_a_revoked_key_of_centrals_acknowledges_nothing(tmp_path: Path) -> None:
    learned = [KeyLearned(statement=one, epoch=1, through=9) for one in (REPLACED, REVOKED)]
    trust = trusting(KEY, rooted=True)
    (found,) = acknowledged(tmp_path, CENTRAL_KEY, 5, *learned, trust=trust)
    assert "none of central's that may still be believed" in found


def test_what_the_root_did_not_sign_is_no_key_of_centrals(tmp_path: Path) -> None:
    forged = state(
        OTHER_KEY, "key-certificate", "central", OTHER_KEY.public_key(), serial=2, issued=TIME
    )
    trust = trusting(KEY, rooted=True)
    learned = KeyLearned(statement=forged, epoch=1, through=9)
    found = acknowledged(tmp_path, OTHER_KEY, 7, learned, trust=trust)
    assert any("none of central's that may still be believed" in one for one in found)
    assert any(f"that the root signed, found one about key {OTHER}" in one for one in found)
