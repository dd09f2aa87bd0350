"""What refuses everybody before anything is put to the decision."""

import errno
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gateway.core.allocation import PutCard
from gateway.core.decision import Allowed, Denied
from gateway.core.reasons import Reason
from gateway.store.allocation import Allocation
from gateway.store.errors import AllocationDamaged
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import (
    CITY,
    TECHNICIAN_UID,
    UID,
)


@pytest.mark.parametrize("code", [Reason.LEDGER_FORKED, Reason.LEDGER_DAMAGED])
def test_what_blocks_the_gateway_refuses_everybody(office: Office, code: Reason) -> None:
    books = office.open()
    books.stoppage.block(code)
    assert books.decide(office.desk, UID) == (Denied(code), None)


def test_no_cache_refuses(office: Office) -> None:
    books = office.open()
    books.allocation = None
    assert books.decide(office.desk, UID) == (Denied(Reason.ALLOCATION_DAMAGED), None)
    assert not books.is_technician(TECHNICIAN_UID)


@pytest.mark.parametrize(("free", "sells"), [(999, False), (1000, True), (1001, True)])
def test_near_a_full_disk_nothing_is_sold(
    office: Office, monkeypatch: pytest.MonkeyPatch, *, free: int, sells: bool
) -> None:
    books = office.open(free_floor_bytes=1000)
    monkeypatch.setattr("gateway.runtime.stoppage.free_bytes", lambda _folder: free)
    decision, _ = books.decide(office.desk, UID)
    assert isinstance(decision, Allowed) is sells
    assert sells or decision == Denied(Reason.STORAGE_FULL)


def test_a_disk_that_does_not_answer_refuses_until_it_does(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    books = office.open()

    def silent(_folder: Path) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr("gateway.runtime.stoppage.free_bytes", silent)
        for _ in range(3):
            assert books.decide(office.desk, UID) == (Denied(Reason.STORAGE_FAILED), None)
    assert caplog.text.count("Input/output error") == 1
    assert isinstance(books.decide(office.desk, UID)[0], Allowed)


def test_a_disk_that_is_slow_refuses_while_it_is(office: Office) -> None:
    books, slow = office.open(), [True]
    books.stoppage.watch_store(lambda: slow[0])
    assert books.decide(office.desk, UID) == (Denied(Reason.STORAGE_SLOW), None)
    slow[0] = False
    assert isinstance(books.decide(office.desk, UID)[0], Allowed)


def lost(_allocation: Allocation, _uid: str) -> None:
    raise AllocationDamaged("cannot read it")


def senseless(_allocation: Allocation, _uid: str) -> None:
    msgspec.convert({"holder": 1}, PutCard)


@pytest.mark.parametrize("look_up", [lost, senseless])
def test_a_cache_that_cannot_be_read_any_more_refuses_everybody(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    look_up: Callable[[Allocation, str], None],
) -> None:
    books = office.open()
    monkeypatch.setattr(Allocation, "card", look_up)
    assert not books.is_technician(TECHNICIAN_UID)
    for _ in range(3):
        assert books.decide(office.desk, UID) == (Denied(Reason.ALLOCATION_DAMAGED), None)
    assert books.stoppage.blocked is Reason.ALLOCATION_DAMAGED
    assert caplog.text.count("cannot be used") == 1


def test_only_an_active_technicians_card_is_one(office: Office) -> None:
    lost = msgspec.structs.replace(CITY[2], uid="04E1B2C3D4E5F6", status="lost")
    books = office.open(lost)
    assert books.is_technician(TECHNICIAN_UID)
    assert not books.is_technician(lost.uid)
    assert not books.is_technician(UID)
    assert not books.is_technician("04FFFFFFFFFFFF")
