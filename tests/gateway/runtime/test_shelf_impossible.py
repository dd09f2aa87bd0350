"""A ledger that fits its hashes and seals, and says what cannot be."""

from pathlib import Path

import pytest

from gateway.core.facts import Charge
from gateway.core.reasons import Reason
from gateway.runtime.shelf import Shelf
from gateway.runtime.wall import WallClock
from gateway.store.ledger import Ledger
from tests.gateway.runtime.devices import HandClock
from tests.gateway.store.samples import GATEWAY, TIME, sale
from tests.power.place import PRIVATE, config_of, make_place


def test_a_start_takes_it_for_damaged_and_says_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = make_place(tmp_path)
    ledger = Ledger.open(state / "ledger.sqlite3", PRIVATE, gateway=GATEWAY)
    ledger.commit([(sale(1, Charge(999, 1000)), TIME)])
    ledger.close()
    shelf = Shelf(config_of(tmp_path, state), WallClock(HandClock(), "Asia/Makassar"))
    assert (shelf.blocked, shelf.ledger) == (Reason.LEDGER_DAMAGED, None)
    assert "charges grant 999, never activated here or closed before" in caplog.text
    assert "run `takar audit` on an export of it" in caplog.text
    # Nobody holds it: it can be exported.
    Ledger.open(state / "ledger.sqlite3", PRIVATE, gateway=GATEWAY).close()
