"""A whole city on one machine, to try everything but pins: broker, central, gateway, forecourt."""

import shutil
import tempfile
from pathlib import Path

from msgspec.structs import replace

import gateway
from gateway.config.types import CentralConfig, GatewayConfig, MqttSettings
from gateway.setup.folder import Wanted, make_folder
from gateway.setup.rewriting import as_written, rewrite
from gateway.setup.station.installed import installed
from gateway.setup.station.places import (
    CENTRAL,
    CENTRAL_ACCOUNT,
    CONSOLE,
    CONSOLE_ACCOUNT,
    GATEWAY,
    GATEWAY_ACCOUNT,
    TRIAL,
    Installed,
)
from gateway.setup.station.steps import SetupRefused, Steps, give, give_configuration
from mqtt import credentials

SOURCES = Path(gateway.__file__).resolve().parents[1] / "systemd" / "trial"
FORECOURT_UNIT = "takar-forecourt.service"
DROP_IN = "simulated.conf"
UNITS = (
    "mosquitto.service",
    "takar-central.service",
    FORECOURT_UNIT,
    "takar-gateway.service",
    "takar-console.service",
    "takar-backup.timer",
)
"""In the order in which they are started."""


def make_trial(places: Installed, wanted: Wanted, steps: Steps) -> None:
    """Make a model city, put each part where its service looks for it, and start the services.

    SetupRefused if this machine is a station already.
    """
    for there in (places.gateway_toml, places.central_toml, *map(places.state, (GATEWAY, CENTRAL))):
        if there.exists() and not (there.is_dir() and not any(there.iterdir())):
            raise SetupRefused(
                f"{there} is there: expected a machine that is no station yet. A trial never "
                "takes the place of one; try it on another machine, or with --prefix DIR"
            )
    if not SOURCES.is_dir():
        raise SetupRefused(
            f"{SOURCES}: expected the trial's units of this release, found none; install the "
            "package again"
        )
    steps.do(
        f"make a model city below {places.data}: its configuration in {places.configuration}",
        lambda: _city(places, wanted),
    )
    steps.do(f"put {FORECOURT_UNIT} and {DROP_IN} into {places.units}", lambda: _units(places))
    if places.is_this_machine:
        steps.systemctl("daemon-reload")
        steps.systemctl("enable", *UNITS)
        steps.systemctl("restart", *UNITS)


def trial_settings(mqtt_port: int, period: str, by: str) -> Wanted:
    """One gateway with two pumps, and Debian's Mosquitto as it is installed: for this machine."""
    return Wanted(
        seed=1,
        gateways=1,
        pumps=2,
        period=period,
        kind="simulated",
        mqtt=MqttSettings(port=mqtt_port),
        by=by,
    )


def _city(places: Installed, wanted: Wanted) -> None:
    places.data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=places.data, prefix=".setup-") as folder:
        city = Path(folder) / "city"
        make_folder(city, wanted)
        gateway_settings = as_written(city / "gateway.toml", GatewayConfig)
        central_settings = as_written(city / "central.toml", CentralConfig)
        for name in (GATEWAY, CENTRAL):
            state = places.state(name)
            if state.exists():
                state.rmdir()
            shutil.move(city / name, state)
            private = places.private(name)
            if not places.has_credentials:
                private.parent.mkdir(mode=0o700)
            credentials.write(private, (city / "keys" / name / f"{name}.pem").read_bytes())
        places.statements.mkdir(parents=True, exist_ok=True)
        for statement in (city / "keys" / GATEWAY / CENTRAL).iterdir():
            shutil.copy(statement, places.statements)
        places.state(CONSOLE).mkdir(exist_ok=True)
        trial = places.state(TRIAL)
        trial.mkdir(mode=0o700, exist_ok=True)
        for kept in ("root", "cards.json"):
            shutil.move(city / kept, trial / kept)
    rewrite(places.gateway_toml, installed(gateway_settings, places))
    rewrite(places.central_toml, _of_central(central_settings, places))
    files = (places.gateway_toml, places.central_toml, places.statements)
    give_configuration(places.configuration, *files)
    give(places.state(GATEWAY), GATEWAY_ACCOUNT)
    give(places.state(CONSOLE), CONSOLE_ACCOUNT, folder_mode=0o700)
    give(places.state(CENTRAL), CENTRAL_ACCOUNT, folder_mode=0o700, file_mode=0o600)


def _of_central(settings: CentralConfig, places: Installed) -> CentralConfig:
    state = places.state(CENTRAL)
    return replace(
        settings,
        central=replace(settings.central, database=str(state / "central.sqlite3")),
        keys=replace(settings.keys, private_file=str(places.private(CENTRAL))),
    )


def _units(places: Installed) -> None:
    folder = places.units / "takar-gateway.service.d"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SOURCES / FORECOURT_UNIT, places.units)
    shutil.copy(SOURCES / DROP_IN, folder)
