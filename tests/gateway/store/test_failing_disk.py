"""A file system that turns read-only under the ledger, and is repaired."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.reasons import Reason
from gateway.store.errors import StoreFailed
from gateway.store.ledger import Ledger
from tests.gateway.store.disks import FailingDisk, failing_disk
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal, session


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FailingDisk]:
    with failing_disk(tmp_path) as made:
        yield made


def test_nothing_is_lost_and_writing_goes_on_once_it_is_repaired(
    disk: FailingDisk, private: Ed25519PrivateKey
) -> None:
    path = disk.folder / "ledger.sqlite3"
    ledger = Ledger.create(path, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    ledger.commit([(refusal(1), TIME)], seal=True, put_session=session(1))
    disk.fail()
    for _ in range(2):
        with pytest.raises(StoreFailed) as caught:
            ledger.commit([(refusal(2), TIME)], drop_session=1)
        assert caught.value.code is Reason.STORAGE_FAILED
        assert caught.value.reopen
    with pytest.raises(StoreFailed) as caught:
        ledger.reopen()
    assert caught.value.reopen
    assert caught.value.code is Reason.STORAGE_FAILED

    disk.repair()
    assert ledger.reopen() is None, "the commit that failed is not there, and may be made"
    assert [row.session_no for row in ledger.open_sessions()] == [1]
    ledger.commit([(refusal(2), TIME)], drop_session=1, seal=True)
    assert ledger.head.sequence == 2
    ledger.close()
    again = Ledger.open(path, private, gateway=GATEWAY)
    assert again.head.sequence == 2
    again.close()
