"""A disk without room: nothing recorded is lost, and writing goes on when there is room."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.reasons import Reason
from gateway.store.ballast import BALLAST_BYTES
from gateway.store.durable import free_bytes
from gateway.store.errors import StoreFailed
from gateway.store.ledger import Ledger
from tests.gateway.store import disks
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal, session


def fill(ledger: Ledger) -> int:
    """Commit until the disk is full; the last sequence that was promised durable."""
    with pytest.raises(StoreFailed) as caught:
        commit_fills(ledger, 20_000)
    assert caught.value.code is Reason.STORAGE_FULL
    assert not caught.value.committed
    assert not caught.value.reopen
    return ledger.head.sequence


def commit_fills(ledger: Ledger, commits: int) -> None:
    for number in range(1, commits):
        ledger.commit([(refusal(number), TIME)], put_session=session(number), seal=True)


def test_sqlites_full_leaves_the_ledger_whole_and_usable(
    ledger: Ledger, open_ledger: Callable[[], Ledger]
) -> None:
    ledger.connection.execute("PRAGMA max_page_count = 12")
    promised = fill(ledger)
    assert ledger.last().sequence == promised
    with pytest.raises(StoreFailed, match="storage_full"):
        ledger.commit([(refusal(n), TIME) for n in range(100)])

    ledger.connection.execute("PRAGMA max_page_count = 1000")
    ledger.commit([(refusal(1), TIME)], seal=True)
    ledger.close()
    assert open_ledger().head.sequence == promised + 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with disks.small_disk(tmp_path / "disk") as folder:
        yield folder


@pytest.fixture
def larger_disk(tmp_path: Path) -> Iterator[Path]:
    with disks.small_disk(tmp_path / "disk", "8m") as folder:
        yield folder


def test_a_really_full_disk(small_disk: Path, private: Ed25519PrivateKey) -> None:
    path = small_disk / "ledger.sqlite3"
    ledger = Ledger.create(path, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    ledger.commit([(refusal(1), TIME)], seal=True)
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        file.write(bytes(free_bytes(small_disk) - 128 * 1024))
    promised = fill(ledger)
    ledger.close()

    again = Ledger.open(path, private, gateway=GATEWAY)
    assert again.head.sequence == promised
    promised = fill(again)

    filler.unlink()
    again.commit([(refusal(1), TIME)], seal=True)
    assert again.head.sequence == promised + 1
    again.close()


def test_a_fill_under_way_is_recorded_on_a_disk_without_a_byte_of_room(
    larger_disk: Path, private: Ed25519PrivateKey
) -> None:
    """What was held back for it is given up, and taken again when there is room."""
    path, filler = larger_disk / "ledger.sqlite3", larger_disk / "filler"
    ledger = Ledger.create(path, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    assert ledger.ballast.hold(0)
    ledger.commit(put_session=session(1))
    filler.write_bytes(bytes(free_bytes(larger_disk)))
    assert free_bytes(larger_disk) == 0
    assert (larger_disk / "ballast").exists()

    for metered_ml in range(0, 40_000, 100):
        ledger.commit(put_session=session(1, metered_ml=metered_ml))
    ledger.commit([(refusal(number), TIME) for number in range(6)], drop_session=1, seal=True)
    assert not (larger_disk / "ballast").exists()
    assert not ledger.ballast.hold(BALLAST_BYTES)
    filler.unlink()
    assert ledger.ballast.hold(0)
    ledger.close()
    Ledger.open(path, private, gateway=GATEWAY).close()


def test_so_much_may_still_be_recorded_from_what_is_held_back(
    larger_disk: Path, private: Ed25519PrivateKey
) -> None:
    path = larger_disk / "ledger.sqlite3"
    ledger = Ledger.create(path, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    ledger.ballast.hold(0)
    (larger_disk / "filler").write_bytes(bytes(free_bytes(larger_disk)))
    assert fill(ledger) > 300
    ledger.close()


def test_free_bytes_are_those_of_the_file_system(tmp_path: Path) -> None:
    room = os.statvfs(tmp_path)
    assert 0 <= free_bytes(tmp_path) <= room.f_blocks * room.f_frsize
