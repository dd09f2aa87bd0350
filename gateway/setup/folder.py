"""Make the folder of a new city: all of it, or nothing."""

import json
import secrets
import shutil
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from gateway.config.load import central_config, configuration_hash, gateway_config
from gateway.config.types import ConsoleCode, ConsoleSettings, MqttSettings
from gateway.core.log import Entry
from gateway.setup.card_book import card_book
from gateway.setup.configurations import (
    CITY,
    DEFAULT_CONSOLE,
    HOLD_MS,
    ZONE,
    central_settings,
    gateway_names,
    gateway_settings,
)
from gateway.setup.gateway_state import make_state
from gateway.setup.keys import CityKeys, make_keys
from gateway.setup.toml_text import toml_text
from mqtt.central import directives
from mqtt.central.central_keys import put_statement
from mqtt.central.city.generate import City, generate
from mqtt.central.database import create_database
from mqtt.central.gateway_keys import certify
from mqtt.central.minting import Minted, mint
from mqtt.central.periods import bounds, utc_text
from mqtt.central.register import enrol_gateway, put_city
from mqtt.certificates import public_text

EPOCH = 1
"""Of a central that was never restored."""
Kind = Literal["raspberry-pi", "simulated"]


class FolderRefused(Exception):
    """The folder cannot be made; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to make."""

    seed: int
    gateways: int
    pumps: int
    period: str
    """YYYY-MM in the city's zone."""
    kind: Kind
    mqtt: MqttSettings
    central_mqtt: MqttSettings | None = None
    """Where central finds the broker, if not where the gateways do."""
    reader_poll_ms: int = 100
    picos: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The pumps that each co-processor limits, by its serial number; timers limit the others."""
    hold_ms: int = HOLD_MS
    """How long a limiter lets fuel flow that hears nothing of the gateway."""
    stations: Mapping[str, str] = field(default_factory=dict)
    """The third party whose station it is, by the gateway's name; the others are the city's."""
    consoles: Mapping[str, ConsoleSettings] = field(default_factory=dict)
    """By the gateway's name, where the console is not as usual."""
    console_codes: Sequence[ConsoleCode] = ()
    by: str
    """Who makes it, for the ledgers."""


@dataclass(frozen=True, slots=True)
class Made:
    city: City
    gateways: tuple[str, ...]
    minted: Minted


def make_folder(folder: Path, wanted: Wanted) -> Made:
    """Make `folder`, which must not exist or be empty.

    FolderRefused, ConfigError (a path too long for a socket) or OSError leave it as it was.
    Times are now, or for a past period its first instant, so that a clock which is set to
    that period does not run behind the newest directive.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderRefused(
            f"{folder} is there and not empty; name a new folder. An existing city is never "
            "overwritten: its ledgers may hold sales that central does not have yet"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        made = _build(building, folder, wanted)
        building.chmod(0o755)
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building)
        raise
    return made


def _build(building: Path, final: Path, wanted: Wanted) -> Made:
    names = gateway_names(wanted.gateways)
    time = _time_of_making(wanted.period)
    keys = make_keys(building, names, utc_text(time))
    root_key = public_text(keys.root)
    central_toml = central_settings(wanted.central_mqtt or wanted.mqtt, root_key)
    _write_toml(building / "central.toml", central_toml)
    central_config(tomllib.loads((building / "central.toml").read_text()), final / "central.toml")
    city = generate(wanted.seed, wanted.period)
    incarnations = {name: secrets.token_hex(8) for name in names}
    minted, granted = _fill_central(building, city, incarnations, keys, time)
    for name in names:
        file = f"{name}.toml"
        settings = gateway_settings(
            name,
            pumps=wanted.pumps,
            kind=wanted.kind,
            mqtt=wanted.mqtt,
            reader_poll_ms=wanted.reader_poll_ms,
            picos=wanted.picos,
            root_key=root_key,
            hold_ms=wanted.hold_ms,
            station=wanted.stations.get(name),
            console=wanted.consoles.get(name, DEFAULT_CONSOLE),
            console_codes=wanted.console_codes,
        )
        _write_toml(building / file, settings)
        document = tomllib.loads((building / file).read_text())
        make_state(
            building / name,
            keys.gateways[name],
            granted[name],
            keys.certificate,
            gateway=name,
            incarnation=incarnations[name],
            epoch=EPOCH,
            by=wanted.by,
            configuration_hash=configuration_hash(gateway_config(document, final / file)),
            time=utc_text(time),
        )
    book = json.dumps(card_book(city), indent=0, ensure_ascii=False)
    (building / "cards.json").write_text(book + "\n", encoding="utf-8")
    return Made(city, tuple(names), minted)


def _fill_central(
    building: Path, city: City, incarnations: dict[str, str], keys: CityKeys, time: datetime
) -> tuple[Minted, dict[str, list[Entry]]]:
    """Central's database with the city and the first grants; each gateway's directives."""
    path = building / "central" / "central.sqlite3"
    engine = create_database(path, city=CITY, city_timezone=ZONE)
    try:
        with engine.begin() as connection:
            put_city(connection, city, time)
            put_statement(connection, keys.certificate, keys.root, time)
            for name, incarnation in incarnations.items():
                enrol_gateway(connection, name, incarnation, time)
                public = keys.gateways[name].public_key()
                certify(connection, keys.central, name, incarnation, public, time)
            minted = mint(connection, city.period, ZoneInfo(ZONE), time)
            granted = {name: list(directives.log_of(connection, name)) for name in incarnations}
    finally:
        engine.dispose()
    return minted, granted


def _time_of_making(period: str) -> datetime:
    _, last = bounds(period, ZoneInfo(ZONE))
    now = datetime.now(UTC)
    if datetime.fromisoformat(last) >= now:
        return now
    first, _ = bounds(period, ZoneInfo(ZONE))
    return datetime.fromisoformat(first)


def _write_toml(path: Path, settings: Struct) -> None:
    path.write_text(toml_text(settings), encoding="utf-8")
