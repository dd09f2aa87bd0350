"""Fixtures that end what they start."""

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.store.failures import write_failed
from gateway.store.ledger import Ledger
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.station import Station
from tests.gateway.runtime.writing import Writing


@pytest.fixture
def writing() -> Iterator[Writing]:
    writing = Writing()
    yield writing
    writing.stop()


@pytest.fixture
def office(tmp_path: Path, writing: Writing) -> Iterator[Office]:
    office = Office(tmp_path, writing)
    yield office
    writing.stop()
    office.ledger.close()


@pytest.fixture
def station(tmp_path: Path, writing: Writing) -> Iterator[Station]:
    """Nothing has arrived yet."""
    station = Station(tmp_path, writing)
    yield station
    station.ledger.close()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`full_disk("cache")` or `full_disk("ledger")`, until the test undoes `monkeypatch`."""

    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def no_room_in_ledger(ledger: Ledger, _statements: object) -> None:
        raise write_failed(OSError(errno.ENOSPC, "No space left on device"), ledger.path)

    def fill(where: str) -> None:
        if where == "cache":
            monkeypatch.setattr("gateway.store.allocation_file.replace_file", no_room)
        else:
            monkeypatch.setattr(Ledger, "_transact", no_room_in_ledger)

    return fill
