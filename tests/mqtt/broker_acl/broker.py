"""Mosquitto with the configuration that we publish: only its paths, port and user are changed."""

import getpass
import shutil
from pathlib import Path

from mqtt.broker import free_port
from tests.mqtt.authority import Authority, Certificate
from tests.mqtt.brokers import REPOSITORY, Protocol, RunningBroker, Settings

PUBLISHED = REPOSITORY / "mqtt" / "mosquitto"


class CityBroker:
    """The broker of a city, its authority, and how its clients reach it."""

    def __init__(self, folder: Path, protocol: Protocol, acl: str | None = None) -> None:
        """`acl` takes the place of the published rules: for controls."""
        self.authority = Authority(folder / "city")
        self.authority.issue("broker", server=True)
        self.revoked = self.authority.issue("depot-a", file="stolen")
        """Of a gateway's name, in order but for the list of the revoked."""
        self.authority.revoke(self.revoked)
        rules = folder / "city" / "acl"
        rules.write_text(acl or (PUBLISHED / "acl").read_text())
        rules.chmod(0o600)
        port = free_port()
        kept = folder / "kept"
        kept.mkdir()
        text = (PUBLISHED / "mosquitto.conf").read_text()
        for published, ours in {
            "listener 8883": f"listener {port} 127.0.0.1",
            "/etc/mosquitto/takar": str(folder / "city"),
            "user mosquitto": f"user {getpass.getuser()}",
        }.items():
            assert published in text
            text = text.replace(published, ours)
        included = folder / "conf.d"
        included.mkdir()
        (included / "takar.conf").write_text(text)
        configuration = folder / "mosquitto.conf"
        # As Debian's own has them, which includes ours.
        configuration.write_text(
            f"persistence true\npersistence_location {kept}/\ninclude_dir {included}\n"
        )
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.running = RunningBroker([program, "-c", str(configuration)], port, protocol)

    def settings(self, certificate: Certificate) -> Settings:
        """How the holder of a certificate connects."""
        plain = self.running.settings
        return Settings(
            plain.port,
            plain.protocol,
            ca_file=str(self.authority.file),
            certificate_file=str(certificate.certificate_file),
            key_file=str(certificate.key_file),
        )
