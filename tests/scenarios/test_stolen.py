"""A stolen gateway at the broker: its session ends, and no certificate of it opens another."""

import os
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.config.load import load_central
from gateway.setup.broker_files import load_authority
from gateway.setup.certificate_files import TlsFiles
from mqtt.authority import PEM, new_key
from tests.faults.records import until
from tests.mqtt.broker_acl.party import Party
from tests.mqtt.brokers import Settings
from tests.scenarios.joining import NAME, City


@pytest.fixture
def started() -> Iterator[ExitStack]:
    with ExitStack() as parts:
        yield parts


@pytest.fixture
def city(template: Path, tmp_path: Path, started: ExitStack) -> City:
    city = City(template, tmp_path, started)
    city.office.start_central()
    city.enrol(city.invite())
    return city


def lets_in(settings: Settings) -> bool:
    """With nothing of ours but the certificate: does the broker accept an MQTT CONNECT?"""
    context = ssl.create_default_context(cafile=settings.ca_file)
    assert settings.certificate_file is not None
    context.load_cert_chain(settings.certificate_file)
    raw = socket.create_connection((settings.host, settings.port), 20)
    with (
        raw,
        suppress(ssl.SSLError, ConnectionError),
        context.wrap_socket(raw, server_hostname=settings.host) as spoken,
    ):
        spoken.sendall(b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03any")
        return spoken.recv(4) == b"\x20\x02\x00\x00"
    return False


def is_listed(settings: Settings) -> bool:
    """Does the broker refuse the certificate? No MQTT is spoken, so no session is taken over."""
    context = ssl.create_default_context(cafile=settings.ca_file)
    assert settings.certificate_file is not None
    context.load_cert_chain(settings.certificate_file)
    raw = socket.create_connection((settings.host, settings.port), 20)
    try:
        with raw, context.wrap_socket(raw, server_hostname=settings.host) as spoken:
            spoken.sendall(b"\x00\x00")  # no MQTT: whoever is let in is shut out without an alert
            spoken.recv(1)
    except ssl.SSLError as error:
        return "CERTIFICATE_REVOKED" in str(error.reason)
    except ConnectionError:
        return False
    return False


def test_its_session_ends_and_no_other_begins(
    city: City, tmp_path: Path, started: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.cli.revoke.PATIENCE_S", 0.2)
    stolen = city.thief(tmp_path)
    reload = f"kill -HUP {city.broker.pid}"
    city.set(reload, "false")
    said = city.takar("revoke", NAME, "--reason", "stolen", fails=True)
    assert "it has not read the new list" in said
    assert lets_in(stolen)
    thief = Party(stolen, "any")
    started.callback(thief.stop)
    os.kill(city.broker.pid, signal.SIGHUP)
    until("the broker to read the list", lambda: is_listed(stolen))
    assert not thief.dropped, "the list alone ends no session"
    monkeypatch.setattr("gateway.cli.revoke.PATIENCE_S", 20.0)
    city.set('"false"', f'"{reload}"')
    said = city.takar("revoke", NAME, "--reason", "again")
    assert "is revoked already: stolen" in said
    until("its session to end", lambda: thief.dropped)
    assert not lets_in(stolen)
    city.broker.kill()
    said = city.takar("revoke", NAME, "--reason", "again", fails=True)
    assert "cannot be asked" in said
    city.broker.start()  # from nothing but the files
    assert not lets_in(stolen)


@pytest.mark.long
def test_a_station_comes_back_whatever_its_certificate(
    city: City, template: Path, started: ExitStack
) -> None:
    """Ended long ago; lost with its card; of an authority that is no more."""
    site = city.gateway(template)
    started.callback(site.close)
    site.start_forecourt()
    site.start_gateway()
    site.see("central's answer", lambda s: s.online)
    site.gateway.stop()
    tls = TlsFiles(site.folder / "keys")
    central = load_central(city.config)
    assert central.enrolment is not None
    authority = load_authority(central.enrolment)
    key = new_key()
    ended = datetime.now(UTC) - timedelta(days=365)
    old = authority.client(NAME, key.public_key(), authority.serial_of(NAME, 1), ended)
    tls.put(key, old.public_bytes(PEM).decode(), authority.pem)
    site.start_gateway()
    site.see("central's answer", lambda s: s.online)
    assert tls.ends() > datetime.now(UTC) + timedelta(days=80)
    site.gateway.stop()
    tls.own.unlink()
    site.start_gateway()
    site.see("central's answer", lambda s: s.online)
    site.gateway.stop()

    central_part = city.office.central
    central_part.stop()
    city.broker.kill()
    Path(central.enrolment.authority_key_file).unlink()
    city.broker_files()
    city.broker.start()
    city.office.start_central()
    tls.own.unlink()  # it would find out after ten minutes
    site.start_gateway()
    site.see("central's answer", lambda s: s.online)
    assert tls.authority.read_text() != authority.pem
