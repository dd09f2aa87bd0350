"""A sale's receipt, as it is read from a real ledger and as it comes out on paper."""

from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gateway.console.names import Names
from gateway.console.words import Words
from gateway.core.facts import (
    Charge,
    Fact,
    OverrideGranted,
    SaleDeclared,
    VehicleMeter,
    VoucherEntered,
)
from gateway.core.finding import read_code
from gateway.core.shift import closing, opening
from gateway.paper.receipt import make_receipt
from gateway.paper.sold import sold
from gateway.store.errors import LedgerDamaged
from hardware.receipt_printer.slip import laid_out
from tests.core.ledger_of import balance_of
from tests.core.shifts import corrected, guessed
from tests.core.shifts import sold as sale_of
from tests.gateway.paper.conftest import Write
from tests.gateway.store.samples import INCARNATION, SUBJECT, TIME, grant, sale

WITA = ZoneInfo("Asia/Makassar")
SUPERVISOR = "04A1B2C3D4E5F6"
OVERRIDE = OverrideGranted(
    pump=1,
    sale=sale(1, Charge(1, 1)).sale,
    supervisor=SUPERVISOR,
    subject=SUBJECT,
    chosen=True,
    reason="card_forgotten",
    text="\x1b@",
    by="Ama",
    ceiling_ml=20_000,
    clock="good",
)


def printed(ledger: Path, which: str, language: str = "id", **more: object) -> str:
    found = sold(ledger, which)
    assert found is not None
    given = {"names": Names(), **more}
    slip = make_receipt(found, Words(language, WITA), **given)  # type: ignore[arg-type]
    return "\n".join(line.text for line in laid_out([*slip.lines, *slip.foot], 32)) + "\n"


def opened(by: str = "Ama Nalle") -> list[Fact]:
    return [grant(1, 1_000_000), opening(balance_of().shift, by, {1: 0})]


def test_a_plain_sale(write: Write) -> None:
    meter = VehicleMeter(120_500, "km", doubtful=False, tries=1)
    ledger = write([*opened(), sale_of(1, 38_500, meter=meter)])
    found = sold(ledger, "3")
    assert found is not None
    code = read_code(make_receipt(found, Words("id", WITA), names=Names()).qr)
    assert (code.sequence, code.fits(found.entry.hash)) == (3, True)
    said = printed(ledger, "3", heading="BKAD Kota Kupang", left_ml=1_500)
    assert said.replace(code.check, "XXXXX") == (
        """\
        BKAD Kota Kupang
           kupang-01
--------------------------------
Waktu     22 Nov 2026 12:00 WITA
Kendaraan              DH 1001 A
Dinas            DINAS KESEHATAN
Meter kendaraan       120.500 km
--------------------------------
Pompa                          1
BBM                     Pertamax
Liter                   38,500 L
Harga per liter        Rp 12.950
JUMLAH                Rp 498.575
Sisa jatah di sini        1,50 L
--------------------------------
Petugas                Ama Nalle
       kupang-01-3-XXXXX
 Kode untuk mencari catatan ini
"""
    )


def test_a_copy_in_english(write: Write) -> None:
    said = printed(write([*opened(), sale_of(1, 1_000)]), "3", "en", mark="receipt_copy")
    assert "              COPY\n" in said
    assert "Price per litre        Rp 12.950" in said
    assert "1.000 L" in said


def test_an_exception_names_who_allowed_it_and_not_the_whole_card(write: Write) -> None:
    ledger = write([*opened(), OVERRIDE, sale_of(1, 1_000, override_by=SUPERVISOR)])
    said = printed(ledger, "4")
    assert "Izin pengawas       kartu ..E5F6" in said
    assert "Alasan" in said
    assert "Kartu kendaraan tertinggal" in said
    assert SUPERVISOR not in said


def test_names_that_the_gateway_knows_and_a_reason_in_a_persons_words(write: Write) -> None:
    other = msgspec.structs.replace(OVERRIDE, reason="other", text="Banjir \x1b@")
    ledger = write([*opened(), other, sale_of(1, 1_000, override_by=SUPERVISOR)])
    content = {
        "subjects": {SUBJECT: {"subject": SUBJECT, "plate": "DH 7 X", "department": "bkad"}},
        "cards": {"b": {"uid": SUPERVISOR, "holder": "Maria Ndolu", "card": "supervisor"}},
    }
    said = printed(ledger, "4", names=msgspec.convert({"content": content}, Names))
    assert "   DH 7 X\n" in said
    assert "Izin pengawas        Maria Ndolu" in said
    assert "Alasan                 Banjir ?@" in said


