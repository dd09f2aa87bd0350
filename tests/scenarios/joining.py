"""A city with its own authority and a real Mosquitto, and a site that is no gateway yet."""

import getpass
import re
import shutil
from contextlib import ExitStack
from pathlib import Path

from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization

from gateway.cli import takar
from gateway.setup.certificate_files import TlsFiles
from mqtt.authority import PEM
from mqtt.broker import free_port
from tests.faults.records import Records
from tests.faults.station import Station
from tests.mqtt.brokers import RunningBroker, Settings

NAME = "kupang-04"


class City:
    """Central and broker as processes; commands in this one."""

    def __init__(self, template: Path, folder: Path, started: ExitStack) -> None:
        self.port, self.door = free_port(), free_port()
        self.office = Station(template, folder / "c", self.port)
        started.callback(self.office.close)
        self.config = folder / "c" / "central.toml"
        self.files = folder / "c" / "mosquitto"
        self.broker_files()
        self.set("port = 8884", f"port = {self.door}")
        self.set('address = "0.0.0.0"', 'address = "127.0.0.1"')
        self.broker = self._start_broker()
        started.callback(self.broker.kill)
        self.set("systemctl reload mosquitto", f"kill -HUP {self.broker.pid}")
        self.site = folder / "s"
        self.site.mkdir()
        for file in ("cards.json", "central.toml"):
            shutil.copy(self.config.parent / file, self.site)

    def takar(self, *arguments: str, fails: bool = False) -> str:
        """A command at central: what it printed."""
        done = CliRunner().invoke(takar, [*arguments, "--config", str(self.config)])
        assert bool(done.exit_code) == fails, done.output
        return done.output

    def broker_files(self) -> None:
        """As central's technician makes them, but for what a test may not do."""
        self.takar(
            *("central", "broker-files", "127.0.0.1", "--port", str(self.port)),
            *("--folder", str(self.files), "--user", getpass.getuser()),
        )
        configuration = self.files / "takar.conf"
        text = configuration.read_text()
        kept = self.files / "kept"
        kept.mkdir(exist_ok=True)
        for published, ours in {
            f"listener {self.port}": f"listener {self.port} 127.0.0.1",
            "persistence true": f"persistence true\npersistence_location {kept}/",
            "user mosquitto": f"user {getpass.getuser()}",
        }.items():
            assert published in text
            text = text.replace(published, ours)
        configuration.write_text(text)

    def invite(self, *options: str) -> str:
        """The code that a person at central reads out."""
        said = self.takar("central", "invite", NAME, *options)
        code = re.search(r"^    ((?:[0-9A-Z]{5}-){6}[0-9A-Z]{5})$", said, re.MULTILINE)
        assert code is not None, said
        return code[1]

    def enrol(self, code: str, *, fails: bool = False, folder: Path | None = None) -> str:
        """What a technician types at the site."""
        done = CliRunner().invoke(
            takar,
            [
                *("enrol", code, "--central", f"127.0.0.1:{self.door}", "--simulated"),
                *("--folder", str(folder or self.site), "--pumps", "1"),
            ],
        )
        assert bool(done.exit_code) == fails, done.output
        return done.output

    def thief(self, folder: Path) -> Settings:
        """How who has taken the new gateway's files speaks to the broker: its key in clear."""
        tls = TlsFiles(self.site / "keys")
        key = tls.key()
        assert key is not None
        stolen = folder / "stolen.pem"
        clear = serialization.NoEncryption()
        private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, clear)
        stolen.write_bytes(private + tls.certificate().public_bytes(PEM))
        return Settings(
            self.port,
            ca_file=str(tls.authority),
            certificate_file=str(stolen),
            key_file=str(stolen),
        )

    def gateway(self, template: Path) -> Station:
        """The site once it is enrolled; its part of central is the office's."""
        return Station(template, self.site, self.port)

    def records(self) -> Records:
        """Of the new gateway, as central has them."""
        return Records(self.config.parent, NAME)

    def set(self, before: str, after: str) -> None:
        text = self.config.read_text()
        assert text.count(before) == 1, before
        self.config.write_text(text.replace(before, after))

    def _start_broker(self) -> RunningBroker:
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        return RunningBroker([program, "-c", str(self.files / "takar.conf")], self.port, "5")
