"""The gateway's TLS key and certificate on its disk: one file, replaced as a whole."""

import secrets
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.config.types import GatewayConfig
from gateway.store.durable import replace_file
from mqtt import credentials
from mqtt.authority import PEM, read_certificate

PRIVATE = 0o600
OWN, AUTHORITY, PASSWORD = "tls.pem", "authority.pem", "tls.password"


class TlsFiles:
    """Key and certificate are in one file, so that no power cut leaves one without the other.

    The key is encrypted: the file is written by the running gateway, which cannot write systemd
    credentials; its password never changes, and can be one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        own: Path | None = None,
        authority: Path | None = None,
        password: Path | None = None,
    ) -> None:
        self.folder = folder
        self.own = own or folder / OWN
        self.authority = authority or folder / AUTHORITY
        self.password = password or folder / PASSWORD

    def put(self, key: ec.EllipticCurvePrivateKey, certificate: str, authority: str) -> None:
        """Durable when this returns; `certificate` and `authority` are PEM."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.authority.exists() or self.authority.read_text() != authority:
            replace_file(self.authority, authority.encode())
        protection = serialization.BestAvailableEncryption(self._password())
        private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, protection)
        replace_file(self.own, private + certificate.encode(), PRIVATE)

    def keep_password(self) -> None:
        """Have one in place that this machine can open: a service cannot write a credential. The
        key that another one opened is asked for anew."""
        credentials.put_aside_unopened(self.password)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._password()

    def are_there(self) -> bool:
        return self.own.exists() and self.authority.exists()

    def key(self) -> ec.EllipticCurvePrivateKey | None:
        """None if it cannot be read: then another one is needed."""
        try:
            found = serialization.load_pem_private_key(self.own.read_bytes(), self._password())
        except (OSError, ValueError, TypeError):
            return None
        return found if isinstance(found, ec.EllipticCurvePrivateKey) else None

    def holds(self, certificate: str, authority: str) -> bool:
        """Are these the ones that are in place?"""
        try:
            same = self.own.read_text().endswith(certificate)
            return same and self.authority.read_text() == authority
        except OSError:
            return False

    def ends(self) -> datetime:
        """When the certificate ends, UTC. OSError or CertificateRefused if there is none."""
        return self.certificate().not_valid_after_utc

    def certificate(self) -> x509.Certificate:
        return read_certificate(self.own.read_text())

    def _password(self) -> bytes:
        if not credentials.exists(self.password):
            credentials.write(self.password, secrets.token_urlsafe(24).encode())
        return credentials.read(self.password).strip()


def files_of(config: GatewayConfig) -> TlsFiles | None:
    """Where an enrolled gateway's are; None if its certificate is seen to by somebody else."""
    mqtt = config.mqtt
    own, authority, password = mqtt.certificate_file, mqtt.ca_file, mqtt.key_password_file
    if own is None or own != mqtt.key_file or authority is None or password is None:
        return None
    paths = {"own": Path(own), "authority": Path(authority), "password": Path(password)}
    return TlsFiles(Path(own).parent, **paths)
