"""A disk without room: nothing recorded is lost, and writing goes on when there is room."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.reasons import Reason
from gateway.store.durable import free_bytes
from gateway.store.errors import StoreFailed
from gateway.store.ledger import Ledger
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal, session


def fill(ledger: Ledger) -> int:
    """Commit until the disk is full; the last sequence that was promised durable."""
    with pytest.raises(StoreFailed) as caught:
        commit_fills(ledger, 1000)
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
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_really_full_disk(small_disk: Path, private: Ed25519PrivateKey) -> None:
    path = small_disk / "ledger.sqlite3"
    ledger = Ledger.create(path, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    ledger.commit([(refusal(1), TIME)], seal=True)
    ballast = small_disk / "ballast"
    with ballast.open("wb") as file:
        file.write(bytes(free_bytes(small_disk) - 128 * 1024))
    promised = fill(ledger)
    ledger.close()

    again = Ledger.open(path, private, gateway=GATEWAY)
    assert again.head.sequence == promised
    promised = fill(again)

    ballast.unlink()
    again.commit([(refusal(1), TIME)], seal=True)
    assert again.head.sequence == promised + 1
    again.close()


def test_free_bytes_are_those_of_the_file_system(tmp_path: Path) -> None:
    room = os.statvfs(tmp_path)
    assert 0 <= free_bytes(tmp_path) <= room.f_blocks * room.f_frsize
