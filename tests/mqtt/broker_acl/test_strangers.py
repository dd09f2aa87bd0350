"""Who has no certificate of the city's authority says nothing and hears nothing.

Bytes on a socket, not a client that gives up or tries again: connect, publish, subscribe and
leave in one breath, then read until the broker hangs up.
"""

import socket
import ssl
import uuid
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from mqtt.topics import topic_of
from tests.mqtt.authority import Authority, Certificate

A = "depot-a"
WITHIN_S = 20


def packet(head: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    assert len(body) < 128
    return bytes([head, len(body)]) + body


def text(value: str) -> bytes:
    return len(value).to_bytes(2, "big") + value.encode()


def breath(payload: bytes) -> bytes:
    """MQTT 3.1.1: CONNECT, PUBLISH with QoS 0, SUBSCRIBE to the directives of A, DISCONNECT."""
    return (
        packet(0x10, text("MQTT"), b"\x04\x02\x00\x3c", text(A))
        + packet(0x30, text(topic_of(A, "ledger")), payload)
        + packet(0x82, b"\x00\x01", text(topic_of(A, "directives")), b"\x01")
        + packet(0xE0)
    )


def answer(
    city: Any, certificate: Certificate | None, payload: bytes, *, tls: bool = True
) -> bytes:
    """All that the broker says before it hangs up."""
    context = ssl.create_default_context(cafile=city.broker.authority.file)
    if certificate is not None:
        context.load_cert_chain(certificate.certificate_file, certificate.key_file)
    heard = b""
    settings = city.broker.running.settings
    with ExitStack() as opened, suppress(ssl.SSLError, ConnectionError):
        spoken = opened.enter_context(
            socket.create_connection((settings.host, settings.port), WITHIN_S)
        )
        if tls:
            wrapped = context.wrap_socket(spoken, server_hostname=settings.host)
            spoken = opened.enter_context(wrapped)
        spoken.sendall(breath(payload))
        while piece := spoken.recv(4096):
            heard += piece
    return heard


@pytest.fixture(scope="module")
def city(start_city: Any) -> Any:
    return start_city("3.1.1")


def told_in(city: Any) -> bytes:
    """What whoever may read the directives of A hears at once."""
    central = city.party("central")
    told: bytes = central.publish(topic_of(A, "directives"), retain=True)
    central.hears(told)
    return told


def strangers(folder: Path, city: Any) -> dict[str, tuple[Certificate | None, bool]]:
    return {
        "another authority": (Authority(folder / "elsewhere").issue(A), True),
        "revoked": (city.broker.revoked, True),
        "ended": (city.broker.authority.issue(A, file="ended", ended=True), True),
        "the broker's own": (city.broker.authority.issue("broker-2", server=True), True),
        "no certificate": (None, True),
        "no TLS": (None, False),
    }


@pytest.mark.parametrize(
    "who", ["another authority", "revoked", "ended", "the broker's own", "no certificate", "no TLS"]
)
def test_a_stranger_says_and_hears_nothing(city: Any, tmp_path: Path, who: str) -> None:
    told = told_in(city)
    said = uuid.uuid4().hex.encode()
    certificate, tls = strangers(tmp_path, city)[who]
    assert told not in answer(city, certificate, said, tls=tls)
    fence = uuid.uuid4().hex.encode()
    answer(city, city.certificates[A], fence)
    central = city.party("central")
    central.hears(fence)
    assert said not in [payload for _, payload in central.heard]


def test_the_same_breath_with_a_certificate_is_heard(city: Any) -> None:
    """The control."""
    told = told_in(city)
    said = uuid.uuid4().hex.encode()
    assert told in answer(city, city.certificates[A], said)
    city.party("central").hears(said)
