"""`takar central forgive`: an overrun that nobody drove away with, and what the office sees."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from gateway.cli import takar
from mqtt.central.database import open_database
from mqtt.central.tables import subjects


@pytest.fixture
def config(cli: CliRunner, tmp_path: Path) -> Path:
    city = tmp_path / "city"
    assert cli.invoke(takar, ["init", str(city), "--seed", "7"]).exit_code == 0
    return city / "central.toml"


@pytest.fixture
def plate(config: Path) -> str:
    """Of a vehicle against which 100,000 L are held; one more is held half a litre."""
    engine = open_database(config.parent / "central" / "central.sqlite3")
    with engine.begin() as connection:
        query = select(subjects.c.plate).order_by(subjects.c.subject).limit(2)
        first, second = connection.scalars(query)
        for one, ml in ((first, 100_000_000), (second, 500)):
            connection.execute(
                update(subjects).where(subjects.c.plate == one).values(overrun_ml=ml)
            )
    engine.dispose()
    assert isinstance(first, str)
    return first


def run(cli: CliRunner, config: Path, *arguments: str) -> tuple[int, str]:
    done = cli.invoke(takar, [*arguments, "--config", str(config)])
    return done.exit_code, done.output


def test_it_is_seen_lifted_and_on_record(cli: CliRunner, config: Path, plate: str) -> None:
    _, before = run(cli, config, "report")
    (check,) = [line for line in before.splitlines() if line.startswith("CHECK")]
    assert "100.000,000 L that flowed beyond its grants" in check
    assert check.endswith("if they did not flow: takar central forgive")
    assert ": 0,500 L that flowed beyond" in before
    decide = ["central", "forgive", plate, "--reason", "drenched meter", "--by", "Ama Nalle"]
    status, said = run(cli, config, *decide, "--keep-ml", "350")
    assert status == 0
    assert said.startswith("99.999,650 L are held against")
    report = json.loads(run(cli, config, "report", "--json")[1])
    assert sorted(one["waiting_ml"] for one in report["overruns"]) == [350, 500]
    listed = run(cli, config, "report", "--decisions")[1].splitlines()
    assert "350 ml held instead of 100000000 ml  (drenched meter)" in listed[-2]
    assert "  Ama Nalle: overrun of " in listed[-2]
    assert listed[-1] == "1 decisions"
    (made,) = json.loads(run(cli, config, "report", "--decisions", "--json")[1])
    assert made["why"] == "drenched meter"


def test_what_cannot_be_is_refused_in_a_line(cli: CliRunner, config: Path) -> None:
    status, said = run(cli, config, "central", "forgive", "DH 0 XX", "--reason", "x")
    assert (status, said) == (
        1,
        "takar: no vehicle named or with the plate 'DH 0 XX' in the register\n",
    )
    assert run(cli, config, "report", "--decisions")[1] == "nobody decided anything\n"
