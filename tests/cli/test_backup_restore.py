"""`takar backup`, `restore`, `central revoke`, `release` and `import`, as a person uses them."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from gateway.cli import takar
from gateway.config.types import GatewayConfig
from gateway.core import facts
from gateway.setup.gateway_state import LEDGER
from gateway.setup.rewriting import as_written, rewrite
from gateway.setup.station.places import Installed
from gateway.store.anchor import Anchor, anchor_path
from gateway.store.reader import LedgerReader
from mqtt import credentials
from tests.mqtt.credential_store import stand_in

KEY, PASSWORD = Path("credential:takar.gateway.pem"), Path("credential:takar.gateway-password")
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "city"
    options = ["--seed", "7", "--gateways", "2", "--period", "2026-07"]
    assert CliRunner().invoke(takar, ["init", str(folder), *options]).exit_code == 0
    return folder


@pytest.fixture
def city(made: Path, tmp_path: Path) -> Path:
    """The same city, in a folder of its own."""
    folder = tmp_path / "city"
    shutil.copytree(made, folder)
    for file in folder.glob("*.toml"):
        file.write_text(file.read_text().replace(str(made), str(folder)))
    return folder


@pytest.fixture
def run(cli: CliRunner) -> Run:
    def invoke(*arguments: str | Path) -> tuple[int, str]:
        done = cli.invoke(takar, [str(one) for one in arguments])
        return done.exit_code, done.output

    return invoke


@pytest.mark.parametrize("whose", ["gateway", "central"])
def test_a_backup_is_complete_or_not_there(
    run: Run, city: Path, tmp_path: Path, whose: str
) -> None:
    config, target = city / f"{whose}.toml", tmp_path / "stick" / "backup"
    status, said = run("backup", config, target)
    assert (status, "is the medium mounted" in said) == (1, True)
    target.parent.mkdir()
    status, said = run("backup", config, target)
    assert status == 0, said
    assert "without the private key" in said
    assert not (target / "keys").exists()
    status, said = run("backup", config, target)
    assert (status, "is there already" in said) == (1, True)
    status, said = run("backup", config, tmp_path / "stick" / "second", "--with-keys")
    assert status == 0, said
    key = tmp_path / "stick" / "second" / "keys" / "private.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in target.parent.iterdir()) == ["backup", "second"]


def test_a_full_medium_leaves_nothing(
    run: Run, city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gateway.backup.manifest.describe", full)
    target = tmp_path / "backup"
    status, said = run("backup", city / "gateway.toml", target)
    assert (status, "the medium is full" in said) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["city"]


def _edit_manifest(backup: Path) -> None:
    (backup / "manifest.json").write_text("{}")


def _edit_file(backup: Path) -> None:
    file = next(backup.glob("*.sqlite3"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")


def _lose_manifest(backup: Path) -> None:
    (backup / "manifest.json").unlink()


def _lose_file(backup: Path) -> None:
    (backup / "configuration.toml").unlink()


def _climb_out(backup: Path) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["files"]["../../secret"] = manifest["files"]["configuration.toml"]
    (backup / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (_edit_manifest, "is no manifest"),
        (_edit_file, "is not what was backed up"),
        (_lose_manifest, "no backup: manifest.json"),
        (_lose_file, "configuration.toml: No such file"),
        (_climb_out, "is no manifest"),
    ],
)
@pytest.mark.parametrize("whose", ["gateway", "central"])
def test_a_damaged_backup_changes_nothing(
    run: Run, city: Path, tmp_path: Path, whose: str, damage: Callable[[Path], None], word: str
) -> None:
    config, target = city / f"{whose}.toml", tmp_path / "backup"
    assert run("backup", config, target)[0] == 0
    damage(target)
    state = {path: path.read_bytes() for path in (city / whose).rglob("*") if path.is_file()}
    status, said = run("restore", config, "--backup", target)
    assert status == 1
    assert word in said
    after = {path: path.read_bytes() for path in (city / whose).rglob("*") if path.is_file()}
    assert after == state


def test_a_backup_of_another_kind_or_gateway_is_refused(
    run: Run, city: Path, tmp_path: Path
) -> None:
    target = tmp_path / "backup"
    assert run("backup", city / "gateway.toml", target)[0] == 0
    status, said = run("restore", city / "central.toml", "--backup", target)
    assert (status, "is a backup of a gateway, expected a central's" in said) == (1, True)
    status, said = run("restore", city / "gateway-02.toml", "--backup", target)
    assert status == 1, said


def test_a_gateway_is_restored_with_and_without_a_backup(
    run: Run, city: Path, tmp_path: Path
) -> None:
    config, target, state = city / "gateway.toml", tmp_path / "backup", city / "gateway"
    with LedgerReader(state / LEDGER) as reader:
        former = reader.meta().incarnation
    assert run("backup", config, target, "--with-keys")[0] == 0
    shutil.rmtree(state)
    config.unlink()
    status, said = run("restore", config, "--backup", target, "--by", "technician")
    assert status == 0, said
    assert f"follows {former}" in said
    status, said = run("restore", config)
    assert status == 0, said
    assert f"follows {former}" in said, "not the one that was never started"
    assert "the former ledger is kept for the auditor in" in said


@pytest.fixture
def station(city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    """The city's gateway where `takar setup` puts one, with its key and TLS password among
    credentials."""
    places = Installed(tmp_path / "r")
    places.gateway_toml.parent.mkdir(parents=True)
    places.data.mkdir(parents=True)
    (city / "gateway").rename(places.state("gateway"))
    stand_in(tmp_path, monkeypatch)
    credentials.write(KEY, (city / "keys" / "gateway" / "gateway.pem").read_bytes())
    config = as_written(city / "gateway.toml", GatewayConfig)
    tls = places.state("gateway") / "tls"
    enrolled = replace(
        config.mqtt,
        host="203.0.113.7",
        ca_file=str(tls / "authority.pem"),
        certificate_file=str(tls / "tls.pem"),
        key_file=str(tls / "tls.pem"),
        key_password_file=str(PASSWORD),
    )
    credentials.write(PASSWORD, b"of the certificate's key")
    shutil.copytree(city / "keys" / "gateway" / "central", places.statements)
    rewrite(
        places.gateway_toml,
        replace(
            config,
            gateway=replace(config.gateway, state_dir=str(places.state("gateway"))),
            keys=replace(config.keys, private_file=str(KEY), statements_dir=str(places.statements)),
            mqtt=enrolled,
        ),
    )
    return places


def test_an_installed_stations_ledger_is_verified_with_its_own_key(
    run: Run, station: Installed
) -> None:
    status, said = run("ledger", "verify", station.state("gateway"))
    assert (status, "nothing wrong" in said) == (0, True), said
    station.gateway_toml.unlink()
    status, said = run("ledger", "verify", station.state("gateway"))
    assert (status, "Name the folder that holds it with --keys" in said) == (2, True)


def test_keys_that_this_machine_cannot_open_are_restored(
    run: Run, station: Installed, tmp_path: Path
) -> None:
    config, target = station.gateway_toml, tmp_path / "backup"
    status, said = run("backup", config, target, "--with-keys")
    assert status == 0, said
    key = credentials.read(KEY)
    store = tmp_path / "credstore"
    for sealed in store.iterdir():
        sealed.write_bytes(b"for another machine")
    status, said = run("restore", config)
    assert (status, "`sudo takar restore CONFIGURATION --backup FOLDER`" in said) == (2, True)
    status, said = run("restore", config, "--backup", target)
    assert status == 0, said
    assert credentials.read(KEY) == key
    assert credentials.read(PASSWORD), "a service could not write another one"
    assert {kept.name for kept in store.iterdir()} > {KEY.name.partition(":")[2] + ".not-opened"}


def test_a_restored_station_is_ready_to_be_started(
    run: Run, station: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Installed, "is_this_machine", True)
    monkeypatch.setattr("gateway.setup.station.steps.SYSTEMD", tmp_path / "none")
    monkeypatch.setattr("gateway.setup.station.steps._ids", lambda _: None)
    status, said = run("restore", station.gateway_toml)
    assert status == 0, said
    assert "systemctl daemon-reload" in said
    assert said.splitlines()[-1].startswith("  sudo systemctl enable --now takar-gateway")
    reach = station.units / "takar-gateway.service.d" / "reach.conf"
    assert "IPAddressAllow=203.0.113.7" in reach.read_text()


def test_a_gateway_in_use_is_not_restored(run: Run, city: Path) -> None:
    anchor = Anchor(anchor_path(city / "gateway" / LEDGER))
    status, said = run("restore", city / "gateway.toml")
    anchor.close()
    assert status == 1
    assert "takar:" in said
    assert not (city / "gateway" / "former").exists()


def test_central_needs_a_backup_and_its_key(run: Run, city: Path, tmp_path: Path) -> None:
    config, target = city / "central.toml", tmp_path / "backup"
    status, said = run("restore", config)
    assert (status, "name it with --backup" in said) == (2, True)
    assert run("backup", config, target)[0] == 0
    settings = config.read_text()
    (key,) = (line.split(chr(34))[1] for line in settings.splitlines() if "private_file" in line)
    private = Path(key) if Path(key).is_absolute() else city / key
    kept = private.read_bytes()
    private.unlink()
    status, said = run("restore", config, "--backup", target)
    assert (status, "made without --with-keys" in said) == (1, True)
    private.write_bytes(kept)
    private.chmod(0o600)
    status, said = run("restore", config, "--backup", target)
    assert status == 0, said
    assert "mints nothing until these have reported: gateway, gateway-02" in said
    assert "the former database is kept in" in said


def test_a_person_gives_up_a_gateway(run: Run, city: Path, tmp_path: Path) -> None:
    config, target = city / "central.toml", tmp_path / "backup"
    decide = ("--config", config, "--by", "head")
    status, said = run("central", "release", *decide, "gateway", "--reason", "burnt")
    assert (status, "does not wait for gateway; it waits for: none" in said) == (1, True)
    assert run("backup", config, target)[0] == 0
    assert run("restore", config, "--backup", target)[0] == 0
    status, said = run("central", "release", *decide, "gateway", "--reason", "burnt")
    assert status == 0, said
    assert "gateway is waited for no longer" in said
    status, said = run("central", "revoke", *decide, "gateway-02", "--reason", "stolen")
    assert (status, "gateway-02 is revoked" in said) == (0, True)
    status, said = run("central", "revoke", *decide, "gateway-02", "--reason", "stolen")
    assert (status, "is revoked already: stolen" in said) == (1, True)
    status, said = run("central", "revoke", *decide, "gateway-9", "--reason", "stolen")
    assert (status, "there are: gateway, gateway-02" in said) == (1, True)
    assert run("central", "revoke", *decide, "gateway")[0] == 2
    with closing(sqlite3.connect(city / "central" / "central.sqlite3")) as database:
        said_why = [
            why for (why,) in database.execute("SELECT why FROM decisions WHERE who = 'head'")
        ]
    assert said_why == ["burnt", "stolen"]


def test_an_export_is_taken_in(run: Run, city: Path, tmp_path: Path) -> None:
    config, export = city / "central.toml", tmp_path / "ledger.jsonl.gz"
    status, said = run("ledger", "export", city / "gateway", "--output", export)
    assert status == 0, said
    bring = ("central", "import", "--config", config, "--by", "technician")
    status, said = run(*bring, export)
    assert status == 0, said
    assert "gateway, incarnation " in said
    assert "taken in" in said
    status, said = run(*bring, export)
    assert (status, "nothing new" in said) == (0, True)
    export.write_bytes(export.read_bytes()[:-20])
    status, said = run(*bring, export)
    assert (status, "nothing was taken in" in said) == (1, True)
    export.write_bytes(b"hello")
    status, said = run(*bring, export)
    assert (status, "not an export of a ledger" in said) == (2, True)


def test_what_central_cannot_use_of_an_export_waits_in_quarantine(
    run: Run, city: Path, tmp_path: Path
) -> None:
    config, export = city / "central.toml", tmp_path / "ledger.jsonl"
    assert run("ledger", "export", city / "gateway", "--output", export)[0] == 0
    types = [
        line["entry"]["type"]
        for line in map(json.loads, export.read_text().splitlines())
        if "entry" in line
    ]
    (newer,) = {kind for kind in types if types.count(kind) == 1 and kind.startswith("gateway.")}
    with patch.dict(facts.FACT_TYPES):  # which gives it back in its order, as the schema has it
        del facts.FACT_TYPES[newer]
        status, said = run("central", "import", "--config", config, export)
    assert status == 0, said
    assert f"entries 1 to {len(types)} taken in" in said
    assert (
        "1 of them are proven, but central cannot use them: they wait in quarantine "
        "(takar central quarantine), for a newer Takar"
    ) in said
    waits = run("central", "quarantine", "list", "--config", config)[1]
    assert f"/{types.index(newer) + 1}  waits since 2" in waits
    status, said = run("central", "import", "--config", config, export)
    assert (status, "quarantine" in said) == (0, False), "they are said once"
    assert run("central", "quarantine", "retry", "--config", config)[0] == 0


def test_a_found_card_opens_its_months_again(run: Run, city: Path, tmp_path: Path) -> None:
    config, target, export = city / "central.toml", tmp_path / "backup", tmp_path / "card.jsonl.gz"
    decide = ("--config", config, "--by", "head", "--reason", "burnt")
    assert run("backup", config, target)[0] == 0
    assert run("restore", config, "--backup", target)[0] == 0
    assert run("central", "release", *decide, "gateway")[0] == 0
    assert run("ledger", "export", city / "gateway", "--output", export)[0] == 0
    status, said = run("central", "import", "--config", config, export)
    assert (status, "Nothing more is minted for " in said) == (0, True), said
    (command,) = (line.split() for line in said.splitlines() if "takar central lift" in line)
    incarnation = command[4]
    status, said = run("central", "lift", *decide, "gateway", incarnation)
    assert (status, "may still come back" in said) == (1, True)
    assert run("central", "revoke", *decide, "gateway")[0] == 0
    report = run("report", "--config", config)[1]
    assert f"too little is known of gateway, incarnation {incarnation}" in report
    status, said = run("central", "lift", *decide, "gateway", incarnation)
    assert (status, "no longer withheld because of gateway" in said) == (0, True), said
    assert "is the file's word alone, and yours" in said
    assert "too little is known" not in run("report", "--config", config)[1]
