"""What a start keeps of a ledger: not the ledger."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.balance import Balance, fold
from gateway.core.facts import AllocationApplied, Charge
from gateway.core.newest import Newest
from gateway.store.errors import LedgerDamaged
from gateway.store.ledger import Ledger
from tests.gateway.store.samples import GATEWAY, INCARNATION, SUBJECT, TIME, grant, refusal, sale

LATER, MUCH_LATER = "2026-11-22T05:00:00.000Z", "2027-01-01T05:00:00.000Z"
WITA = ZoneInfo("Asia/Makassar")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    made = Ledger.create(
        tmp_path / "ledger.sqlite3", private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1
    )
    yield made
    made.close()


def test_one_pass_gives_the_balance_and_what_is_newest(ledger: Ledger) -> None:
    newest = Newest()
    assert list(newest.watch(ledger.every_checked_entry())) == []
    assert (newest.time, newest.applied) == (None, None)
    applied = [AllocationApplied(epoch=1, through=n, content=f"{n:064x}") for n in (3, 4)]
    ledger.commit([(applied[0], TIME), (grant(1), TIME), (applied[1], TIME)])
    ledger.commit([(sale(1, Charge(1, 1000)), LATER), (refusal(1), MUCH_LATER)])
    ledger.commit([(sale(2, Charge(1, 500), clock="doubtful"), MUCH_LATER)])
    balance = fold(Balance(WITA), newest.watch(ledger.every_checked_entry()))
    assert balance == fold(Balance(WITA), list(ledger.every_entry()))
    assert balance.remaining_ml(SUBJECT, TIME, "2026-11") == 38_500
    assert (newest.time, newest.applied) == (LATER, applied[1])


def test_a_start_holds_no_more_of_a_longer_ledger(ledger: Ledger) -> None:
    entries = 3000
    ledger.commit([(grant(1, 10**9), TIME)])
    ledger.commit([(sale(number + 1, Charge(1, 1000)), TIME) for number in range(entries)])
    tracemalloc.start()
    try:
        fold(Balance(WITA), Newest().watch(ledger.every_checked_entry()))
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < entries * 100


def test_checked_entries_are_the_same_entries(ledger: Ledger) -> None:
    ledger.commit([(refusal(number), TIME) for number in range(1, 4)])
    assert list(ledger.every_checked_entry()) == list(ledger.every_entry())


@pytest.mark.parametrize("body", ["{}", "[]", "1", "{"])
def test_an_entry_that_is_none_is_damage(ledger: Ledger, body: str) -> None:
    ledger.commit([(refusal(1), TIME)])
    ledger.connection.execute("UPDATE entries SET body = ?", (body,))
    with pytest.raises(LedgerDamaged):
        list(ledger.every_checked_entry())
