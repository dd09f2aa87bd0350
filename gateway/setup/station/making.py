"""The steps from answers to a station that systemd starts."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.config.load import load_gateway
from gateway.config.types import GatewayConfig
from gateway.setup.certificate_files import TlsFiles
from gateway.setup.enrolled import begin, configured
from gateway.setup.enrolling import Enrolled, Places
from gateway.setup.gateway_state import LEDGER
from gateway.setup.rewriting import as_written, rewrite
from gateway.setup.station.answers import Answers, new_settings, with_answers
from gateway.setup.station.drop_ins import write_drop_ins
from gateway.setup.station.places import (
    CONSOLE,
    CONSOLE_ACCOUNT,
    GATEWAY,
    GATEWAY_ACCOUNT,
    Installed,
)
from gateway.setup.station.steps import SetupRefused, Steps, give, give_configuration

UNITS = ("takar-gateway.service", "takar-console.service", "takar-backup.timer")
TLS_PASSWORD = "credential:takar.gateway-password"  # noqa: S105 - where it is
"""The running gateway renews its certificate, and cannot write a credential: so the key is
encrypted in a file, and what opens it is one."""
Enrol = Callable[[Places], Enrolled]


def existing(places: Installed) -> GatewayConfig | None:
    """The station that this machine is already. SetupRefused where a ledger is there and no
    configuration says whose it is."""
    file, ledger = places.gateway_toml, places.state(GATEWAY) / LEDGER
    if file.exists():
        return as_written(file, GatewayConfig)
    if ledger.exists():
        raise SetupRefused(
            f"{ledger} is there, and {file} is not: expected both or neither. Put the "
            "configuration back from a backup; a ledger may hold sales that central does not have"
        )
    return None


def make_station(
    places: Installed, answers: Answers, before: GatewayConfig | None, enrol: Enrol, steps: Steps
) -> None:
    """Write the configuration, and for a new station make its keys and enrol it. `before`: the
    station that it was; its identity, keys and broker stay."""
    file = places.gateway_toml
    if before is not None:
        kept = file.with_name(file.name + ".before")
        changed = with_answers(before, answers)
        steps.do(
            f"write {file}; as it was it stays in {kept}",
            lambda: _write(places, changed),
        )
    else:
        steps.do(
            f"make this device's keys in {places.state(GATEWAY)}, enrol it at central, and write "
            f"{file}",
            lambda: _enrol(places, answers, enrol),
        )
    steps.do(
        f"write to {places.units} what the services may reach beyond private networks",
        lambda: write_drop_ins(places, load_gateway(file), steps.tell),
    )
    steps.do(
        f"give {places.configuration} and {places.data} to their accounts", lambda: own(places)
    )


def installed_as(file: Path) -> Installed | None:
    """The station whose configuration this file is; None where it is no installed one's."""
    above = file.absolute().parents
    places = Installed(above[min(2, len(above) - 1)])
    return places if places.gateway_toml == file.absolute() else None


def make_restored(places: Installed, steps: Steps) -> None:
    """What a restored station needs of this machine beside its files."""
    write_drop_ins(places, load_gateway(places.gateway_toml), steps.tell)
    own(places)
    if places.is_this_machine:
        steps.systemctl("daemon-reload")


def start_station(places: Installed, steps: Steps) -> None:
    if places.is_this_machine:
        steps.systemctl("daemon-reload")
        steps.systemctl("enable", *UNITS)
        steps.systemctl("restart", *UNITS)


def stop_station(places: Installed, steps: Steps) -> None:
    """So that nothing holds the pins. A fill that is open ends in order."""
    if places.is_this_machine:
        steps.systemctl("stop", "takar-gateway.service")


def enrolment_places(places: Installed) -> Places:
    state = places.state(GATEWAY)
    password = Path(TLS_PASSWORD) if places.has_credentials else None
    return Places(
        private_file=places.private(GATEWAY),
        statements_dir=places.statements,
        tls=TlsFiles(state / "tls", password=password),
    )


def _enrol(places: Installed, answers: Answers, enrol: Enrol) -> None:
    file, where = places.gateway_toml, enrolment_places(places)
    enrolled = enrol(where)
    settings = new_settings(answers, places, enrolled.root_key)
    rewrite(file, configured(settings, enrolled, where, file))
    begin(file, enrolled, by="takar setup", now=datetime.now(UTC))


def _write(places: Installed, settings: GatewayConfig) -> None:
    rewrite(places.gateway_toml, settings)
    load_gateway(places.gateway_toml)


def own(places: Installed) -> None:
    """Give configuration and state to the accounts of the services."""
    places.state(CONSOLE).mkdir(parents=True, exist_ok=True)
    give_configuration(places.configuration, places.gateway_toml, places.statements)
    give(places.state(GATEWAY), GATEWAY_ACCOUNT)
    give(places.state(CONSOLE), CONSOLE_ACCOUNT, folder_mode=0o700)
