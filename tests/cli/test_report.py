"""`takar report`: what central's database says, for people and for programs."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, update

from gateway.cli import takar
from mqtt.central.database import open_database
from mqtt.central.report import make_report, sold_ml
from mqtt.central.report_tables import anomalies, refusals, sales
from mqtt.central.tables import entries


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city with two sales to Dinas Kesehatan and three refusals."""
    folder = tmp_path_factory.mktemp("made") / "city"
    arguments = ["init", str(folder), "--seed", "7", "--period", "2026-07"]
    assert CliRunner().invoke(takar, arguments).exit_code == 0
    engine = open_database(folder / "central" / "central.sqlite3")
    keys = [
        {"gateway": "gateway", "incarnation": "1" * 16, "sequence": number}
        for number in range(1, 6)
    ]
    stored = {"type": "t", "time": "", "hash": "0" * 64, "body": "{}"}
    sale = {
        "period": "2026-07",
        "pump": 1,
        "card": "04A1B2C3D4E5F6",
        "subject": "dh-1-a",
        "department": "dinkes",
        "product": "pertamax",
        "overrun_ml": 0,
        "override_ml": 0,
        "emergency_ml": 0,
        "price_idr_per_l": 12_400,
        "estimated": False,
        "offline": False,
        "started": "",
        "volume_ml": 38_500,
        "amount_idr": 1_250_000,
    }
    refusal = {"period": "2026-07", "pump": 1, "card": None, "subject": None}
    with engine.begin() as connection:
        connection.execute(insert(entries), [key | stored for key in keys])
        connection.execute(
            insert(sales), [keys[0] | sale | {"sale": "a"}, keys[1] | sale | {"sale": "b"}]
        )
        codes = ("unknown_card", "quota_exhausted", "unknown_card")
        connection.execute(
            insert(refusals),
            [key | refusal | {"code": code} for key, code in zip(keys[2:], codes, strict=True)],
        )
        connection.execute(insert(anomalies), [keys[0] | {"what": "odd"}])
    engine.dispose()
    return folder / "central.toml"


def run(config: Path, *options: str) -> str:
    result = CliRunner().invoke(takar, ["report", "--config", str(config), *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_text_is_aligned_and_written_the_indonesian_way(config: Path) -> None:
    lines = run(config).splitlines()
    assert "Efficiency = 1 - spent / budget to date (1/12 of the year's)" in lines[1]
    table = lines[3 : 3 + 45]
    assert len({len(line) for line in table}) == 1
    health = next(line for line in table if line.startswith("Dinas Kesehatan"))
    assert "77,000 L" in health
    assert "Rp 2.500.000" in health
    assert "  2  unknown_card" in "\n".join(lines)
    assert lines[-1].startswith("1 entry is odd")


def test_odd_entries_are_listed_in_words(config: Path) -> None:
    assert run(config, "--odd").splitlines() == [
        f"  gateway {'1' * 16}/1  odd",
        "1 entry is odd",
    ]
    assert json.loads(run(config, "--odd", "--json"))[0]["what"] == "odd"


def test_text_that_would_steer_a_terminal_is_escaped(config: Path) -> None:
    """Whoever wrote it: an entry may come from a gateway that lies."""
    engine = open_database(config.parent / "central" / "central.sqlite3")
    steering = "\x1b[2J\x9b31m\u202eodd\nnone is odd\x7f"
    try:
        with engine.begin() as connection:
            connection.execute(update(anomalies).values(what=steering))
        odd = run(config, "--odd")
        assert "\\u001b[2J\\u009b31m\\u202eodd\\nnone is odd\\u007f" in odd
        assert len(odd.splitlines()) == 2
        assert all(line.isprintable() for line in odd.splitlines())
        assert json.loads(run(config, "--odd", "--json"))[0]["what"] == steering
    finally:
        with engine.begin() as connection:
            connection.execute(update(anomalies).values(what="odd"))
        engine.dispose()


def test_json_carries_integers_and_the_efficiency(config: Path) -> None:
    report = json.loads(run(config, "--json"))
    health = next(one for one in report["departments"] if one["department"] == "dinkes")
    assert (health["fills"], health["volume_ml"], health["spent_idr"]) == (2, 77_000, 2_500_000)
    assert health["budget_to_date_idr"] == health["budget_idr"] // 12
    expected = 100 * (1 - 2_500_000 / health["budget_to_date_idr"])
    assert health["efficiency_percent"] == pytest.approx(expected, abs=0.01)
    assert report["total"]["volume_ml"] == 77_000
    assert report["total"]["budget_idr"] > 8_000_000_000
    assert report["refusals"] == {"unknown_card": 2, "quota_exhausted": 1}
    assert report["months"] == ["2026-07"]


def test_a_year_without_anything_is_no_error(config: Path) -> None:
    report = json.loads(run(config, "--json", "--year", "2031"))
    assert report["total"]["budget_idr"] == 0
    assert report["total"]["efficiency_percent"] is None


def test_litres_of_central_come_from_the_database(config: Path) -> None:
    engine = open_database(config.parent / "central" / "central.sqlite3")
    assert sold_ml(engine) == make_report(engine).total.volume_ml == 77_000
    engine.dispose()


def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(takar, ["report", "--config", str(tmp_path / "no.toml")])
    assert result.exit_code == 2
    assert "no.toml" in result.output


def test_a_damaged_or_full_database_is_one_line(
    config: Path, tmp_path: Path, cli: CliRunner
) -> None:
    city = tmp_path / "city"
    shutil.copytree(config.parent, city)
    path = city / "central" / "central.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'grants'")
        page = found.fetchone()[0]
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    result = cli.invoke(takar, ["report", "--config", str(city / "central.toml")])
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert "central's database: database disk image is malformed" in result.output
