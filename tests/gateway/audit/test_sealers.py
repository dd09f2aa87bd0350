"""An auditor follows a gateway's changes of its key, and is not led astray by a false one."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.sealers import Sealers
from gateway.core.chain import GENESIS
from gateway.core.facts import KeyRotated
from gateway.core.log import Entry
from mqtt.certificates import public_text
from mqtt.keys import Keyring
from mqtt.seals import Seal, SealInvalid, Signer

GATEWAY, INCARNATION = "kupang-01", "00112233445566aa"
OLD, NEW, THIEF = (Ed25519PrivateKey.generate() for _ in range(3))


def change(sequence: int, old: Ed25519PrivateKey, new: Ed25519PrivateKey) -> Entry:
    olds, news = (public_text(key.public_key()) for key in (old, new))
    return Entry(
        id=f"{INCARNATION}/{sequence}",
        source=f"takar/{GATEWAY}",
        type="key.rotated",
        time="2026-11-22T04:00:00.000Z",
        data=msgspec.to_builtins(KeyRotated(old=olds, new=news, by="a test")),
        sequence=sequence,
        prevhash=GENESIS,
    )


def sealed(key: Ed25519PrivateKey, sequence: int) -> Seal:
    return Signer(key, GATEWAY, INCARNATION, 1).seal("ledger", sequence, "ab" * 32)


def sealers(*known: Ed25519PrivateKey) -> Sealers:
    return Sealers([Keyring({GATEWAY: key.public_key()}) for key in known], GATEWAY, INCARNATION)


@pytest.mark.parametrize("known", [(OLD,), (OLD, NEW)], ids=["the first key", "both"])
def test_each_key_is_good_for_its_part(known: tuple[Ed25519PrivateKey, ...]) -> None:
    checking = sealers(*known)
    checking.verify(sealed(OLD, 9))
    checking.take(change(10, OLD, NEW))
    checking.verify(sealed(OLD, 10))
    checking.verify(sealed(NEW, 11))
    for key, sequence in ((OLD, 11), (NEW, 10)):
        with pytest.raises(SealInvalid, match="was replaced: it is good for"):
            checking.verify(sealed(key, sequence))


def test_a_change_that_the_old_key_did_not_seal_is_none() -> None:
    checking = sealers(OLD)
    checking.verify(sealed(OLD, 9))
    checking.take(change(10, OLD, THIEF))
    with pytest.raises(SealInvalid, match="which the key before did not seal"):
        checking.verify(sealed(THIEF, 11))


def test_a_made_up_past_does_not_become_true_by_naming_a_known_key() -> None:
    """A history of the thief's own key that ends in a change to the real one."""
    checking = sealers(NEW)
    checking.take(change(10, THIEF, NEW))
    with pytest.raises(SealInvalid, match="nothing that a given key sealed"):
        checking.verify(sealed(THIEF, 10))
