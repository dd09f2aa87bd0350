"""`takar grants`: where litres are, and a person's decision that returns some."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from gateway.cli import takar
from mqtt.central.database import open_database
from mqtt.central.grant_tables import decisions, quotas
from mqtt.central.tables import grants


@pytest.fixture
def config(tmp_path: Path, cli: CliRunner) -> Path:
    """A city of two gateways."""
    folder = tmp_path / "city"
    options = ["--seed", "7", "--period", "2026-07", "--gateways", "2"]
    assert cli.invoke(takar, ["init", str(folder), *options]).exit_code == 0
    return folder / "central.toml"


def change(config: Path, *statements: Any) -> None:
    engine = open_database(config.parent / "central" / "central.sqlite3")
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)
    engine.dispose()


def someone(config: Path) -> tuple[str, str]:
    """A vehicle, and a gateway that holds a grant of it."""
    engine = open_database(config.parent / "central" / "central.sqlite3")
    with engine.connect() as connection:
        row = connection.execute(
            select(grants.c.subject, grants.c.gateway).where(
                grants.c.kind == "vehicle", grants.c.grant_no == 1
            )
        ).first()
    engine.dispose()
    assert row is not None
    return row.subject, row.gateway


def test_it_shows_where_each_litre_is(config: Path, cli: CliRunner) -> None:
    subject, _ = someone(config)
    asked = ["grants", "show", "--config", str(config)]
    (state,) = json.loads(cli.invoke(takar, [*asked, subject, "--json"]).output)
    held_ml = sum(grant["volume_ml"] for grant in state["grants"])
    assert state["quota_ml"] == held_ml + state["reserve_ml"]
    assert state["reserve_ml"] > 0
    assert len(state["grants"]) == 2
    text = cli.invoke(takar, [*asked, subject]).output.splitlines()
    assert text[0].startswith(f"{subject} (vehicle): quota ")
    assert text[1].endswith("sold 0,000 L, open")
    everything = json.loads(cli.invoke(takar, [*asked, "--json"]).output)
    assert {one["kind"] for one in everything} == {"vehicle", "override", "emergency"}
    assert len([one for one in everything if one["kind"] == "vehicle"]) == 1008
    assert "no quota of nobody" in cli.invoke(takar, [*asked, "nobody"]).output


def test_a_vehicle_is_found_by_its_plate_and_a_month_must_be_one(
    config: Path, cli: CliRunner
) -> None:
    subject, _ = someone(config)
    asked = ["grants", "show", "--config", str(config)]
    by_name, by_plate = (
        cli.invoke(takar, [*asked, name]).output for name in (subject, subject.replace("-", " "))
    )
    assert by_plate == by_name != ""
    refused = cli.invoke(takar, [*asked, "--period", "2026-13"])
    assert (refused.exit_code, "a month such as 2026-07" in refused.output) == (2, True)


def test_a_decision_returns_litres_and_stays_on_record(config: Path, cli: CliRunner) -> None:
    subject, gateway = someone(config)
    give = ["grants", "return", "--config", str(config), gateway, "1", "--by", "auditor"]
    still_open = cli.invoke(takar, [*give, "--spent-ml", "0", "--reason", "found"])
    assert (still_open.exit_code, "is open" in still_open.output) == (1, True)
    this = update(grants).where(grants.c.gateway == gateway, grants.c.grant_no == 1)
    change(config, this.values(closed_ml=grants.c.volume_ml, spent_ml=700))
    refused = cli.invoke(takar, [*give, "--spent-ml", "600", "--reason", "found"])
    assert "at least the 700 ml of its sales" in refused.output
    assert cli.invoke(takar, [*give, "--spent-ml", "700", "--reason", " "]).exit_code == 2
    done = cli.invoke(takar, [*give, "--spent-ml", "700", "--reason", "its card was found"])
    assert done.exit_code == 0, done.output
    assert f"are back from grant 1 of {gateway}" in done.output
    engine = open_database(config.parent / "central" / "central.sqlite3")
    with engine.connect() as connection:
        who, why = connection.execute(select(decisions.c.who, decisions.c.why)).one()
        closed_ml = connection.scalar(
            select(grants.c.closed_ml).where(grants.c.gateway == gateway, grants.c.grant_no == 1)
        )
        assert connection.scalar(select(quotas.c.quota_ml).where(quotas.c.subject == subject))
    engine.dispose()
    assert (who, why, closed_ml) == ("auditor", "its card was found", 700)
    again = cli.invoke(takar, [*give, "--spent-ml", "700", "--reason", "again"])
    assert "no more than its sales, 700 ml: nothing can come back" in again.output


def test_what_never_was_is_said(config: Path, cli: CliRunner) -> None:
    give = ["grants", "return", "--config", str(config), "gateway", "999999"]
    found = cli.invoke(takar, [*give, "--spent-ml", "1", "--by", "a", "--reason", "b"])
    assert "never had a grant 999999" in found.output


def test_all_of_an_old_card_come_back_only_by_its_ledger_and_a_word_on_open_fills(
    config: Path, cli: CliRunner
) -> None:
    give = ["grants", "return-all", "--config", str(config), "gateway", "1" * 16, "--by", "a"]
    give += ["--reason", "b"]
    for wrong, said in (
        ([], "expected either --open-fill"),
        (["--nothing-open", "--open-fill", "1=5"], "expected either --open-fill"),
        (["--open-fill", "1:5"], "expected GRANT_NO=ML such as"),
    ):
        refused = cli.invoke(takar, [*give, *wrong])
        assert (refused.exit_code, said in " ".join(refused.output.split())) == (2, True)
    for right in (["--nothing-open"], ["--open-fill", "1=5", "--open-fill", "1=6"]):
        refused = cli.invoke(takar, [*give, *right])
        assert (refused.exit_code, "may still come back" in refused.output) == (1, True)
