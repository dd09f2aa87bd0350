"""A ledger that must be opened again: nobody sells meanwhile, and every answer is true."""

import errno
import threading

import pytest

from gateway.core.decision import Allowed, Denied
from gateway.core.events import SaleRecorded
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.reopening import Reopening
from gateway.store.anchor import Anchor
from gateway.store.errors import LedgerDamaged, StoreError, StoreFailed
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import OTHER_UID
from tests.gateway.runtime.writing import ANSWER_S

BROKEN = StoreFailed(Reason.LEDGER_DAMAGED, "no", "", committed=False, reopen=True)
FULL = StoreFailed(Reason.STORAGE_FULL, "no", "", committed=False, reopen=False)
GONE = LedgerDamaged("another")


class Disk:
    """What `write` and `reopen` answer, in turn."""

    def __init__(
        self,
        writes: list[StoreError | None],
        openings: list[StoreError | list[Entry] | None],
        retry_s: float = 0.001,
    ) -> None:
        self._writes, self._openings = writes, openings
        self.blocked: list[Reason | None] = []
        self.stopping = threading.Event()
        self.reopening = Reopening(
            self._reopen, self.blocked.append, pause=lambda: self.stopping.wait(retry_s)
        )

    def commit(self) -> list[Entry]:
        return self.reopening.commit(self._write)

    def _write(self) -> list[Entry]:
        if (error := self._writes.pop(0)) is not None:
            raise error
        return []

    def _reopen(self) -> list[Entry] | None:
        answer = self._openings.pop(0)
        if isinstance(answer, StoreError):
            raise answer
        return answer

    @property
    def used_up(self) -> bool:
        return not self._writes and not self._openings


def test_what_is_well_is_left_alone() -> None:
    disk = Disk([None], [])
    assert disk.commit() == []
    assert disk.blocked == []


def test_a_full_disk_needs_no_opening() -> None:
    disk = Disk([FULL], [])
    with pytest.raises(StoreFailed):
        disk.commit()
    assert disk.blocked == []


def test_what_is_not_on_disk_is_written_again() -> None:
    disk = Disk([BROKEN, None], [None])
    assert disk.commit() == []
    assert disk.blocked == [Reason.LEDGER_DAMAGED, None]
    assert disk.used_up


def test_what_is_on_disk_is_not_written_again() -> None:
    disk = Disk([BROKEN], [BROKEN, BROKEN, []])
    assert disk.commit() == []
    assert disk.blocked == [*[Reason.LEDGER_DAMAGED] * 3, None]
    assert disk.used_up


def test_it_may_fail_again_and_again() -> None:
    disk = Disk([BROKEN, BROKEN, FULL], [None, BROKEN, None])
    with pytest.raises(StoreFailed) as caught:
        disk.commit()
    assert caught.value is FULL
    assert disk.blocked[-1] is None
    assert disk.used_up


def test_what_is_damaged_is_never_written_again() -> None:
    disk = Disk([BROKEN], [BROKEN, GONE])
    for _ in range(2):
        with pytest.raises(LedgerDamaged):
            disk.commit()
    assert disk.blocked[-1] is Reason.LEDGER_DAMAGED
    assert disk.used_up


def test_it_is_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.runtime.reopening.TRIES", 3)
    disk = Disk([BROKEN], [BROKEN] * 3)
    for _ in range(2):
        with pytest.raises(StoreFailed):
            disk.commit()
    assert disk.blocked == [Reason.LEDGER_DAMAGED] * 4
    assert disk.used_up


def test_a_gateway_that_ends_does_not_wait() -> None:
    disk = Disk([BROKEN], [BROKEN], retry_s=ANSWER_S)
    disk.stopping.set()
    with pytest.raises(StoreFailed):
        disk.commit()


def test_an_anchor_that_fails_for_a_moment_stops_no_sale(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = office.open()
    fill = office.fill()
    office.reserve(fill, 4000)
    write, broken = Anchor.write, [True, True]
    seen: list[Reason | None] = []
    monkeypatch.setattr(office, "blocked", seen.append)

    def once(anchor: Anchor, *where: object) -> None:
        if broken and broken.pop():
            raise OSError(errno.EIO, "Input/output error")
        write(anchor, *where)  # type: ignore[arg-type]

    monkeypatch.setattr(Anchor, "write", once)
    office.sell(fill, 2000)
    assert office.desk.heard[-1] == SaleRecorded()
    assert [sold.volume_ml for sold in office.sales] == [2000]
    assert (books.rows, office.rows) == ({}, {})
    assert seen == [Reason.STORAGE_FAILED, Reason.STORAGE_FAILED, None]


def test_nobody_sells_while_the_ledger_cannot_be_written(office: Office) -> None:
    books = office.open()
    books.stoppage.store_blocked(Reason.LEDGER_DAMAGED)
    assert books.stoppage.blocked is Reason.LEDGER_DAMAGED
    assert books.decide(office.second, OTHER_UID) == (Denied(Reason.LEDGER_DAMAGED), None)
    books.stoppage.store_blocked(None)
    assert books.stoppage.blocked is None
    books.stoppage.block(Reason.LEDGER_FORKED)
    books.stoppage.store_blocked(None)
    assert books.stoppage.blocked is Reason.LEDGER_FORKED
    assert not isinstance(books.decide(office.second, OTHER_UID)[0], Allowed)
