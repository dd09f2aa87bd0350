"""Reads the X.509 certificates that lead to the broker."""

import os
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from gateway.config.types import MqttSettings
from gateway.core.units import NS_PER_S
from gateway.doctor.judging.keys import CertificateFinding
from mqtt import credentials

LOCAL = ("localhost", "127.0.0.1", "::1")


def read_own_certificate(mqtt: MqttSettings, name: str, now_ns: int) -> CertificateFinding:
    """The one that the gateway logs in with. `name`: the gateway's."""
    if mqtt.certificate_file is None:
        encrypted = mqtt.ca_file is not None or mqtt.host in LOCAL
        return CertificateFinding(encrypted=encrypted)
    return read_certificate(Path(mqtt.certificate_file), mqtt, name, now_ns)


def read_certificate(
    path: Path, key_of: MqttSettings | None, name: str, now_ns: int
) -> CertificateFinding:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        fits = True
        if key_of is not None:
            with suppress(PermissionError):
                fits = _is_key_of(key_of, found)
    except PermissionError:
        return CertificateFinding(path=str(path), held=True)
    except OSError as error:
        where = "" if error.filename in (None, str(path)) else f"{error.filename}: "
        return CertificateFinding(path=str(path), error=f"{where}{error.strerror}")
    except (ValueError, TypeError) as error:
        return CertificateFinding(path=str(path), error=str(error))
    return CertificateFinding(
        path=str(path),
        now_ns=now_ns,
        begins_ns=round(found.not_valid_before_utc.timestamp()) * NS_PER_S,
        ends_ns=round(found.not_valid_after_utc.timestamp()) * NS_PER_S,
        name=_common_name(found),
        wanted_name=name,
        key_fits=fits,
    )


def _is_key_of(mqtt: MqttSettings, certificate: x509.Certificate) -> bool:
    """PermissionError where key or password is not for this account."""
    files = [file for file in (mqtt.key_file, mqtt.key_password_file) if file is not None]
    if any(map(credentials.is_credential, files)) and os.geteuid() != 0:
        raise PermissionError
    pem, *password = (credentials.read(Path(file)) for file in files)
    private = serialization.load_pem_private_key(pem, password[0].strip() if password else None)
    return _spki(private.public_key()) == _spki(certificate.public_key())


def _spki(key: object) -> bytes:
    encoded: bytes = key.public_bytes(  # type: ignore[attr-defined]  # of whatever kind it is
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return encoded


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""
