"""Keys that change: each is good for its own entries, and what vouches for it is asked for."""

from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.trust import Trust
from gateway.core.facts import FormerLedger, GatewayRestored, KeyLearned, KeyRotated
from mqtt.certificates import KeyRecord, public_text, state, statement_name, write_statement
from mqtt.keys import KeyRefused, key_id, write_public
from tests.gateway.audit.scribe import CENTRAL_KEY, KEY, OTHER_KEY, Scribe, judged
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, grant, refusal

ROOT, NEW_KEY, NEW_CENTRAL = (
    Ed25519PrivateKey.from_private_bytes(bytes(range(n, n + 32))) for n in (97, 129, 161)
)
CERTIFIED, REPLACED = (
    state(ROOT, "key-certificate", "central", key.public_key(), serial=serial, issued=TIME)
    for serial, key in enumerate((CENTRAL_KEY, NEW_CENTRAL), start=1)
)
REVOKED = state(ROOT, "key-revocation", "central", CENTRAL_KEY.public_key(), serial=3, issued=TIME)
FIRST, SECOND, OTHER = (key_id(key.public_key()) for key in (KEY, NEW_KEY, OTHER_KEY))


def trusting(*keys: Ed25519PrivateKey, rooted: bool = False) -> Trust:
    trust = Trust.of({"central": CENTRAL_KEY.public_key()})
    for key in keys:
        trust.pin(GATEWAY, key.public_key())
    if rooted:
        trust.root, trust.statements = ROOT.public_key(), [CERTIFIED]
    return trust


def rotated(scribe: Scribe, new: Ed25519PrivateKey, old: Ed25519PrivateKey | None = None) -> None:
    """The fact alone: sealed by nobody yet."""
    olds, news = (public_text(key.public_key()) for key in (old or scribe.key, new))
    scribe.say(KeyRotated(old=olds, new=news, by="a test"))


@pytest.fixture
def scribe() -> Scribe:
    """Entry 6 replaces the key; a sale by each of both keys."""
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    rotated(scribe, NEW_KEY)
    scribe.seal()
    scribe.key = NEW_KEY
    scribe.sell(2)
    return scribe


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
    assert f"key {FIRST} was replaced: it is good for 1 to 6, not for 8" in problem.found


