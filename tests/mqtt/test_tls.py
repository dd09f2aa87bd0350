"""The gateway's TLS: whose broker it believes, at any time of its clock, and what it takes up."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mqtt.tls import Tls
from tests.mqtt.authority import Authority, Certificate
from tests.mqtt.brokers import Settings

WITHIN_S = 20


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "city")


def settings(authority: Authority, own: Certificate) -> Settings:
    return Settings(
        0,
        ca_file=str(authority.file),
        certificate_file=str(own.certificate_file),
        key_file=str(own.key_file),
    )


class Server:
    """Takes one connection after the other; whose certificates it saw."""

    def __init__(self, authority: Authority, own: Certificate) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._context.load_cert_chain(own.certificate_file, own.key_file)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.seen: list[int] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                opened, _ = self._listening.accept()
            except OSError:
                return
            try:
                with opened, self._context.wrap_socket(opened, server_side=True) as spoken:
                    certificate = spoken.getpeercert()
                    assert certificate is not None
                    self.seen.append(int(str(certificate["serialNumber"]), 16))
                    spoken.sendall(b"!")
            except OSError:
                continue

    def ask(self, tls: Tls) -> bytes:
        raw = socket.create_connection(("127.0.0.1", self.port), WITHIN_S)
        with raw, tls.context.wrap_socket(raw, server_hostname="127.0.0.1") as spoken:
            return spoken.recv(1)


@pytest.fixture
def ended(authority: Authority) -> Iterator[Server]:
    """Its certificate ended long ago, or so it seems to a clock that runs ahead."""
    own = authority.issue("broker", server=True, ended=True)
    with closing(Server(authority, own)) as server:
        yield server


def test_a_broker_is_believed_at_any_time(authority: Authority, ended: Server) -> None:
    tls = Tls(settings(authority, authority.issue("depot-a")))
    assert ended.ask(tls) == b"!"


def test_a_broker_of_another_authority_is_not(
    authority: Authority, ended: Server, tmp_path: Path
) -> None:
    elsewhere = Authority(tmp_path / "elsewhere")
    tls = Tls(settings(elsewhere, elsewhere.issue("depot-a")))
    with pytest.raises(ssl.SSLCertVerificationError):
        ended.ask(tls)


def test_a_gateway_is_no_broker(authority: Authority) -> None:
    with closing(Server(authority, authority.issue("depot-b"))) as thief:
        tls = Tls(settings(authority, authority.issue("depot-a")))
        with pytest.raises(ssl.SSLCertVerificationError):
            thief.ask(tls)


def test_a_renewed_certificate_is_taken_up_and_a_broken_one_is_not(
    authority: Authority, ended: Server, caplog: pytest.LogCaptureFixture
) -> None:
    own = authority.issue("depot-a")
    tls = Tls(settings(authority, own))
    ended.ask(tls)
    newer = authority.issue("depot-a", file="newer")
    newer.key_file.replace(own.key_file)
    newer.certificate_file.replace(own.certificate_file)
    tls.refresh()
    ended.ask(tls)
    broken = own.certificate_file.with_name("broken")
    broken.write_text("nothing")
    broken.replace(own.certificate_file)
    tls.refresh()
    assert "the certificate before is used on" in caplog.text
    ended.ask(tls)
    assert len(ended.seen) == 3
    assert ended.seen[0] != ended.seen[1] == ended.seen[2]
