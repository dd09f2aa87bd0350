"""Fuel that no meter of ours counted: charged as far as the grants reach, and in no totaliser."""

from datetime import date

import msgspec
import pytest

from gateway.core.draws import Draw, split_up_to
from gateway.core.facts import (
    Charge,
    Fact,
    SaleCompleted,
    TotaliserEntered,
    VoucherEntered,
)
from tests.core.ledger_of import PERIOD, balance_of, then
from tests.core.shifts import guessed
from tests.gateway.store.samples import INCARNATION, SUBJECT, TIME, grant, sale

DRAWS = [Draw("vehicle", SUBJECT)]


def unmetered(number: int, ml: int, overrun_ml: int = 0, started: str = TIME) -> SaleCompleted:
    fact = sale(number, Charge(1, ml), overrun_ml=overrun_ml, started=started)
    return msgspec.structs.replace(
        fact, mode="voucher", card=None, metered_ml=0, totaliser_end_ml=None
    )


def voucher(serial: str = "A-1", volume_ml: int = 5_000) -> VoucherEntered:
    return VoucherEntered(
        serial=serial,
        sale=f"{INCARNATION}-2",
        pump=1,
        subject=SUBJECT,
        volume_ml=volume_ml,
        sold=TIME,
        by="Ama",
    )


@pytest.mark.parametrize(
    ("wanted_ml", "charged_ml"),
    [(1_000, 1_000), (30_000, 30_000), (30_001, 30_000), (90_000, 30_000)],
)
def test_it_is_charged_as_far_as_what_is_free_reaches(wanted_ml: int, charged_ml: int) -> None:
    balance = balance_of(grant(1, 40_000))
    charges = split_up_to(balance, DRAWS, wanted_ml, (TIME, PERIOD), [Charge(1, 10_000)])
    assert charges == [Charge(1, charged_ml)]
    assert split_up_to(balance_of(), DRAWS, wanted_ml, (TIME, PERIOD), []) == []


def test_what_is_beyond_is_held_against_the_vehicle_and_no_meter_moves() -> None:
    balance = balance_of(grant(1, 4_000), sale(1, Charge(1, 1_000)), unmetered(2, 3_000, 2_000))
    assert balance.remaining_ml(SUBJECT, TIME, PERIOD) == -2_000
    assert balance.totaliser_ml[1] == 1_000
    assert balance.meters[1].recorded_ml == 1_000


def test_an_estimate_before_it_may_still_be_corrected() -> None:
    before = balance_of(grant(1), guessed(1, 4_000, 1_000))
    assert before.meters[1].estimated is not None
    after = then(before, unmetered(2, 3_000))
    assert (after.meters[1], after.shift.guesses) == (before.meters[1], before.shift.guesses)


@pytest.mark.parametrize(
    ("started", "day", "volume_ml"),
    [
        ("2026-11-21T04:00:00.000Z", 22, 1_000),
        (TIME, 22, 4_000),
        ("2026-11-23T04:00:00.000Z", 23, 3_000),
    ],
)
def test_a_day_before_sets_no_count_back(started: str, day: int, volume_ml: int) -> None:
    facts: list[Fact] = [grant(1), sale(1, Charge(1, 1_000)), unmetered(2, 3_000, started=started)]
    found = balance_of(*facts).account(SUBJECT).day
    assert found is not None
    assert (found.day, found.volume_ml) == (date(2026, 11, day), volume_ml)


def test_the_first_entry_of_a_number_is_the_one_that_counts() -> None:
    balance = balance_of(voucher(), voucher("A-2"), voucher("A1"))
    assert balance.vouchers == {"A1": 1, "A2": 2}
    assert balance.shift.vouchers.count == 3


def test_it_widens_what_the_dispenser_may_say() -> None:
    entered = TotaliserEntered(
        pump=1, reading_ml=5_000, resolution_ml=10, replaced=False, totaliser_ml=0, by="Ama"
    )
    found = balance_of(entered, voucher()).meters[1].entered
    assert found is not None
    assert found.uncounted_ml == 5_000