def test_an_exception_of_another_sale_is_not_taken_for_it(write: Write) -> None:
    other = msgspec.structs.replace(OVERRIDE, sale=f"{INCARNATION}-77")
    ledger = write([*opened(), other, sale_of(1, 1_000, override_by=SUPERVISOR)])
    assert "Kartu kendaraan tertinggal" not in printed(ledger, "4")


def test_a_voucher(write: Write) -> None:
    fact = sale_of(1, 20_000, mode="voucher", metered_ml=0, card=None)
    paper = VoucherEntered(
        serial="A-0001",
        sale=fact.sale,
        pump=1,
        subject=SUBJECT,
        volume_ml=20_000,
        sold=TIME,
        by="Beni",
    )
    said = printed(write([*opened(), fact, paper]), "3")
    assert "KUPON KERTAS" in said
    assert "No. kupon                 A-0001" in said
    assert "Dicatat oleh                Beni" in said


def test_another_sales_paper_is_not_taken_for_its_own(write: Write) -> None:
    paper = VoucherEntered(
        serial="A-0001",
        sale=f"{INCARNATION}-77",
        pump=1,
        subject=SUBJECT,
        volume_ml=1_000,
        sold=TIME,
        by="Beni",
    )
    assert "KUPON" not in printed(write([*opened(), sale_of(1, 1_000), paper]), "3")


def test_a_declared_sale(write: Write) -> None:
    fact = sale_of(1, 20_000, mode="authorise_only", metered_ml=0)
    paper = SaleDeclared(
        sale=fact.sale,
        pump=1,
        station="spbu-54-851-01",
        receipt_no="K/1234",
        subject=SUBJECT,
        volume_ml=20_000,
        reserved_ml=20_000,
        started=TIME,
        first_by="Ama",
        second_by="Beni",
    )
    said = printed(write([*opened(), fact, paper]), "3")
    assert "DINYATAKAN" in said
    assert "No. struk SPBU            K/1234" in said
    assert "Dicatat oleh           Ama, Beni" in said


def test_an_estimate_and_its_correction(write: Write) -> None:
    guess = guessed(1, 5_000, 1_000)
    ledger = write([*opened(), guess])
    assert "PERKIRAAN" in printed(ledger, "3")
    assert "DIKOREKSI" not in printed(ledger, "3")
    write([corrected(guess, 2_000)])
    said = printed(ledger, "3")
    assert "DIKOREKSI MENJADI" in said
    assert "Liter                    2,000 L\nJUMLAH                 Rp 25.900" in said


def test_who_was_there_is_said_only_of_an_open_shift(write: Write) -> None:
    facts = opened()
    facts.append(closing(balance_of(*facts).shift, "Beni", {1: 0}))
    ledger = write([*facts, sale_of(1, 1_000)])
    assert "Petugas" not in printed(ledger, "4")


def test_a_name_can_do_nothing_to_a_printer(write: Write) -> None:
    said = printed(write([*opened(by="A\x1b@\x1dV\x00B" + "x" * 90), sale_of(1, 1_000)]), "3")
    assert all(" " <= one <= "~" or one == "\n" for one in said)
    assert all(len(line) <= 32 for line in said.splitlines())


def test_it_is_found_by_entry_and_by_id_and_nothing_else_is_taken_for_a_sale(
    write: Write, tmp_path: Path
) -> None:
    ledger = write([*opened(), sale_of(1, 1_000), sale_of(2, 2_000)])
    by_id = sold(ledger, f"{INCARNATION}-2")
    assert by_id is not None
    assert by_id == sold(ledger, "4")
    assert by_id.entry.sequence == 4
    for other in ("1", "5", "0", "-1", "9" * 30, "٣", f"{INCARNATION}-3", "", "x"):
        assert sold(ledger, other) is None
    with pytest.raises(LedgerDamaged):
        sold(tmp_path / "none.sqlite3", "1")
