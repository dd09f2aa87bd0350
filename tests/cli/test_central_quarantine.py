"""`takar central quarantine`: what a person does about entries that central cannot use."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from gateway.cli import takar
from gateway.core import facts
from gateway.core.facts import Fact
from mqtt.central.applying import apply_ledger
from mqtt.central.database import open_database, read_identity
from mqtt.central.known import known_gateway
from mqtt.central.pieces import piece_of
from mqtt.central.tables import gateways
from tests.mqtt.central.teller import Teller


class TankDipped(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    level_ml: int


@pytest.fixture
def config(cli: CliRunner, tmp_path: Path) -> Path:
    city = tmp_path / "city"
    options = ["--seed", "7", "--period", "2026-07"]
    assert cli.invoke(takar, ["init", str(city), *options]).exit_code == 0
    engine = open_database(city / "central" / "central.sqlite3")
    zone = read_identity(engine).zone
    with engine.begin() as connection:
        incarnation = connection.scalar(select(gateways.c.incarnation))
        assert incarnation is not None
        teller = Teller("gateway", incarnation, Ed25519PrivateKey.generate())
        teller.append("tank.dipped", {"level_ml": 5})
        teller.append("sale.refused", {"pump": "one"})
        known = known_gateway(connection, "gateway")
        apply_ledger(connection, known, piece_of(teller.message()), zone, datetime.now(UTC))
    engine.dispose()
    return city / "central.toml"


def more(config: Path, count: int) -> None:
    """The gateway tells so many more entries of a type that central does not know."""
    engine = open_database(config.parent / "central" / "central.sqlite3")
    zone = read_identity(engine).zone
    with engine.begin() as connection:
        known = known_gateway(connection, "gateway")
        teller = Teller("gateway", known.incarnation, Ed25519PrivateKey.generate())
        teller.append("tank.dipped", {"level_ml": 5})
        teller.append("sale.refused", {"pump": "one"})
        for _ in range(count):
            teller.append("tank.dipped", {"level_ml": 5})
        apply_ledger(connection, known, piece_of(teller.message(3)), zone, datetime.now(UTC))
    engine.dispose()


def run(cli: CliRunner, config: Path, *arguments: str) -> tuple[int, str]:
    name, *rest = arguments
    done = cli.invoke(takar, ["central", "quarantine", name, "--config", str(config), *rest])
    return done.exit_code, done.output


def test_list_show_and_retry(cli: CliRunner, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, listed = run(cli, config, "list")
    assert (status, listed.count("waits")) == (0, 2)
    first, second, _ = listed.splitlines()
    assert re.search(r"/1  waits since 2\S+Z  this version does not know the type '.*'$", first)
    assert "'tank.dipped'" in first
    assert "/2  waits since 2" in second
    status, shown = run(cli, config, "show", "gateway", "1")
    assert '"level_ml": 5' in shown
    assert run(cli, config, "retry")[0] == 1

    monkeypatch.setitem(facts.FACT_TYPES, "tank.dipped", TankDipped)
    status, said = run(cli, config, "retry", "gateway", "1")
    assert status == 0
    assert said.endswith("/1: used\n1 used, 0 wait on\n")
    assert run(cli, config, "list")[1].endswith("1 entries\n")
    assert "settled 2" in run(cli, config, "list", "--all")[1]
    report = cli.invoke(takar, ["report", "--config", str(config)])
    assert "1 entry cannot be used" in report.output


def test_those_that_wait_for_the_same_reason_are_one_line(cli: CliRunner, config: Path) -> None:
    more(config, 12)
    listed = run(cli, config, "list")[1].splitlines()
    assert len(listed) == 3
    assert "/1, 3, 4, 5, 6, 7, 8, 9 and 5 more  waits since 2" in listed[0]
    assert listed[-1] == "14 entries"


def test_an_entry_that_is_not_there(cli: CliRunner, config: Path) -> None:
    status, said = run(cli, config, "show", "gateway", "99")
    assert (status, said) == (
        1,
        "takar: no entry 99 of gateway in quarantine; "
        "`takar central quarantine list` shows what is\n",
    )


def test_a_config_before_the_subcommand_is_the_one_used(
    cli: CliRunner, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(config.parent)  # where another central.toml lies
    group = ["central", "--config", str(tmp_path / "none.toml")]
    for command in (
        ["quarantine", "list"],
        ["revoke", "gateway", "--reason", "stolen"],
        ["export", str(tmp_path / "out")],
    ):
        done = cli.invoke(takar, [*group, *command])
        assert done.exit_code != 0
        assert "none.toml" in done.output
    here = ["central", "--config", str(tmp_path / "none.toml"), "quarantine", "list"]
    assert cli.invoke(takar, [*here, "--config", str(config)]).exit_code == 0
    assert cli.invoke(takar, ["central", "quarantine", "list"]).exit_code == 0


def test_a_period_is_for_running_central_only(cli: CliRunner) -> None:
    done = cli.invoke(takar, ["central", "--period", "2026-07", "quarantine", "list"])
    assert done.exit_code == 2
    assert "--period is for running central" in done.output
