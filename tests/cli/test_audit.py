"""`takar audit`: from files alone to a page that can be signed, or to what is wrong."""

import gzip
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import takar
from mqtt.keys import write_public
from tests.gateway.audit.scribe import CENTRAL_KEY, KEY, Scribe
from tests.gateway.store.samples import GATEWAY, refusal


@pytest.fixture
def export(tmp_path: Path) -> Path:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1, 1500)
    scribe.say(refusal(1))
    scribe.seal()
    return scribe.write(tmp_path / "kupang-01.jsonl.gz", acknowledged=5)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    write_public(folder / f"{GATEWAY}.pem", KEY.public_key())
    write_public(folder / "central.pem", CENTRAL_KEY.public_key())
    return folder


def test_a_clean_page_in_both_languages(cli: CliRunner, export: Path, keys: Path) -> None:
    done = cli.invoke(takar, ["audit", str(export), "--keys", str(keys)])
    assert done.exit_code == 0
    for text in (
        "NOTHING WRONG FOUND",
        "6 entries in 1 files were read and hashed, and 3 seals verified",
        "Period: 2026-11-22 12:00 WITA to 2026-11-22 12:00 WITA",
        "pertamax  1      1.500 L  Rp 19.425",
        "kupang-01: nothing proves what came after entry 6",
        "Signature",
    ):
        assert text in done.output
    done = cli.invoke(takar, ["audit", str(export), "--keys", str(keys), "--lang", "id"])
    assert "TIDAK DITEMUKAN KESALAHAN" in done.output
    assert "1,500 L" in done.output


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("[\n {}\n]\n", 'found a line that begins "["'),
        ("\x1b[2J\n", 'found a line that begins "\\u001b[2J"'),
        ("", "found no line in it"),
    ],
)
def test_a_file_that_is_no_export_is_called_so(
    cli: CliRunner, keys: Path, tmp_path: Path, content: str, found: str
) -> None:
    file = tmp_path / "cards.json"
    file.write_text(content)
    done = cli.invoke(takar, ["audit", str(file), "--keys", str(keys)])
    assert done.exit_code == 2
    assert f"{file}: not an export of a ledger: expected a file that takar" in done.output
    assert found in done.output


def test_a_file_of_an_export_without_its_header_is_none(
    cli: CliRunner, export: Path, keys: Path, tmp_path: Path
) -> None:
    file = tmp_path / "rest.jsonl"
    file.write_bytes(b"".join(gzip.decompress(export.read_bytes()).splitlines(keepends=True)[1:]))
    done = cli.invoke(takar, ["audit", str(file), "--keys", str(keys)])
    assert (done.exit_code, "found a line of another kind first" in done.output) == (2, True)


def test_the_page_as_pdf_is_one_sheet(
    cli: CliRunner, export: Path, keys: Path, tmp_path: Path
) -> None:
    pdf = tmp_path / "page.pdf"
    arguments = ["audit", str(export), "--keys", str(keys), "--pdf", str(pdf)]
    assert cli.invoke(takar, arguments).exit_code == 0
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") == 1
    again = cli.invoke(takar, arguments)
    assert again.exit_code == 1
    assert "is there already" in again.output
    assert pdf.read_bytes() == content


def test_problems_are_named_and_the_status_says_so(
    cli: CliRunner, keys: Path, tmp_path: Path
) -> None:
    scribe = Scribe()
    scribe.begin()
    for _ in range(8):
        scribe.sell(1)
    export = scribe.write(tmp_path / "a.jsonl")
    pdf = tmp_path / "page.pdf"
    done = cli.invoke(takar, ["audit", str(export), "--keys", str(keys), "--pdf", str(pdf)])
    assert done.exit_code == 1
    first = f"{export}, line 8, entry 6: sale: expected each sale once, found"
    assert done.output.startswith(first)
    assert "7 PROBLEMS FOUND" in done.output
    assert "and 2 more" in done.output
    assert pdf.stat().st_size > 1000
    done = cli.invoke(takar, ["audit", str(export), "--keys", str(keys), "--lang", "id"])
    words = "baris 8, catatan 6: penjualan: seharusnya tiap penjualan satu kali, ditemukan"
    assert done.output.startswith(f"{export}, {words}")
    page = done.output.partition("DITEMUKAN 7 MASALAH")[2]
    assert words in " ".join(page.split())
    assert "expected" not in done.output


def test_unusable_input_is_another_status(cli: CliRunner, keys: Path, tmp_path: Path) -> None:
    other = tmp_path / "a.jsonl"
    other.write_text("{}\n")
    done = cli.invoke(takar, ["audit", str(other), "--keys", str(keys)])
    assert (done.exit_code, "header" in done.output) == (2, True)
    empty = tmp_path / "empty"
    empty.mkdir()
    done = cli.invoke(takar, ["audit", str(empty), "--keys", str(keys)])
    assert (done.exit_code, "no export in it" in done.output) == (2, True)
    done = cli.invoke(takar, ["audit", str(other), "--keys", str(empty)])
    assert (done.exit_code, "expected at least one public key" in done.output) == (2, True)
    done = cli.invoke(takar, ["audit", str(other), "--keys", str(keys), "--zone", "Mars"])
    assert (done.exit_code, "no time zone" in done.output) == (2, True)


def test_what_init_made_audits_clean(cli: CliRunner, tmp_path: Path) -> None:
    city = tmp_path / "city"
    assert cli.invoke(takar, ["init", str(city), "--period", "2026-07"]).exit_code == 0
    export = tmp_path / "out.jsonl"
    cli.invoke(takar, ["ledger", "export", str(city / "gateway"), "--output", str(export)])
    keys = city / "keys" / "public"
    done = cli.invoke(takar, ["audit", str(export), "--keys", str(keys)])
    assert "NOTHING WRONG FOUND" in done.output
    assert done.exit_code == 0
