"""The anchor's two slots."""

import fcntl
from pathlib import Path

import pytest

from gateway.core.chain import GENESIS
from gateway.store.anchor import APART_BYTES, SLOT_BYTES, Anchor, read_anchor
from gateway.store.errors import LedgerDamaged
from tests.gateway.store.samples import GATEWAY, INCARNATION


@pytest.fixture
def path(tmp_path: Path) -> Path:
    anchor = Anchor.create(tmp_path / "ledger.anchor", GATEWAY, INCARNATION, GENESIS)
    for number in range(1, 6):
        anchor.write(number, number, f"{number:064x}")
    anchor.close()
    return anchor.path


def test_the_newest_slot_counts(path: Path) -> None:
    newest = read_anchor(path)
    assert (newest.generation, newest.commit_no, newest.sequence) == (6, 5, 5)
    assert newest.head == f"{5:064x}"
    assert path.stat().st_size == 2 * APART_BYTES


def test_any_flipped_bit_costs_one_slot_at_most(path: Path) -> None:
    content = path.read_bytes()
    for offset in range(SLOT_BYTES):
        damaged = bytearray(content)
        damaged[offset] ^= 1 << offset % 8
        path.write_bytes(damaged)
        assert read_anchor(path).commit_no == 4


def test_a_torn_write_leaves_the_slot_before(path: Path) -> None:
    content = path.read_bytes()
    for length in (0, 1, 100, 511):
        path.write_bytes(content[:length] + bytes(SLOT_BYTES - length) + content[SLOT_BYTES:])
        assert read_anchor(path).commit_no == 4


def test_the_block_around_a_torn_write_may_be_lost_too(path: Path) -> None:
    content = path.read_bytes()
    for start, left in ((0, 4), (APART_BYTES, 5)):
        path.write_bytes(content[:start] + bytes(APART_BYTES) + content[start + APART_BYTES :])
        assert read_anchor(path).commit_no == left


@pytest.mark.parametrize("content", [b"", bytes(2 * APART_BYTES), b" " * 2 * APART_BYTES])
def test_no_valid_slot_is_damage(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(LedgerDamaged, match="neither slot"):
        read_anchor(path)


def test_a_missing_anchor_is_damage(path: Path) -> None:
    path.unlink()
    with pytest.raises(LedgerDamaged, match="the anchor is missing"):
        read_anchor(path)


def test_what_another_wrote_before_the_lock_was_taken_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(file: object, operation: int) -> None:
        """Its holder writes once more, and lets go."""
        monkeypatch.undo()
        holder = Anchor(path)
        holder.write(6, 6, f"{6:064x}")
        holder.close()
        fcntl.flock(file, operation)  # type: ignore[arg-type]

    monkeypatch.setattr("gateway.store.anchor.fcntl.flock", late)
    anchor = Anchor(path)
    assert anchor.newest.commit_no == 6
    anchor.write(7, 7, f"{7:064x}")
    anchor.close()
    assert read_anchor(path).generation == 8
