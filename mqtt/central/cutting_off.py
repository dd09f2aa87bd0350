"""Prove that the broker knows a gateway's certificates as revoked, and end its session there.

The authority can make a certificate of any name for a moment. One that is on the list shows
whether the list is in force; one that is not takes over the session of that name, which ends
the one before. Both are forgotten at once.
"""

import os
import socket
import ssl
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from mqtt.authority import PEM, Authority, new_key
from mqtt.connection import BrokerSettings
from mqtt.tls import AT_ANY_TIME

PAUSE_S = 0.1
SILENCE_S = 5.0
MINUTES = 10
CONNACK_ACCEPTED = b"\x20\x02\x00\x00"


class StillIn(Exception):
    """The broker does not know yet, or cannot be asked; the text says what to do."""


def cut_off(
    settings: BrokerSettings,
    authority: Authority,
    gateway: str,
    *,
    within_s: float,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Return once no certificate of the gateway opens a session and none is open.

    StillIn if the broker lets a revoked certificate in for longer than `within_s`.
    """
    listed = authority.serial_of(gateway, 1)
    deadline = time.monotonic() + within_s
    while _lets_in(settings, authority, gateway, listed):
        if time.monotonic() > deadline:
            raise StillIn(
                f"broker {settings.host}:{settings.port} still lets {gateway} in: it has not read "
                "the new list of the revoked. There: systemctl reload mosquitto; then run this "
                "command again"
            )
        pause(PAUSE_S)
    if not _lets_in(settings, authority, gateway, x509.random_serial_number()):
        raise StillIn(
            f"broker {settings.host}:{settings.port} lets nobody in whom the authority vouches "
            f"for, so {gateway} is not in either, unless from before. There: systemctl restart "
            "mosquitto, and see what its log says"
        )


def _lets_in(settings: BrokerSettings, authority: Authority, name: str, serial: int) -> bool:
    """Does a certificate of this name and serial open a session? Who had it, has it no more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= AT_ANY_TIME
    context.load_verify_locations(settings.ca_file)
    _vouch(context, authority, name, serial)
    try:
        opened = socket.create_connection((settings.host, settings.port), SILENCE_S)
    except OSError as error:
        raise StillIn(
            f"broker {settings.host}:{settings.port} cannot be asked: {error}. {name} is on the "
            "list of the revoked: bring it to the broker, reload that, and run this command again"
        ) from error
    with opened:
        try:
            with context.wrap_socket(opened, server_hostname=settings.host) as spoken:
                spoken.sendall(_connect(name))
                answer = spoken.recv(4)
                if answer == CONNACK_ACCEPTED:
                    spoken.sendall(b"\xe0\x00")  # DISCONNECT
        except ssl.SSLCertVerificationError as error:
            raise StillIn(
                f"broker {settings.host}:{settings.port} is not one of this authority's: "
                f"{error.verify_message}"
            ) from error
        except OSError:
            return False
    return answer == CONNACK_ACCEPTED


def _vouch(context: ssl.SSLContext, authority: Authority, name: str, serial: int) -> None:
    key = new_key()
    until = datetime.now(UTC) + timedelta(minutes=MINUTES)
    certificate = authority.client(name, key.public_key(), serial, until)
    private = key.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor, path = tempfile.mkstemp()  # ssl reads files only; mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(private + certificate.public_bytes(PEM))
        context.load_cert_chain(path)
    finally:
        Path(path).unlink()


def _connect(client_id: str) -> bytes:
    """MQTT 3.1.1's CONNECT with a clean session."""
    name = client_id.encode()
    body = b"\x00\x04MQTT\x04\x02\x00\x0a" + len(name).to_bytes(2, "big") + name
    return b"\x10" + bytes([len(body)]) + body
