"""What a gateway believes of central's keys, and that it believes nothing before it is written."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.facts import KeyLearned, KeyStatement
from gateway.runtime.trust import Trust
from mqtt.certificates import public_text, state, statement_name, write_statement
from mqtt.keys import KeyRefused
from mqtt.seal import SealType
from mqtt.seals import SealInvalid, Signer, verify

ROOT, OLD, NEW = (Ed25519PrivateKey.generate() for _ in range(3))
GATEWAY, INCARNATION = "kupang-01", "00112233445566aa"


def stated(key: Ed25519PrivateKey, serial: int, *, revoked: bool = False) -> KeyStatement:
    return state(
        ROOT,
        "key-revocation" if revoked else "key-certificate",
        "central",
        key.public_key(),
        serial=serial,
        issued="2026-11-02T01:00:00.000Z",
    )


FIRST, SECOND = stated(OLD, 1), stated(NEW, 2)


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    write_statement(tmp_path / statement_name(FIRST), FIRST)
    made = Trust(public_text(ROOT.public_key()), tmp_path)
    made.take(made.unsaid(1, 0))
    return made


def good(trust: Trust, key: Ed25519PrivateKey, kind: SealType, sequence: int = 1) -> bool:
    seal = Signer(key, GATEWAY, INCARNATION, 1).seal(kind, sequence, "ab" * 32)
    try:
        verify(seal, trust, type=kind, gateway=GATEWAY)
    except SealInvalid:
        return False
    return True


def test_a_file_is_believed_once_it_is_said_in_the_ledger(tmp_path: Path) -> None:
    write_statement(tmp_path / statement_name(FIRST), FIRST)
    trust = Trust(public_text(ROOT.public_key()), tmp_path)
    assert not good(trust, OLD, "ledger-ack")
    news = trust.unsaid(1, 0)
    assert news == [KeyLearned(statement=FIRST, epoch=1, through=0)]
    trust.take(news)
    assert good(trust, OLD, "ledger-ack")
    assert trust.unsaid(1, 5) == []


def test_a_gateway_that_was_away_for_the_whole_change_goes_on_in_order(trust: Trust) -> None:
    """It stands at directive 40; the root's word comes before any directive by the new key."""
    assert not good(trust, NEW, "directives", 41)
    news = trust.news([FIRST, SECOND], 1, 40)
    assert news == [KeyLearned(statement=SECOND, epoch=1, through=40)]
    trust.take(news)
    assert good(trust, NEW, "directives", 41)
    assert good(trust, OLD, "directives", 40)
    assert not good(trust, OLD, "directives", 41)
    assert not good(trust, OLD, "directives-head", 40)
    assert trust.news([SECOND], 1, 90) == []


def test_a_rebuilt_cache_is_sealed_anew(trust: Trust) -> None:
    """Central seals what it sends with its key of today, also what is older than that key."""
    trust.take(trust.news([SECOND], 1, 40))
    assert all(good(trust, NEW, "directives", sequence) for sequence in (1, 40, 41))


def test_a_stolen_key_cannot_certify_itself_back(trust: Trust) -> None:
    trust.take(trust.news([SECOND, stated(OLD, 3, revoked=True)], 1, 40))
    assert trust.news([FIRST], 1, 40) == []
    assert not good(trust, OLD, "directives", 1)
    forged = state(
        OLD,
        "key-certificate",
        "central",
        OLD.public_key(),
        serial=9,
        issued="2026-11-02T01:00:00.000Z",
    )
    with pytest.raises(KeyRefused, match="trusted here"):
        trust.news([forged], 1, 40)


def test_one_serial_is_one_statement(trust: Trust) -> None:
    with pytest.raises(KeyRefused, match="two statements with the serial 1"):
        trust.news([stated(NEW, 1)], 1, 40)


def test_a_ledger_of_another_root_is_refused(tmp_path: Path, trust: Trust) -> None:
    other = Ed25519PrivateKey.generate()
    foreign = state(
        other,
        "key-certificate",
        "central",
        OLD.public_key(),
        serial=1,
        issued="2026-11-02T01:00:00.000Z",
    )
    with pytest.raises(KeyRefused, match="trusted here"):
        trust.remember([KeyLearned(statement=foreign, epoch=1, through=0)])
