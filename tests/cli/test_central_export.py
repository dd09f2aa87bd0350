"""`takar central export`: a folder with central's copies, one file for each ledger."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from gateway.cli import takar
from gateway.store.reader import LedgerReader
from mqtt.central.applying import apply_ledger
from mqtt.central.database import open_database, read_identity
from mqtt.central.known import known_gateway
from mqtt.central.pieces import piece_of
from mqtt.messages import LedgerMessage


def test_it_writes_each_ledger_once(cli: CliRunner, tmp_path: Path) -> None:
    city = tmp_path / "city"
    options = ["--seed", "7", "--gateways", "2", "--period", "2026-07"]
    assert cli.invoke(takar, ["init", str(city), *options]).exit_code == 0
    export = ["central", "export", "--config", str(city / "central.toml")]
    done = cli.invoke(takar, [*export, str(tmp_path / "none")])
    assert (done.exit_code, "no entries of any gateway" in done.output) == (2, True)

    with LedgerReader(city / "gateway" / "ledger.sqlite3") as reader:
        meta, entries, seals = reader.meta(), list(reader.every_entry()), list(reader.every_seal())
    entries = entries[: seals[0].sequence]
    engine = open_database(city / "central" / "central.sqlite3")
    zone = read_identity(engine).zone
    with engine.begin() as connection:
        known = known_gateway(connection, meta.gateway)
        message = LedgerMessage(entries=entries, seal=seals[0])
        apply_ledger(connection, known, piece_of(message), zone, datetime.now(UTC))
    engine.dispose()

    done = cli.invoke(takar, [*export, str(tmp_path / "out")])
    path = tmp_path / "out" / f"gateway-{meta.incarnation}.jsonl.gz"
    assert done.output == f"{path}: {len(entries)} entries, 2 seals\n"
    header = json.loads(gzip.decompress(path.read_bytes()).splitlines()[0])
    assert header["export"]["incarnation"] == meta.incarnation
    assert cli.invoke(takar, [*export, str(tmp_path / "out")]).exit_code == 1
    other = cli.invoke(takar, [*export, str(tmp_path / "x"), "--gateway", "gateway-2"])
    assert "no entries of gateway-2" in other.output
