"""Old seals verify only where they should."""

import itertools

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.facts import KeyLearned, KeyRotated
from gateway.core.newest import Rotation
from mqtt.certificates import public_text, state
from mqtt.keys import KeyRefused
from mqtt.ring import Ring, Span, central_ring, gateway_ring
from mqtt.seal import SealType
from mqtt.seals import SealInvalid, Signer, verify

ROOT = Ed25519PrivateKey.generate()
OLD, NEW, NEWER = (Ed25519PrivateKey.generate() for _ in range(3))
GATEWAY, INCARNATION = "depot-1", "00112233445566aa"
ABOUT_NOW: tuple[SealType, ...] = ("ledger-ack", "directives-head", "snapshot")
TIME = "2026-11-02T01:00:00.000Z"
FIRST, SECOND, THIRD = (
    state(ROOT, "key-certificate", "central", key.public_key(), serial=serial, issued=TIME)
    for serial, key in enumerate((OLD, NEW, NEWER), start=1)
)
REVOKED = state(ROOT, "key-revocation", "central", OLD.public_key(), serial=4, issued=TIME)
LEARNED = [
    KeyLearned(statement=FIRST, epoch=1, through=0),
    KeyLearned(statement=SECOND, epoch=1, through=40),
    KeyLearned(statement=THIRD, epoch=1, through=70),
]


def good(ring: Ring, key: Ed25519PrivateKey, kind: SealType, sequence: int, epoch: int = 1) -> bool:
    seal = Signer(key, GATEWAY, INCARNATION, epoch).seal(kind, sequence, "ab" * 32)
    try:
        verify(seal, ring, type=kind, gateway=GATEWAY)
    except SealInvalid:
        return False
    return True


def test_a_replaced_key_of_centrals_seals_directives_up_to_where_that_was_learned() -> None:
    for told in itertools.permutations(LEARNED):
        ring = central_ring(ROOT.public_key(), told)
        for key, bound in ((OLD, 40), (NEW, 70)):
            assert good(ring, key, "directives", bound)
            assert not good(ring, key, "directives", bound + 1)
            for kind in ABOUT_NOW:
                assert not good(ring, key, kind, 1)
        for kind in ("directives", *ABOUT_NOW):
            assert good(ring, NEWER, kind, 1)
            assert good(ring, NEWER, kind, 1000)


def test_a_replaced_key_of_centrals_seals_nothing_of_a_later_epoch() -> None:
    """There directives count from 1 again, below where the successor was learned."""
    later = [*LEARNED[:2], KeyLearned(statement=THIRD, epoch=5, through=3)]
    ring = central_ring(ROOT.public_key(), later)
    assert not good(ring, OLD, "directives", 1, epoch=2)
    assert [good(ring, NEW, "directives", sequence, epoch=5) for sequence in (3, 4)] == [
        True,
        False,
    ]
    assert good(ring, NEW, "directives", 70, epoch=1)
    assert not good(ring, NEW, "directives", 1, epoch=6)
    assert good(ring, NEWER, "directives", 1, epoch=6)


def test_a_later_one_that_was_learned_first_bounds_all_before_it() -> None:
    late = [LEARNED[0], KeyLearned(statement=THIRD, epoch=1, through=40)]
    ring = central_ring(
        ROOT.public_key(), [*late, KeyLearned(statement=SECOND, epoch=1, through=70)]
    )
    assert good(ring, OLD, "directives", 40)
    assert not good(ring, OLD, "directives", 41)
    assert not good(ring, NEW, "directives", 41)


def test_a_revoked_key_seals_nothing_however_old_it_says_that_is() -> None:
    ring = central_ring(
        ROOT.public_key(), [*LEARNED, KeyLearned(statement=REVOKED, epoch=1, through=90)]
    )
    assert not good(ring, OLD, "directives", 1)
    assert good(ring, NEW, "directives", 1)
    only = central_ring(
        ROOT.public_key(), [LEARNED[0], KeyLearned(statement=REVOKED, epoch=1, through=9)]
    )
    assert only.current is None
    assert not good(only, OLD, "ledger-ack", 1)


