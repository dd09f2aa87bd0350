"""Central's authority: made once, kept in a backup, made anew where it is lost."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509

from gateway.cli import takar
from gateway.config.load import load_central
from gateway.config.types import MqttSettings
from gateway.setup.authority_files import PUBLISHED_FOLDER, revoked_file
from gateway.setup.broker_files import keep_revoked, load_authority
from gateway.setup.configurations import CITY, ZONE, central_settings
from gateway.setup.station.places import Installed
from gateway.setup.toml_text import toml_text
from mqtt import credentials
from mqtt.authority import AUTHORITY_DAYS, CertificateRefused, number_in
from mqtt.central.central_keys import put_statement
from mqtt.central.database import create_database, open_database
from mqtt.certificates import public_text, state
from mqtt.keys import make_private
from mqtt.tls import Tls
from tests.mqtt.credential_store import stand_in
from tests.mqtt.enrolment.office import NOW

MOSQUITTO = "mosquitto"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Of a central that has no authority yet."""
    keys = tmp_path / "c" / "keys" / "central"
    keys.mkdir(parents=True)
    central, root = make_private(keys / "central.pem"), make_private(tmp_path / "root.pem")
    engine = create_database(
        tmp_path / "c" / "central" / "central.sqlite3", city=CITY, city_timezone=ZONE
    )
    issued = "2026-11-01T00:00:00.000Z"
    said = state(root, "key-certificate", "central", central.public_key(), serial=1, issued=issued)
    with engine.begin() as connection:
        put_statement(connection, said, root.public_key(), NOW)
    engine.dispose()
    file = tmp_path / "c" / "central.toml"
    settings = central_settings(MqttSettings(host="10.0.0.7"), public_text(root.public_key()))
    file.write_text(toml_text(settings))
    return file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(takar, list(arguments))


def broker_files(config: Path, *hosts: str) -> Path:
    folder = config.parent / MOSQUITTO
    done = run("central", "broker-files", *hosts, "--config", str(config), "--folder", str(folder))
    assert done.exit_code == 0, done.output
    return folder


def test_an_authority_is_made_once(config: Path) -> None:
    folder = broker_files(config, "mqtt.example", "10.0.0.7")
    settings = load_central(config)
    assert settings.enrolment is not None
    assert settings.mqtt.host == "10.0.0.7"
    authority = load_authority(settings.enrolment)
    server = x509.load_pem_x509_certificate((folder / "broker.pem").read_bytes())
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["mqtt.example", "localhost"]
    assert server.not_valid_after_utc == authority.certificate.not_valid_after_utc
    for private in (config.parent / "keys" / "central" / "authority.key", folder / "broker.key"):
        assert private.stat().st_mode & 0o077 == 0
    assert (folder / "revoked.pem").stat().st_mode & 0o777 == 0o644
    broker_files(config, "other.example")
    again = load_central(config)
    assert again.enrolment is not None
    assert again.enrolment.broker_host == "other.example"
    assert load_authority(again.enrolment).certificate == authority.certificate
    assert authority.certificate.not_valid_after_utc - NOW > timedelta(days=AUTHORITY_DAYS - 400)


def test_who_has_none_invites_nobody(config: Path) -> None:
    said = run("central", "invite", "kupang-04", "--config", str(config))
    assert said.exit_code == 2
    assert "takar central broker-files" in " ".join(said.output.replace("│", " ").split())


def test_a_backup_brings_it_back_and_without_one_another_is_made(
    config: Path, tmp_path: Path
) -> None:
    broker_files(config, "mqtt.example")
    settings = load_central(config)
    assert settings.enrolment is not None
    before = load_authority(settings.enrolment)
    backup, bare = tmp_path / "backup", tmp_path / "bare"
    assert run("backup", str(config), str(backup), "--with-keys").exit_code == 0
    assert run("backup", str(config), str(bare)).exit_code == 0
    assert not (bare / "keys").exists()
    key, certificate = (
        Path(settings.enrolment.authority_key_file),
        Path(settings.enrolment.authority_file),
    )
    key.unlink()
    with pytest.raises(CertificateRefused, match="Bring it back from a backup"):
        load_authority(settings.enrolment)
    certificate.unlink()
    restored = run("restore", str(config), "--backup", str(backup))
    assert restored.exit_code == 0, restored.output
    assert "takar central broker-files mqtt.example" in restored.output
    assert load_authority(settings.enrolment).certificate == before.certificate
    key.unlink()
    own = Path(str(settings.mqtt.certificate_file)).read_bytes()
    broker_files(config, "mqtt.example")
    assert load_authority(settings.enrolment).certificate != before.certificate
    assert Path(str(settings.mqtt.certificate_file)).read_bytes() != own


def test_a_list_of_the_revoked_that_is_gone_is_made_again(config: Path) -> None:
    folder = broker_files(config, "mqtt.example")
    settings = load_central(config)
    assert settings.enrolment is not None
    authority = load_authority(settings.enrolment)
    engine = open_database(Path(settings.central.database))
    file = folder / "revoked.pem"
    before = file.read_bytes()
    keep_revoked(file, authority, engine)
    assert file.read_bytes() == before
    file.write_text("nothing")
    keep_revoked(file, authority, engine)
    assert number_in(file.read_bytes()) == 0
    engine.dispose()


def test_where_systemd_runs_central_no_key_lies_open_and_the_list_is_its_own(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, places = stand_in(tmp_path, monkeypatch), Installed(tmp_path / "root")
    places.data.mkdir(parents=True)
    monkeypatch.setattr("gateway.cli.central_broker_files.installed_for", lambda _: places)
    monkeypatch.setattr("gateway.setup.authority_files.PUBLISHED_FOLDER", config.parent / MOSQUITTO)
    before = os.umask(0o077)
    try:
        folder = broker_files(config, "mqtt.example")
    finally:
        os.umask(before)
    settings = load_central(config)
    assert settings.enrolment is not None
    assert settings.enrolment.authority_key_file == "credential:takar.central-authority.pem"
    assert settings.mqtt.key_file == "credential:takar.central-tls.pem"
    assert {path.name for path in store.iterdir()} == {
        "takar.central-authority.pem",
        "takar.central-tls.pem",
    }
    assert [path for path in places.root.rglob("*.pem") if b"PRIVATE" in path.read_bytes()] == []
    revoked = places.broker / "revoked.pem"
    assert settings.enrolment.revoked_file == str(revoked)
    assert f"crlfile {revoked}\n" in (folder / "takar.conf").read_text()
    assert not (folder / "revoked.pem").exists()
    for public in (places.broker, revoked):
        assert public.stat().st_mode & 0o444 == 0o444
    authority, own = load_authority(settings.enrolment).pem, store / "takar.central-tls.pem"
    Tls(settings.mqtt)
    sealed = own.read_bytes()
    broker_files(config, "other.example")
    again = load_central(config)
    assert again.enrolment is not None
    assert load_authority(again.enrolment).pem == authority
    assert own.read_bytes() == sealed
    credentials.write(Path("credential:takar.central-tls.pem"), b"another's", replace=True)
    broker_files(config, "other.example")
    Tls(load_central(config).mqtt)


def test_a_broker_elsewhere_has_its_list_in_its_own_folder(tmp_path: Path) -> None:
    places = Installed(tmp_path)
    assert revoked_file(tmp_path / "b", places) == tmp_path / "b" / "revoked.pem"
    assert revoked_file(PUBLISHED_FOLDER, None) == PUBLISHED_FOLDER / "revoked.pem"
    assert revoked_file(PUBLISHED_FOLDER, places) == places.broker / "revoked.pem"