def test_a_key_seals_nothing_before_it_was_there(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.begin()
    scribe.seal(NEW_KEY)
    rotated(scribe, NEW_KEY)
    scribe.seal()
    (problem,) = judged(scribe.write(tmp_path / "a.jsonl"), keys=trusting(KEY)).findings.kept
    assert f"key {SECOND} was replaced: it is good for 6 on, not for 4" in problem.found


def test_a_change_that_the_old_key_did_not_seal_is_none(tmp_path: Path) -> None:
    """Else whoever can write would make his own key the next one."""
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    rotated(scribe, OTHER_KEY)
    scribe.key = OTHER_KEY
    scribe.sell(2)
    (problem,) = judged(scribe.write(tmp_path / "a.jsonl"), keys=trusting(KEY)).findings.kept
    assert f"the seal of key {FIRST} on the entry that replaces it" in problem.expected


def test_a_trusted_key_must_have_sealed_what_vouches_for_the_one_before(tmp_path: Path) -> None:
    """Else whoever can write would make his own key the former one."""
    scribe = Scribe(key=OTHER_KEY)
    scribe.begin()
    scribe.sell(1)
    rotated(scribe, KEY)
    scribe.seal()
    (problem,) = judged(scribe.write(tmp_path / "a.jsonl"), keys=trusting(KEY)).findings.kept
    assert f"a seal by {FIRST} after entry 6" in problem.expected
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
            assert "was replaced before this ledger began" in problem.found


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


def record(
    key: Ed25519PrivateKey, first: int, through: int | None, revoked: str | None = None
) -> KeyRecord:
    certificate = state(
        CENTRAL_KEY, "key-certificate", GATEWAY, key.public_key(), serial=first, issued=TIME
    )
    public = public_text(key.public_key())
    return KeyRecord(GATEWAY, INCARNATION, first, through, revoked, public, certificate)


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
    assert "central's acknowledgement of all entries" in problem.expected
    assert "stolen" in problem.expected


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
    learned = KeyLearned(statement=REPLACED, through=9)
    trust = trusting(KEY, rooted=True)
    assert acknowledged(tmp_path, CENTRAL_KEY, 5, learned, trust=trust) == []
    assert acknowledged(tmp_path, NEW_CENTRAL, 7, learned, trust=trust) == []
    (found,) = acknowledged(tmp_path, CENTRAL_KEY, 6, learned, trust=trust)
    assert "was replaced: entry 6 knows its successor" in found


def test_a_revoked_key_of_centrals_acknowledges_nothing(tmp_path: Path) -> None:
    learned = [KeyLearned(statement=one, through=9) for one in (REPLACED, REVOKED)]
    trust = trusting(KEY, rooted=True)
    (found,) = acknowledged(tmp_path, CENTRAL_KEY, 5, *learned, trust=trust)
    assert "none of central's that may still be believed" in found


def test_what_the_root_did_not_sign_is_no_key_of_centrals(tmp_path: Path) -> None:
    forged = state(
        OTHER_KEY, "key-certificate", "central", OTHER_KEY.public_key(), serial=2, issued=TIME
    )
    trust = trusting(KEY, rooted=True)
    learned = KeyLearned(statement=forged, through=9)
    found = acknowledged(tmp_path, OTHER_KEY, 7, learned, trust=trust)
    assert any("none of central's that may still be believed" in one for one in found)
    assert any(f"that the root signed, found one about key {OTHER}" in one for one in found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As `takar keys export` writes it."""
    folder = tmp_path / "keys"
    (folder / "central").mkdir(parents=True)
    (folder / "former-1").mkdir()
    write_public(folder / "former-1" / f"{GATEWAY}.pem", KEY.public_key())
    write_public(folder / f"{GATEWAY}.pem", NEW_KEY.public_key())
    write_public(folder / "central.pem", CENTRAL_KEY.public_key())
    write_public(folder / "central" / "root.pem", ROOT.public_key())
    write_statement(folder / "central" / statement_name(CERTIFIED), CERTIFIED)
    records = [record(KEY, 1, 6), record(NEW_KEY, 7, None)]
    (folder / f"{GATEWAY}.keys.json").write_bytes(msgspec.json.encode(records))
    return folder


def test_a_folder_is_read_whole(scribe: Scribe, folder: Path, tmp_path: Path) -> None:
    trust = Trust.from_dirs([folder])
    assert set(trust.pinned[GATEWAY]) == {FIRST, SECOND}
    assert trust.root is not None
    path = scribe.write(tmp_path / "a.jsonl", acknowledged=7)
    assert judged(path, keys=trust).findings.kept == []


def test_certificates_are_enough(scribe: Scribe, folder: Path, tmp_path: Path) -> None:
    for path in (folder / f"{GATEWAY}.pem", folder / "former-1" / f"{GATEWAY}.pem"):
        path.unlink()
    assert judged(scribe.write(tmp_path / "a.jsonl"), keys=Trust.from_dirs([folder])).clean


def test_a_folder_that_contradicts_its_root_is_refused(folder: Path, tmp_path: Path) -> None:
    write_public(folder / "central.pem", OTHER_KEY.public_key())
    with pytest.raises(KeyRefused, match="did not certify"):
        Trust.from_dirs([folder])
    write_public(folder / "central.pem", CENTRAL_KEY.public_key())
    other = tmp_path / "other"
    other.mkdir()
    write_public(other / "root.pem", OTHER_KEY.public_key())
    with pytest.raises(KeyRefused, match="another root"):
        Trust.from_dirs([folder, other])
    (folder / f"{GATEWAY}.keys.json").write_text("[1]")
    with pytest.raises(KeyRefused, match="a gateway's keys in JSON"):
        Trust.from_dirs([folder])


def test_an_altered_certificate_is_refused(folder: Path) -> None:
    one = record(OTHER_KEY, 1, None)
    assert one.certificate is not None
    certificate = msgspec.structs.replace(one.certificate, serial=9)
    altered = msgspec.structs.replace(one, certificate=certificate)
    (folder / f"{GATEWAY}.keys.json").write_bytes(msgspec.json.encode([altered]))
    with pytest.raises(KeyRefused, match="altered"):
        Trust.from_dirs([folder])
