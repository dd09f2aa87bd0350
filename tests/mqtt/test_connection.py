"""Logging in over TLS, and what is said when that cannot work."""

import datetime
import gc
import ipaddress
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mqtt.connection import Connection
from tests.mqtt.brokers import RunningBroker, Settings
from tests.mqtt.parties import Watch

PASSWORD_LINE = (
    "depot-1:$7$101$ANf7REOcDnhgpRc7$YXp45C2Hl4oTcHnvRI2yD2lDisEOg0qQXVwGLzNtsJdSUFaG"
    "RHl8sFkY8v6+eqnrlNTrCbP3uz4RmytMCn/yFA==\n"
)
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*SSLSocket:pytest.PytestUnraisableExceptionWarning"
)
StartMosquitto = Callable[[str, str], RunningBroker]


class Authority:
    """A certificate authority that lives in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = self._write(name, self._sign(self._name, self._key, ca=True))

    def certify(self, name: str) -> tuple[str, str]:
        """(certificate file, key file) for `name` on 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        certificate = self._sign(subject, key, ca=False)
        return self._write(name, certificate), self._write(f"{name}-key", pem)

    def _write(self, name: str, pem: bytes) -> str:
        path = self._folder / f"{name}.pem"
        path.write_bytes(pem)
        return str(path)

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> bytes:
        now = datetime.datetime.now(datetime.UTC)
        here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        authority = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([here]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority), False
            )
        )
        if ca:
            usage = x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            )
            builder = builder.add_extension(usage, critical=True)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
def tls_broker(authority: Authority, start_mosquitto: StartMosquitto) -> RunningBroker:
    certificate, key = authority.certify("broker")
    return start_mosquitto(
        "5",
        f"cafile {authority.file}\ncertfile {certificate}\nkeyfile {key}\n"
        "require_certificate true\nuse_identity_as_username true\nallow_anonymous false",
    )


def outcome(settings: Settings, watch: Watch) -> str:
    """ "up", or why not."""
    told: list[str] = []

    def tell(what: str) -> None:
        told.append(what)
        watch.note()

    connection = Connection(
        settings,
        "depot-1",
        [],
        on_up=lambda: tell("up"),
        on_down=tell,
        on_message=lambda _topic, _payload: None,
    )
    connection.start()
    watch.until(lambda: told)
    connection.stop()
    gc.collect()  # the socket of a failed handshake, which paho leaves to the collector
    return told[0]


def test_client_certificate_logs_in(
    tls_broker: RunningBroker, authority: Authority, watch: Watch
) -> None:
    certificate, key = authority.certify("depot-1")
    settings = replace(
        tls_broker.settings, ca_file=authority.file, certificate_file=certificate, key_file=key
    )
    assert outcome(settings, watch) == "up"


def test_broker_of_another_authority_is_refused(
    tls_broker: RunningBroker, tmp_path: Path, watch: Watch
) -> None:
    other = Authority(tmp_path, "other")
    why = outcome(replace(tls_broker.settings, ca_file=other.file), watch)
    assert why.startswith(f"TLS with broker 127.0.0.1:{tls_broker.settings.port} failed")
    assert "ca_file" in why


def test_plain_connection_to_a_tls_port_is_explained(
    tls_broker: RunningBroker, watch: Watch
) -> None:
    assert "check port, TLS (ca_file) and protocol" in outcome(tls_broker.settings, watch)


def test_tls_connection_to_a_plain_port_is_explained(
    start_mosquitto: Callable[[], RunningBroker], authority: Authority, watch: Watch
) -> None:
    settings = replace(start_mosquitto().settings, ca_file=authority.file)
    assert "TLS" in outcome(settings, watch)


def test_password_logs_in(start_mosquitto: StartMosquitto, tmp_path: Path, watch: Watch) -> None:
    users = tmp_path / "users"
    # PBKDF2-SHA512 of "sekali", as mosquitto_passwd writes it.
    users.write_text(PASSWORD_LINE)
    users.chmod(0o600)
    broker = start_mosquitto("5", f"allow_anonymous false\npassword_file {users}")
    secret = tmp_path / "password"
    secret.write_text("sekali\n")
    login = replace(broker.settings, username="depot-1", password_file=str(secret))
    assert outcome(login, watch) == "up"
    secret.write_text("dua kali")
    assert "refused the login" in outcome(login, watch)


def test_missing_files_are_named_at_once(watch: Watch) -> None:
    with pytest.raises(OSError, match=r"nowhere\.pem"):
        outcome(Settings(1, ca_file="nowhere.pem"), watch)
    with pytest.raises(OSError, match=r"nowhere\.txt"):
        outcome(Settings(1, username="depot-1", password_file="nowhere.txt"), watch)


def test_embedded_broker_asked_for_mqtt_5_says_what_to_check(
    embedded_broker: RunningBroker, watch: Watch
) -> None:
    why = outcome(replace(embedded_broker.settings, protocol="5"), watch)
    assert "protocol" in why
