"""A gateway changes its key: the old one seals up to that entry, the new one the rest."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.runtime.network import LedgerOutbox
from gateway.store import rotation
from gateway.store.allocation import Allocation
from gateway.store.ledger import Ledger
from gateway.store.reader import LedgerReader
from gateway.store.rotation import own_private, rotate_key
from gateway.store.statements import SEAL_EVERY
from mqtt.batches import check_batch
from mqtt.delivery import Delivery
from mqtt.keys import KeyRefused, Keyring, key_id, next_file
from mqtt.messages import LedgerMessage
from mqtt.payloads import decode
from mqtt.ring import Ring, gateway_ring
from mqtt.seals import SealInvalid, verify
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal


@pytest.fixture
def private_file(tmp_path: Path, private: Ed25519PrivateKey) -> Path:
    file = tmp_path / "own.pem"
    file.touch(mode=0o600)
    file.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


def rotate(private_file: Path, path: Path) -> str:
    return rotate_key(private_file, path, GATEWAY, by="a test", time=TIME)


def reopened(private_file: Path, path: Path) -> Ledger:
    return Ledger.open(path, own_private(private_file, path), gateway=GATEWAY)


def ring_of(path: Path, known: Ed25519PrivateKey) -> Ring:
    with LedgerReader(path) as reader:
        return gateway_ring(GATEWAY, known.public_key(), reader.rotations())


def test_each_key_seals_its_own_part(
    written: Path, private: Ed25519PrivateKey, private_file: Path
) -> None:
    made = rotate(private_file, written)
    assert not next_file(private_file).exists()
    ledger = reopened(private_file, written)
    assert ledger.entry_at(13) is not None
    ledger.commit([(refusal(14), TIME)], seal=True)
    with LedgerReader(written) as reader:
        seals = {seal.sequence: seal for seal in reader.every_seal()}
    ledger.close()
    old = key_id(private.public_key())
    assert {at: seal.key_id for at, seal in seals.items()} == {
        6: old,
        12: old,
        13: old,
        14: made,
    }
    for ring in (ring_of(written, private), ring_of(written, own_private(private_file, written))):
        for seal in seals.values():
            verify(seal, ring, type="ledger", gateway=GATEWAY)


def test_the_old_key_seals_nothing_more(
    written: Path, private: Ed25519PrivateKey, private_file: Path
) -> None:
    rotate(private_file, written)
    with pytest.raises(KeyRefused, match=r"was replaced: the ledger of .* goes on with"):
        Ledger.open(written, private, gateway=GATEWAY)


def test_twice_in_a_row(written: Path, private_file: Path) -> None:
    rotate(private_file, written)
    second = rotate(private_file, written)
    ledger = reopened(private_file, written)
    assert key_id(ledger.seals.private.public_key()) == second
    assert [change.sequence for change in ledger.rotations()] == [13, 14]
    ledger.close()


def test_a_change_that_is_cut_off_after_the_entry_is_finished_at_the_next_start(
    written: Path, private_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_path: Path) -> None:
        raise OSError("power")

    monkeypatch.setattr(rotation, "replace_by_next", cut)
    with pytest.raises(OSError, match="power"):
        rotate(private_file, written)
    monkeypatch.undo()
    assert next_file(private_file).exists()
    ledger = reopened(private_file, written)
    ledger.commit([(refusal(14), TIME)], seal=True)
    ledger.close()
    assert not next_file(private_file).exists()


def test_a_change_that_is_cut_off_before_the_entry_has_not_been(
    written: Path,
    private: Ed25519PrivateKey,
    private_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def cut(*_: object) -> None:
        raise OSError("power")

    monkeypatch.setattr(Ledger, "rotate_key", cut)
    with pytest.raises(OSError, match="power"):
        rotate(private_file, written)
    monkeypatch.undo()
    assert own_private(private_file, written).private_bytes_raw() == private.private_bytes_raw()
    rotate(private_file, written)
    reopened(private_file, written).close()


def test_the_cache_that_the_old_key_sealed_is_still_read(
    path: Path, tmp_path: Path, ledger: Ledger, private_file: Path
) -> None:
    Allocation.create(tmp_path / "allocation.json", ledger.seals)
    ledger.commit([(refusal(1), TIME)], seal=True)
    ledger.close()
    rotate(private_file, path)
    again = reopened(private_file, path)
    assert Allocation.open(tmp_path / "allocation.json", again.seals).applied_through == 0
    again.close()


def test_what_is_sent_again_from_before_the_change_is_proven_by_the_old_key(
    path: Path,
    ledger: Ledger,
    private: Ed25519PrivateKey,
    private_file: Path,
    open_ledger: Callable[[], Ledger],
) -> None:
    """Also where a thousand entries were written with one seal, and for a central that knows
    nothing of the change yet."""
    ledger.commit([(refusal(number), TIME) for number in range(1, 131)], seal=True)
    ledger.close()
    rotate(private_file, path)
    again = reopened(private_file, path)
    again.commit([(refusal(number), TIME) for number in range(132, 171)], seal=True)
    outbox = LedgerOutbox(path, again.seals.key_changes)
    delivery = Delivery(outbox, again.seals.signer, Keyring({}))
    old = Keyring({GATEWAY: private.public_key()})
    ring = ring_of(path, private)
    ends = []
    while (payload := delivery.next_message(0)) is not None:
        message = decode("ledger", payload)
        assert isinstance(message, LedgerMessage)
        seal = message.seal
        first, last = message.entries[0], message.entries[-1]
        assert (seal.sequence, seal.head) == (last.sequence, last.hash)
        verify(seal, ring, type="ledger", gateway=GATEWAY, incarnation=INCARNATION)
        if first.sequence <= 131:
            verify(seal, old, type="ledger", gateway=GATEWAY)
        else:
            with pytest.raises(SealInvalid):
                verify(seal, old, type="ledger", gateway=GATEWAY)
        ends.append(seal.sequence)
    assert ends == [SEAL_EVERY, 2 * SEAL_EVERY, 131, 170]
    outbox.close()
    again.close()


@pytest.mark.parametrize("cuts", [0, 2, 4])
def test_a_slow_link_carries_what_the_old_key_proves(
    path: Path,
    ledger: Ledger,
    private: Ed25519PrivateKey,
    private_file: Path,
    cuts: int,
) -> None:
    """Messages of 16, 4 and 1 KiB: the next seal of the old key is beyond the smaller ones."""
    ledger.commit([(refusal(number), TIME) for number in range(1, 121)])
    ledger.close()
    rotate(private_file, path)
    again = reopened(private_file, path)
    again.commit([(refusal(122), TIME)])
    outbox = LedgerOutbox(path, again.seals.key_changes)
    delivery = Delivery(outbox, again.seals.signer, Keyring({}))
    for _ in range(cuts):
        delivery.restart()
        delivery.next_message(0)
        delivery.went_down()
    delivery.restart()
    ring, ends, through = ring_of(path, private), [], 0
    while (payload := delivery.next_message(0)) is not None:
        message = decode("ledger", payload)
        assert isinstance(message, LedgerMessage)
        verify(message.seal, ring, type="ledger", gateway=GATEWAY, incarnation=INCARNATION)
        check_batch(message.entries, message.seal, f"takar/{GATEWAY}")
        assert message.entries[0].sequence == through + 1
        through = message.seal.sequence
        ends.append(through)
    assert ends == [SEAL_EVERY, 2 * SEAL_EVERY, 121, 122]
    outbox.close()
    again.close()
