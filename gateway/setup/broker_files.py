"""Central's own X.509 authority, and the files by which Mosquitto follows it."""

import logging
import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec.structs import replace
from sqlalchemy import Engine

import mqtt
from gateway.config.types import AuthoritySettings, CentralConfig
from gateway.setup.authority_files import PUBLISHED_FOLDER, REVOKED, AuthorityFiles
from gateway.setup.rewriting import written
from gateway.store.durable import replace_file
from mqtt import credentials
from mqtt.authority import (
    PEM,
    Authority,
    CertificateRefused,
    check_issued,
    new_authority,
    new_key,
    number_in,
    read_certificate,
)
from mqtt.central.database import READS_ONLY
from mqtt.central.issuing_certificates import number_of_revoked, revocation_list
from mqtt.seals import CENTRAL

log = logging.getLogger(__name__)

PUBLISHED = Path(mqtt.__file__).parent / "mosquitto"
CONFIGURATION = "takar.conf"
SELF = ("localhost", "127.0.0.1")
"""Under which central reaches a broker on its own machine."""
PRIVATE, PUBLIC = 0o600, 0o644


def load_authority(settings: AuthoritySettings) -> Authority:
    """CertificateRefused if its files are of no use."""
    try:
        key = _load(Path(settings.authority_key_file))
        certificate = read_certificate(Path(settings.authority_file).read_text())
    except OSError as error:
        raise CertificateRefused(
            f"{settings.authority_file}, {settings.authority_key_file}: expected the city's "
            f"authority, found: {error.strerror or error}. Bring it back from a backup, or make "
            "another one: takar central broker-files HOST. Gateways take that up by themselves"
        ) from error
    return Authority(key, certificate)


def make_authority(files: AuthorityFiles, city: str, now: datetime) -> Authority:
    """Make it, and central's own certificate; what is there already, and fits, stays."""
    for path in on_disk(files):
        path.parent.mkdir(parents=True, exist_ok=True)
    if not (files.certificate.exists() and credentials.exists(files.private)):
        made = new_authority(city, _kept(files.private), now)
        replace_file(files.certificate, made.public_bytes(PEM), PUBLIC)
    authority = Authority(_load(files.private), read_certificate(files.certificate.read_text()))
    if not _is_of(files, authority):
        own = new_key()
        until = authority.certificate.not_valid_after_utc
        # The authority's own key lies beside it, so nothing is gained by a shorter life.
        signed = authority.client(CENTRAL, own.public_key(), authority.serial_of(CENTRAL, 1), until)
        if files.own_private == files.own:
            replace_file(files.own, _pem(own) + signed.public_bytes(PEM), PRIVATE)
        else:
            credentials.write(files.own_private, _pem(own), replace=True)
            replace_file(files.own, signed.public_bytes(PEM), PUBLIC)
    return authority


def _is_of(files: AuthorityFiles, authority: Authority) -> bool:
    """Is there central's certificate, by this authority, and its key?"""
    try:
        certificate = read_certificate(files.own.read_text())
        key = _load(files.own_private).public_key()
        check_issued(certificate, authority.certificate, CENTRAL, key)
    except (OSError, CertificateRefused):
        return False
    return True


def write_broker_files(
    folder: Path,
    revoked: Path,
    authority: Authority,
    hosts: Sequence[str],
    port: int,
    engine: Engine,
) -> Path:
    """All that Mosquitto needs, into one folder, but for the list of the revoked, which may be
    elsewhere; returns the configuration to include."""
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / "authority.pem", authority.pem.encode(), PUBLIC)
    key = _kept(folder / "broker.key")
    names = list(dict.fromkeys((*hosts, *SELF)))
    certificate = authority.server(names, key.public_key())
    replace_file(folder / "broker.pem", certificate.public_bytes(PEM), PUBLIC)
    if revoked.parent != folder:
        revoked.parent.mkdir(exist_ok=True)
        revoked.parent.chmod(0o755)
    write_revoked(revoked, authority, engine)
    replace_file(folder / "acl", (PUBLISHED / "acl").read_bytes())
    text = (PUBLISHED / "mosquitto.conf").read_text()
    text = text.replace(str(PUBLISHED_FOLDER / REVOKED), str(revoked))
    text = text.replace(str(PUBLISHED_FOLDER), str(folder))
    text = text.replace("listener 8883", f"listener {port}")
    replace_file(folder / CONFIGURATION, text.encode())
    return folder / CONFIGURATION


def write_revoked(file: Path, authority: Authority, engine: Engine) -> None:
    """The list of the revoked, as the database has it; who may read it does not matter."""
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        wanted = revocation_list(connection, authority)
    # The broker's user is another one, and may be told to read it at once.
    replace_file(file, wanted, PUBLIC, whatever_umask=True)


def keep_revoked(file: Path, authority: Authority, engine: Engine) -> None:
    """Write it if it is not there, or a revocation was cut off before it was written."""
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        wanted = number_of_revoked(connection)
    try:
        if number_in(file.read_bytes()) == wanted:
            return
    except (OSError, CertificateRefused) as error:
        log.warning("%s", error, extra={"event": "broker_not_told"})
    try:
        write_revoked(file, authority, engine)
    except OSError as error:
        log.error(
            "%s: the list of the revoked is not what central's database says, and cannot be "
            "written here: %s. As root: takar revoke GATEWAY again, for one that is revoked",
            file,
            error.strerror,
            extra={"event": "broker_not_told"},
        )


def give_to_central(paths: Iterable[Path], database: Path) -> None:
    """As root: central runs in the account that owns its database."""
    if os.geteuid() != 0:
        return
    owner = database.stat()
    for path in paths:
        os.chown(path, owner.st_uid, owner.st_gid)


def on_disk(files: AuthorityFiles) -> list[Path]:
    """Those that are no credentials."""
    every = (files.certificate, files.private, files.own, files.own_private)
    return [path for path in every if not credentials.is_credential(path)]


def hand_over(folder: Path, user: str) -> None:
    """Let the broker's user read the files, where we may. LookupError if there is no such user."""
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, user)


def with_authority(
    config: CentralConfig, file: Path, files: AuthorityFiles, revoked: Path, host: str, port: int
) -> CentralConfig:
    """Central's settings with its authority, and with TLS to the broker, for a file at `file`."""
    before = config.enrolment
    authority = AuthoritySettings(
        broker_host=host,
        broker_port=port,
        authority_file=written(files.certificate, file),
        authority_key_file=written(files.private, file),
        revoked_file=written(revoked, file),
    )
    if before is not None:
        authority = replace(authority, address=before.address, port=before.port)
    mqtt_settings = replace(
        config.mqtt,
        port=port,
        protocol="5",
        ca_file=authority.authority_file,
        certificate_file=written(files.own, file),
        key_file=written(files.own_private, file),
    )
    return replace(config, enrolment=authority, mqtt=mqtt_settings)


def _kept(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key at this place; made if there is none."""
    if not credentials.exists(path):
        credentials.write(path, _pem(new_key()))
    return _load(path)


def _load(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(credentials.read(path), password=None)
    except (ValueError, TypeError) as error:
        raise CertificateRefused(f"{path}: expected an unencrypted key in PEM: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateRefused(f"{path}: expected an EC key, found {type(key).__name__}")
    return key


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
