"""`takar central invoice match`: what does not fit, and the exit status."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from gateway.cli import takar
from gateway.core.facts import TYPE_OF, SaleDeclared
from mqtt.central.database import open_database
from mqtt.central.tables import entries

SALE = SaleDeclared(
    sale=f"{'1' * 16}-7",
    pump=3,
    station="spbu-54-851-01",
    receipt_no="0042",
    subject="dh-1-a",
    volume_ml=20_500,
    reserved_ml=30_000,
    started="2026-07-10T04:00:00.000Z",
    first_by="Ama",
    second_by="Beni",
)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city with one sale at a third party's station."""
    folder = tmp_path_factory.mktemp("made") / "city"
    arguments = ["init", str(folder), "--seed", "7", "--period", "2026-07"]
    assert CliRunner().invoke(takar, arguments).exit_code == 0
    engine = open_database(folder / "central" / "central.sqlite3")
    body = msgspec.json.encode({"data": SALE}).decode()
    row = {
        "gateway": "gateway",
        "incarnation": "1" * 16,
        "sequence": 1,
        "type": TYPE_OF[SaleDeclared],
        "time": SALE.started,
        "hash": "0" * 64,
        "body": body,
    }
    with engine.begin() as connection:
        connection.execute(insert(entries), row)
    engine.dispose()
    return folder / "central.toml"


def match(config: Path, tmp_path: Path, text: str, *words: str) -> Result:
    file = tmp_path / "july.csv"
    file.write_text(text)
    command = ["central", "invoice", "match", str(file), "--config", str(config)]
    return CliRunner().invoke(
        takar, [*command, "--station", SALE.station, "--month", "2026-07", *words]
    )


def test_a_bill_that_fits(config: Path, tmp_path: Path) -> None:
    done = match(config, tmp_path, 'receipt,litres\n0042,"20,5"\n')
    assert (done.exit_code, done.output) == (
        0,
        "1 lines billed, 20,500 L; 1 sales declared, 20,500 L; all fits\n",
    )


def test_what_does_not_fit_is_listed(config: Path, tmp_path: Path) -> None:
    text = "receipt;litres\n0042;21\n0043;5\n"
    done = match(config, tmp_path, text)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[0].startswith(
        "0042: billed and declared with different litres; billed 21,000 L, declared 20,500 L "
        "(line 2; gateway 1111111111111111-7, dh-1-a, 2026-07)"
    )
    assert lines[1] == "0043: billed, and declared by nobody; billed 5,000 L (line 3)"
    assert lines[2].endswith("2 do not fit")
    told = json.loads(match(config, tmp_path, text, "--json").output)
    assert [one["why"] for one in told] == ["litres", "missing_here"]


def test_a_file_that_is_no_bill_is_one_line(config: Path, tmp_path: Path) -> None:
    done = match(config, tmp_path, "receipt,litres\n0042,much\n")
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert "line 2: expected litres" in done.output
