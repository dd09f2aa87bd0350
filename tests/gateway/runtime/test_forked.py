"""A forked ledger sells no more: not after a restart, not offline."""

from pathlib import Path

import pytest

from gateway.core.decision import Denied
from gateway.core.facts import LedgerForked
from gateway.core.reasons import Reason
from gateway.runtime.shelf import Shelf
from gateway.runtime.wall import WallClock
from gateway.store.ledger import Ledger
from tests.gateway.runtime.devices import HandClock
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import UID
from tests.gateway.store.samples import GATEWAY, TIME
from tests.power.place import PRIVATE, config_of, make_place

DETAIL = "central acknowledges entry 9, our ledger ends at 5"


def test_it_is_refused_at_once_and_said_in_the_ledger_once(office: Office) -> None:
    books = office.open()
    for _ in range(2):
        office.till.forked(DETAIL + 500 * "!")
        office.settle()
        assert books.decide(office.desk, UID) == (Denied(Reason.LEDGER_FORKED), None)
    written = [entry for entry in office.ledger.every_entry() if entry.type == "ledger.forked"]
    assert [entry.data["detail"] for entry in written] == [DETAIL + (200 - len(DETAIL)) * "!"]


def test_the_next_start_knows_and_says_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = make_place(tmp_path)
    ledger = Ledger.open(state / "ledger.sqlite3", PRIVATE, gateway=GATEWAY)
    ledger.commit([(LedgerForked(detail=DETAIL), TIME)])
    ledger.close()
    shelf = Shelf(config_of(tmp_path, state), WallClock(HandClock(), "Asia/Makassar"))
    try:
        assert shelf.blocked is Reason.LEDGER_FORKED
        assert shelf.ledger is not None  # faults and refusals are still recorded
    finally:
        shelf.close()
    assert DETAIL in caplog.text
    assert "only a new incarnation sells again" in caplog.text
