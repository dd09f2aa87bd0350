"""Where an installed station keeps what; systemd/README.md has the same."""

from dataclasses import dataclass
from pathlib import Path

from mqtt.credentials import PREFIX

GATEWAY, CENTRAL, CONSOLE, TRIAL = "gateway", "central", "console", "trial"
GATEWAY_ACCOUNT, CENTRAL_ACCOUNT, CONSOLE_ACCOUNT = "takar", "takar-central", "takar-console"
SYSTEMD_CREDS = Path("/usr/bin/systemd-creds")
GROUP = "takar"
"""Whose members may read configuration and ledger."""


@dataclass(frozen=True, slots=True)
class Installed:
    """`root`: `/`, or a folder to try it in, which then is in every path."""

    root: Path = Path("/")

    @property
    def is_this_machine(self) -> bool:
        return self.root == Path("/")

    @property
    def configuration(self) -> Path:
        return self.root / "etc/takar"

    @property
    def gateway_toml(self) -> Path:
        return self.configuration / "gateway.toml"

    @property
    def central_toml(self) -> Path:
        return self.configuration / "central.toml"

    @property
    def statements(self) -> Path:
        """What the root says of central's keys."""
        return self.configuration / "statements"

    @property
    def data(self) -> Path:
        """The one place that is written for as long as the station lives."""
        return self.root / "var/lib/takar"

    def state(self, of: str) -> Path:
        return self.data / of

    @property
    def broker(self) -> Path:
        """What central keeps for a broker beside it, for everybody to read."""
        return self.data / "broker"

    def private(self, of: str) -> Path:
        """Of its seal key: a credential where systemd keeps them, else a file of its account's."""
        if self.has_credentials:
            return Path(f"{PREFIX}takar.{of}.pem")
        return self.state(of) / "keys" / f"{of}.pem"

    @property
    def has_credentials(self) -> bool:
        return self.is_this_machine and SYSTEMD_CREDS.exists()

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def status_socket(self) -> Path:
        return self.run / "takar/gateway.sock"

    @property
    def forecourt_socket(self) -> Path:
        return self.run / "takar-forecourt/forecourt.sock"

    @property
    def units(self) -> Path:
        """Where this machine's own units and drop-ins are."""
        return self.root / "etc/systemd/system"