def test_the_higher_serial_wins() -> None:
    again = state(ROOT, "key-certificate", "central", OLD.public_key(), serial=5, issued=TIME)
    told = [LEARNED[0], KeyLearned(statement=REVOKED, epoch=1, through=9)]
    ring = central_ring(
        ROOT.public_key(), [*told, KeyLearned(statement=again, epoch=1, through=12)]
    )
    assert ring.current is not None


def test_what_the_root_did_not_sign_makes_no_ring() -> None:
    with pytest.raises(KeyRefused, match="trusted here"):
        central_ring(OLD.public_key(), LEARNED)


def rotated(old: Ed25519PrivateKey, new: Ed25519PrivateKey) -> KeyRotated:
    olds, news = (public_text(key.public_key()) for key in (old, new))
    return KeyRotated(old=olds, new=news, by="a test")


CHANGES = [Rotation(40, rotated(OLD, NEW)), Rotation(70, rotated(NEW, NEWER))]


@pytest.mark.parametrize("known", [OLD, NEW, NEWER], ids=["first", "second", "third"])
def test_a_gateways_keys_seal_their_own_entries_and_no_others(known: Ed25519PrivateKey) -> None:
    ring = gateway_ring(GATEWAY, known.public_key(), CHANGES)
    spans = {OLD: range(1, 41), NEW: range(41, 71), NEWER: range(71, 100)}
    for (key, span), sequence in itertools.product(spans.items(), (1, 40, 41, 70, 71)):
        assert good(ring, key, "ledger", sequence) == (sequence in span)
    assert [good(ring, key, "status", 1) for key in spans] == [False, False, True]
    assert [good(ring, key, "request", 1) for key in spans] == [False, False, True]
    assert all(good(ring, key, "checkpoint", 99) for key in spans)


def test_a_key_that_the_ledger_does_not_name_is_refused() -> None:
    with pytest.raises(KeyRefused, match="none of the keys"):
        gateway_ring(GATEWAY, ROOT.public_key(), CHANGES)
    with pytest.raises(KeyRefused, match="entry 70 replaces a key that was not in use"):
        gateway_ring(GATEWAY, OLD.public_key(), [CHANGES[0], Rotation(70, rotated(OLD, NEWER))])


def test_another_incarnation_is_begun_by_the_key_of_today_alone() -> None:
    spans = [
        Span(OLD.public_key(), 1, None, "", "1" * 16),
        Span(OLD.public_key(), 1, 9, "", "2" * 16),
        Span(NEW.public_key(), 10, None, "", "2" * 16),
    ]
    ring = Ring(GATEWAY, spans, today="2" * 16)
    assert not good(ring, OLD, "ledger", 1)
    assert good(ring, NEW, "ledger", 1)
    former = Signer(OLD, GATEWAY, "1" * 16, 1).seal("ledger", 500, "ab" * 32)
    verify(former, ring, type="ledger", gateway=GATEWAY)


def test_each_refusal_says_why() -> None:
    ring = central_ring(
        ROOT.public_key(), [*LEARNED, KeyLearned(statement=REVOKED, epoch=1, through=90)]
    )
    for key, kind, why in (
        (ROOT, "directives", "unknown key .* none of central's"),
        (OLD, "directives", "is revoked: the root says so in its statement 4"),
        (
            NEW,
            "directives",
            "was replaced: it is good for 1 to 70 of epoch 1, not for 99 of epoch 1",
        ),
        (NEW, "ledger-ack", "seals no ledger-ack any more"),
    ):
        seal = Signer(key, GATEWAY, INCARNATION, 1).seal(kind, 99, "ab" * 32)  # type: ignore[arg-type]
        with pytest.raises(KeyRefused, match=why):
            ring.key_of("central", seal)
