"""Where central keeps its X.509 authority, its own certificate and the list of the revoked."""

import os
from dataclasses import dataclass
from pathlib import Path

from gateway.config.types import CentralConfig
from gateway.setup.station.places import Installed
from gateway.setup.station.steps import SYSTEMD
from mqtt.credentials import PREFIX, is_credential
from mqtt.seals import CENTRAL

REVOKED = "revoked.pem"
PUBLISHED_FOLDER = Path("/etc/mosquitto/takar")
"""Where Debian's Mosquitto, on central's machine, has its files."""


@dataclass(frozen=True, slots=True)
class AuthorityFiles:
    """Private ones may be credentials."""

    certificate: Path
    private: Path
    own: Path
    """Central's own certificate for the broker."""
    own_private: Path
    """The key of that: in the same file, unless it is a credential."""


def authority_files(
    config: CentralConfig, file: Path, installed: Installed | None
) -> AuthorityFiles:
    """Where its configuration says; for a central that has none yet as credentials where systemd
    runs it, else beside the configuration."""
    ours, own, key = config.enrolment, config.mqtt.certificate_file, config.mqtt.key_file
    if ours is not None and own is not None:
        certificate = Path(own)
        return AuthorityFiles(
            Path(ours.authority_file),
            Path(ours.authority_key_file),
            certificate,
            Path(key) if key is not None and is_credential(key) else certificate,
        )
    if installed is not None:
        public = installed.configuration / "certificates"
        return AuthorityFiles(
            public / "authority.pem",
            Path(f"{PREFIX}takar.central-authority.pem"),
            public / "central.pem",
            Path(f"{PREFIX}takar.central-tls.pem"),
        )
    keys = file.absolute().parent / "keys" / CENTRAL
    own_file = keys / "tls.pem"
    return AuthorityFiles(keys / "authority.pem", keys / "authority.key", own_file, own_file)


def revoked_file(folder: Path, installed: Installed | None) -> Path:
    """The list for the broker whose files are in `folder`. takar-central.service may not write
    there; where it runs, and the broker beside it, the list is where it may."""
    if installed is not None and folder == PUBLISHED_FOLDER:
        return installed.broker / REVOKED
    return folder / REVOKED


def installed_for(file: Path) -> Installed | None:
    """The machine, where we are root and systemd runs central with this configuration."""
    places = Installed()
    if (
        os.geteuid() == 0
        and SYSTEMD.exists()
        and places.has_credentials
        and file.absolute() == places.central_toml
    ):
        return places
    return None
