"""The PDF: A4, the sheet's words on it, as many pages as they need; found in a real ledger."""

import re
import subprocess
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar
from gateway.config.types import GatewayConfig
from gateway.console.words import Words
from gateway.core.facts import Fact, ShiftClosed
from gateway.core.shift import closing, opening
from gateway.paper.closings import Closing, closing_of
from gateway.paper.sheet import Sheet, make_sheet
from gateway.paper.sheet_pdf import sheet_pdf
from gateway.store.errors import LedgerDamaged
from tests.core.ledger_of import balance_of, entries
from tests.core.shifts import sold
from tests.gateway.paper.conftest import Write
from tests.gateway.store.samples import grant

WORDS = Words("id", ZoneInfo("Asia/Makassar"))


def a_day(departments: int) -> list[Fact]:
    facts: list[Fact] = [grant(1, 900_000_000), opening(balance_of().shift, "Ama <b>&", {1: 0})]
    facts += [sold(n, 1_000, department=f"dinas-{n}") for n in range(1, departments + 1)]
    return [*facts, closing(balance_of(*facts).shift, "Beni (Bob)", {1: 1_000 * departments})]


def sheet_of(facts: list[Fact]) -> Sheet:
    closed = facts[-1]
    assert isinstance(closed, ShiftClosed)
    return make_sheet(Closing(entries(*facts)[-1], closed), WORDS)


def text_of(content: bytes, tmp_path: Path) -> str:
    file = tmp_path / "sheet.pdf"
    file.write_bytes(content)
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True)
    return done.stdout.decode()


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", content))


def test_a_short_one_is_two_pages_at_most_and_the_same_each_time() -> None:
    content = sheet_pdf(sheet_of(a_day(3)))
    assert content.startswith(b"%PDF-")
    assert b"/MediaBox [ 0 0 595.2756 841.8898 ]" in content
    assert pages(content) <= 2
    assert sheet_pdf(sheet_of(a_day(3))) == content


def test_a_long_one_goes_on_with_its_heads_and_is_signed_once(tmp_path: Path) -> None:
    content = sheet_pdf(sheet_of(a_day(120)))
    assert pages(content) > 4
    if not _has_pdftotext():
        pytest.skip("pdftotext is not installed here")
    text = text_of(content, tmp_path)
    assert text.count("Yang menyerahkan") == text.count("Yang menerima") == 1
    assert "Ama <b>&" in text
    assert "Beni (Bob)" in text
    for n in (1, 60, 120):
        assert text.count(f"DINAS {n} ") == 2
    assert text.count("Halaman") == pages(content)
    assert text.count("120,000 L") >= 3


@pytest.mark.parametrize("name", ["A\x1b[31m\x00B", "注文 \u202e😀", "<b>&#0;", "x" * 100])
def test_a_name_can_do_nothing_to_a_page(name: str) -> None:
    *facts, closed = a_day(1)
    hostile = msgspec.structs.replace(closed, by=name)
    assert sheet_pdf(sheet_of([*facts, hostile])).startswith(b"%PDF-")


def _has_pdftotext() -> bool:
    try:
        return subprocess.run(["pdftotext", "-v"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_a_closing_is_found_by_its_number_in_a_ledger(write: Write, tmp_path: Path) -> None:
    first = a_day(3)
    ledger = write(first)
    assert closing_of(ledger, 2) is None
    facts = [*first, opening(balance_of(*first).shift, "Ama", {1: 3_000})]
    facts.append(closing(balance_of(*facts).shift, "Beni", {1: 3_000}))
    facts.append(opening(balance_of(*facts).shift, "Ama", {1: 3_000}))
    write(facts[len(first) :])
    found = [closing_of(ledger, number) for number in (1, 2, 3)]
    assert [one and (one.entry.sequence, one.shift.number) for one in found] == [
        (6, 1),
        (8, 2),
        None,
    ]
    first_closed, second_closed = found[:2]
    assert first_closed is not None
    assert second_closed is not None
    assert (first_closed.before, first_closed.opened) == (None, first[1])
    assert (second_closed.before, second_closed.opened) == (first[-1], facts[-3])
    with pytest.raises(LedgerDamaged):
        closing_of(tmp_path / "none.sqlite3", 1)


def test_the_command_writes_it_once(write: Write, config: GatewayConfig, tmp_path: Path) -> None:
    write(a_day(3))

    def sheet(number: str) -> Result:
        words = ["shift", "sheet", number, "--pdf", str(tmp_path / "s.pdf")]
        return CliRunner().invoke(takar, [*words, "--config", str(tmp_path / "gateway.toml")])

    done = sheet("1")
    assert done.exit_code == 0, done.output
    assert "Lembar giliran no. 1, kupang-01-6-" in done.output
    assert (tmp_path / "s.pdf").read_bytes().startswith(b"%PDF-")
    assert (sheet("1").exit_code, "is there already" in sheet("1").output) == (1, True)
    missing = sheet("2")
    assert (missing.exit_code, "shift 2 is not closed" in missing.output) == (2, True)
