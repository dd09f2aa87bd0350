"""A shift's sheet adds up: its rows to its totals, and those to the ledger's sales."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings

from gateway.console.words import Words
from gateway.core.facts import (
    Fact,
    FlowUnauthorised,
    PumpLine,
    PumpReading,
    ShiftClosed,
    ShiftOpened,
)
from gateway.core.finding import read_code
from gateway.core.shift import closing, opening
from gateway.paper.closings import Closing
from gateway.paper.figures import figures_of
from gateway.paper.sheet import Sheet, make_sheet
from gateway.paper.tables import Table
from gateway.words import LANGUAGES
from tests.core.ledger_of import balance_of, entries
from tests.core.shifts import bypassed, corrected, days, drawn, guessed, sold, sums_of
from tests.gateway.store.samples import grant, refusal

WITA = ZoneInfo("Asia/Makassar")


def opened(*before: Fact) -> list[Fact]:
    return [*before, opening(balance_of(*before).shift, "Ama", {1: 1_000, 2: 0})]


def close(facts: list[Fact], totaliser_ml: dict[int, int]) -> ShiftClosed:
    return closing(balance_of(*facts).shift, "Beni", totaliser_ml)


def sheet_of(facts: list[Fact], closed: ShiftClosed, language: str = "id") -> Sheet:
    turns = [fact for fact in facts if isinstance(fact, ShiftOpened)]
    ended = [fact for fact in facts if isinstance(fact, ShiftClosed)]
    before = ended[-1] if ended else None
    closing = Closing(entries(*facts, closed)[-1], closed, turns[-1], before)
    return make_sheet(closing, Words(language, WITA))


def number(cell: str) -> int:
    """The figure in a cell of an Indonesian sheet: millilitres, rupiah or a count."""
    return int("".join(sign for sign in cell if sign in "-0123456789"))


@settings(max_examples=40, deadline=None)
@given(days())
def test_rows_sum_to_totals_and_to_the_sales_of_the_ledger(facts: list[Fact]) -> None:
    shift = balance_of(*facts).shift
    if shift.begun is None:
        facts = [*facts, opening(shift, "Ama", {1: 0})]
        shift = balance_of(*facts).shift
    assert shift.begun is not None
    closed = close(facts, {1: 60_000, 2: 70_000})
    figures = figures_of(closed)
    for rows in (figures.by_price, figures.by_department, figures.lines):
        assert [sum(column) for column in zip(*(row[3:] for row in rows), strict=True)] == (
            list(figures.total[3:]) if rows else []
        )
    sums = sums_of(facts)
    sums.subtract(sums_of(facts[: shift.begun.sequence]))
    of_ledger = [
        sum(n for of, n in sums.items() if of[0] == kind) for kind in ("fills", "ml", "idr")
    ]
    assert list(figures.total[3:6]) == of_ledger
    assert figures.total.volume_ml == (
        figures.metered_ml
        + figures.guessed_ml
        + figures.vouchers.volume_ml
        + figures.declared.volume_ml
    )
    for table in sheet_of(facts, closed).tables:
        _adds_up(table)


def _adds_up(table: Table) -> None:
    """As printed. A price has no total, nor has a count that is not there."""
    for nth, total in enumerate(table.total):
        cells = [row[nth] for row in table.rows if row[nth]]
        if nth >= table.names and total and len(cells) == len(table.rows):
            assert sum(map(number, cells)) == number(total), table


def test_the_sheet_of_a_day() -> None:
    facts = opened(grant(1, 10_000_000))
    facts += [
        sold(2, 10_000),
        sold(3, 2_000, department="bkad", override_by="04A1B2C3D4E5F6"),
        sold(4, 1_000, pump=2, price_idr_per_l=13_000),
        guessed(5, 4_000, 1_500),
        sold(6, 20_000, mode="voucher", metered_ml=0),
        sold(7, 500, mode="authorise_only", metered_ml=0),
        FlowUnauthorised(pump=1, volume_ml=150, totaliser_end_ml=20_000),
        drawn(1, 20_000, 40),
        bypassed(2, 300),
        refusal(2),
    ]
    closed = close(facts, {1: 34_700, 2: 1_300})
    tables = {table.title: table for table in sheet_of(facts, closed).tables}
    assert tables["Penjualan menurut BBM dan harga"].rows == [
        ["Pertamax", "Rp 12.950", "5", "36,500 L", "Rp 472.675"],
        ["Pertamax", "Rp 13.000", "1", "1,000 L", "Rp 13.000"],
    ]
    assert tables["Penjualan menurut perangkat daerah"].rows[0] == (
        ["BKAD", "1", "2,000 L", "Rp 25.900"]
    )
    assert [row[1:] for row in tables["Totalisator pompa"].rows] == [
        ["1,000 L", "0,000 L"],
        ["34,700 L", "1,300 L"],
        ["33,700 L", "1,300 L"],
        ["13,500 L", "1,000 L"],
        ["20,000 L", "0,000 L"],
        ["0,000 L", "0,300 L"],
        ["1 × · 0,150 L", "0,000 L"],
        ["0,050 L", "0,000 L"],
        ["1,48 ‰", "0,00 ‰"],
        ["0,040 L", "0,000 L"],
    ]
    adds_up = tables["Dari meter ke penjualan"]
    assert [row[2] for row in adds_up.rows] == ["14,500 L", "0,000 L", "0,500 L", "22,500 L"]
    assert adds_up.total == ["Terjual seluruhnya", "6", "37,500 L"]
    assert tables["Di antaranya"].rows == [
        ["Dengan izin khusus pengawas", "1", "2,000 L"],
        ["Perkiraan, karena listrik atau mesin mati", "1", "4,000 L"],
    ]
    assert tables["Kartu yang ditolak"].rows == [["Kartu tidak terdaftar", "1"]]


def test_it_names_people_times_and_the_entry_that_proves_it() -> None:
    facts = opened(grant(1))
    closed = close(facts, {1: 1_000})
    sheet = sheet_of(facts, closed)
    assert sheet.title == "Lembar giliran no. 1"
    assert [value for _, value in sheet.about][:2] == [
        "22 Nov 2026 12:00 WITA, Ama",
        "22 Nov 2026 12:00 WITA, Beni",
    ]
    entry = entries(*facts, closed)[-1]
    said = dict(sheet.proof)
    assert said["Sidik catatan penutupan"] == entry.hash
    assert said["Catatan buku"] == f"{closed.opened_at} – 3 (00112233445566aa)"
    code = read_code(said["Kode pencarian"])
    assert (code.gateway, code.sequence, code.fits(entry.hash)) == ("kupang-01", 3, True)


def test_a_correction_of_a_former_shift_takes_away() -> None:
    guess = guessed(1, 5_000, 1_000)
    facts = opened(grant(1), guess)
    facts.append(corrected(guess, 2_000))
    figures = figures_of(close(facts, {1: 2_000}))
    assert (figures.total.fills, figures.total.volume_ml) == (0, -3_000)
    assert (figures.metered_ml, figures.guessed_ml) == (1_000, -4_000)
    table = sheet_of(facts, close(facts, {1: 2_000})).tables[0]
    assert table.note == "Setelah dikurangi 3,000 L dari koreksi penjualan perkiraan."
    assert table.total[3] == "-3,000 L"


def test_a_shift_in_which_nothing_happened_has_a_sheet() -> None:
    facts = opened()
    sheet = sheet_of(facts, close(facts, {1: 1_000, 2: 0}))
    titles = [table.title for table in sheet.tables]
    assert titles == ["Totalisator pompa", "Dari meter ke penjualan", "Di antaranya"]
    assert sheet.tables[0].rows[7:9] == [
        ["Selisih tanpa catatan", "0,000 L", "0,000 L"],
        ["Selisih per seribu", "–", "–"],
    ]


@pytest.mark.parametrize(
    ("left_ml", "parts"), [(0, 0), (1, 0), (-1, -1), (2, 1), (-9, -9), (1_000, 990)]
)
def test_the_difference_is_given_in_parts_of_what_flowed(left_ml: int, parts: int) -> None:
    flowed_ml = 100_000 + left_ml
    line = PumpLine(pump=1, sold_ml=100_000)
    reading = PumpReading(pump=1, start_ml=5, end_ml=5 + flowed_ml)
    facts = opened()
    closed = close(facts, {})
    totals = msgspec.structs.replace(closed.totals, pumps=[line])
    closed = msgspec.structs.replace(closed, totals=totals, readings=[reading])
    (pump,) = figures_of(closed).pumps
    assert (pump.unexplained_ml, pump.unexplained_parts) == (left_ml, parts)


def test_a_pump_that_is_configured_no_more_keeps_its_column() -> None:
    facts = opened(grant(1))
    facts.append(sold(2, 10_000, pump=3))
    closed = close(facts, {1: 1_000})
    assert [(pump.pump, pump.flowed_ml) for pump in figures_of(closed).pumps] == [(1, 0), (3, None)]
    assert figures_of(closed).metered_ml == 10_000


def test_both_languages_have_the_same_figures() -> None:
    facts = opened(grant(1, 10_000_000))
    facts += [sold(2, 10_000), refusal(1)]
    closed = close(facts, {1: 11_000})
    shapes: list[Any] = [
        [[len(row) for row in table.rows] for table in sheet_of(facts, closed, one).tables]
        for one in LANGUAGES
    ]
    assert shapes[0] == shapes[1]
    english = sheet_of(facts, closed, "en").tables[0]
    assert english.rows == [["Pertamax", "Rp 12.950", "1", "10.000 L", "Rp 129.500"]]


def between_two_shifts(*facts: Fact, end_ml: int) -> tuple[list[Fact], ShiftClosed]:
    """A first shift without anything, those facts, and a second shift without anything."""
    before = opened(grant(1, 10_000_000))
    before.append(close(before, {1: 12_950, 2: 0}))
    before += facts
    before.append(opening(balance_of(*before).shift, "Cici", {1: end_ml, 2: 0}))
    return before, close(before, {1: end_ml, 2: 0})


def test_what_was_sold_or_leaked_with_no_shift_open_is_on_the_next_sheet() -> None:
    facts, closed = between_two_shifts(
        sold(2, 3_210),
        FlowUnauthorised(pump=1, volume_ml=600, totaliser_end_ml=16_760),
        refusal(1),
        end_ml=16_760,
    )
    sheet = sheet_of(facts, closed)
    about = dict(sheet.about)
    assert about["Terjual"] == "0,000 L, Rp 0"
    assert about["Terjual sebelumnya, tanpa giliran"] == "3,210 L, Rp 41.570"
    assert about["Totalisator menyambung lembar sebelumnya"] == "ya, tanpa celah"
    tables = {table.title: table for table in sheet.tables}
    before = "Sebelum giliran ini: "
    assert tables[f"{before}Penjualan menurut BBM dan harga"].rows == [
        ["Pertamax", "Rp 12.950", "1", "3,210 L", "Rp 41.570"]
    ]
    pumps = {row[0]: row[1] for row in tables[f"{before}Totalisator pompa"].rows}
    assert pumps["Akhir lembar sebelumnya"] == "12,950 L"
    assert pumps["Saat dibuka"] == tables["Totalisator pompa"].rows[0][1] == "16,760 L"
    assert pumps["Mengalir tanpa izin"] == "1 × · 0,600 L"
    assert pumps["Selisih tanpa catatan"] == "0,000 L"
    assert tables[f"{before}Kartu yang ditolak"].total == ["Jumlah", "1"]


def test_flow_that_is_in_no_entry_is_on_it_as_well() -> None:
    facts, closed = between_two_shifts(end_ml=12_990)
    tables = {table.title: table for table in sheet_of(facts, closed).tables}
    rows = {row[0]: row[1] for row in tables["Sebelum giliran ini: Totalisator pompa"].rows}
    assert rows["Selisih tanpa catatan"] == "0,040 L"


def test_nothing_is_said_of_a_time_in_which_nothing_happened() -> None:
    sheet = sheet_of(*between_two_shifts(end_ml=12_950))
    assert not [table for table in sheet.tables if "Sebelum" in table.title]
    assert "Terjual sebelumnya, tanpa giliran" not in dict(sheet.about)


def test_a_gap_between_two_sheets_is_said() -> None:
    facts, closed = between_two_shifts(end_ml=12_950)
    late = [msgspec.structs.replace(one, start_ml=13_000) for one in closed.readings]
    torn = msgspec.structs.replace(closed, readings=late)
    joins = "Totalisator menyambung lembar sebelumnya"
    assert dict(sheet_of(facts, torn).about)[joins].startswith("TIDAK")
    turn = facts[-1]
    assert isinstance(turn, ShiftOpened)
    facts[-1] = msgspec.structs.replace(turn, readings=late)
    assert dict(sheet_of(facts, closed).about)[joins].startswith("TIDAK")
    first = opened()
    assert dict(sheet_of(first, close(first, {})).about)[joins] == "ini lembar pertama"
