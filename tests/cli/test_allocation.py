"""`takar allocation`: directives that a gateway could not use."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from gateway.cli import takar
from gateway.core.allocation import DIRECTIVE_TYPES, Directive
from gateway.core.log import Entry
from gateway.store.allocation import Allocation
from gateway.store.own_seals import OwnSeals
from gateway.store.reader import LedgerReader
from mqtt.keys import load_private


class CloseCity(Directive, frozen=True, kw_only=True, forbid_unknown_fields=True):
    until: str


@pytest.fixture
def config(cli: CliRunner, tmp_path: Path) -> Path:
    """Of a gateway whose newest directive is one that it cannot use."""
    city = tmp_path / "city"
    options = ["--seed", "7", "--period", "2026-07"]
    assert cli.invoke(takar, ["init", str(city), *options]).exit_code == 0
    with LedgerReader(city / "gateway" / "ledger.sqlite3") as ledger:
        meta = ledger.meta()
    private = load_private(city / "keys" / "gateway" / "gateway.pem")
    seals = OwnSeals(private, meta.gateway, meta.incarnation, meta.epoch)
    allocation = Allocation.open(city / "gateway" / "allocation.json", seals)
    sequence = allocation.applied_through + 1
    entry = Entry(
        id=f"{'c' * 16}/{sequence}",
        source="takar/central",
        type="city.close",
        time="2026-07-10T04:00:00.000Z",
        data=msgspec.to_builtins(CloseCity(until="2026-07-12")),
        sequence=sequence,
        prevhash=allocation.head,
    )
    allocation.apply([entry])
    return city / "gateway.toml"


def run(cli: CliRunner, config: Path, name: str, *rest: str) -> tuple[int, str]:
    done = cli.invoke(takar, ["allocation", name, "--config", str(config), *rest])
    return done.exit_code, done.output


def test_list_show_and_retry(cli: CliRunner, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, listed = run(cli, config, "list")
    assert status == 0
    assert "blocks everybody: " in listed
    assert listed.endswith("1 directives\n")
    sequence = listed.split()[0].partition("/")[2]
    assert '"until": "2026-07-12"' in run(cli, config, "show", sequence)[1]
    assert run(cli, config, "show", "1")[0] == 1
    status, said = run(cli, config, "retry")
    assert (status, said.splitlines()[-1]) == (1, "0 can be used, 1 cannot")

    monkeypatch.setitem(DIRECTIVE_TYPES, "city.close", CloseCity)
    status, said = run(cli, config, "retry")
    assert (status, said.splitlines()[-1]) == (0, "1 can be used, 0 cannot")


def test_where_all_is_well(cli: CliRunner, tmp_path: Path) -> None:
    city = tmp_path / "city"
    options = ["--seed", "7", "--period", "2026-07"]
    assert cli.invoke(takar, ["init", str(city), *options]).exit_code == 0
    assert run(cli, city / "gateway.toml", "list") == (0, "every directive can be used\n")
