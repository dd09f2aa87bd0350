"""A small city in a folder: keys, central's register and first grants, each gateway's first state.

Everything that is otherwise drawn at random (keys, incarnations) is drawn from the seed.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.config.load import configuration_hash
from gateway.config.types import (
    GatewayConfig,
    GatewayKeySettings,
    HardwareSettings,
    Identity,
    PumpSettings,
    Storage,
)
from gateway.setup.gateway_state import make_state
from hardware.wiring import DEMO_STOP_PIN, DEMO_WIRING
from mqtt.central import directives
from mqtt.central.central_keys import put_statement
from mqtt.central.database import create_database
from mqtt.central.gateway_keys import certify
from mqtt.central.minting import mint
from mqtt.central.periods import period_of, utc_text
from mqtt.central.register import (
    enrol_gateway,
    put_card,
    put_department,
    put_override,
    put_policy,
    put_price,
    put_subject,
)
from mqtt.certificates import public_text, state, statement_name, write_statement
from mqtt.keys import load_private
from mqtt.seals import CENTRAL
from simulation.register import (
    DEPARTMENT,
    EMERGENCY_ML,
    OVERRIDE_ML,
    POLICY,
    PRICES,
    Vehicle,
    card_of,
    make_vehicles,
    subject_of,
    supervisor_card,
)

CITY, ZONE = "simulated-city", "Asia/Makassar"
EPOCH = 1
TIMER_HOLD_MS = 1000
BUDGET_IDR = 10**12
RETENTION_DAYS = 6
"""Older entries are pruned. A clock that is up to five days ahead is believed, and no backup of
central is older than a day here."""


@dataclass(frozen=True, slots=True)
class City:
    gateways: tuple[GatewayConfig, ...]
    vehicles: tuple[Vehicle, ...]
    database: Path
    root: Ed25519PublicKey


def make_city(seed: int, gateways: int, now: datetime, quota_tanks: Sequence[int]) -> City:
    """In the working folder, which is empty. Paths are relative: they are part of ledgers."""
    chance = Random(f"takar simulated city {seed}")  # noqa: S311  # reproducible, guards nothing
    root = _private(Random(f"takar simulated root {seed}"), "root")  # noqa: S311
    pinned = public_text(root.public_key())
    configs = tuple(_config(f"kupang-{number:02}", pinned) for number in range(1, gateways + 1))
    names = [config.gateway.name for config in configs]
    private = {owner: _private(chance, owner) for owner in (CENTRAL, *names)}
    public = private[CENTRAL].public_key()
    certificate = state(root, "key-certificate", CENTRAL, public, serial=1, issued=utc_text(now))
    for config in configs:
        statements = Path(config.keys.statements_dir)
        statements.mkdir()
        write_statement(statements / statement_name(certificate), certificate)
    vehicles = tuple(make_vehicles(chance, gateways, quota_tanks))
    incarnations = {name: f"{chance.getrandbits(64):016x}" for name in names}
    database = Path("central/central.sqlite3")
    engine = create_database(
        database, city=CITY, city_timezone=ZONE, incarnation=f"{chance.getrandbits(64):016x}"
    )
    with engine.begin() as connection:
        put_statement(connection, certificate, root.public_key(), now)
        for year in (now.year, now.year + 1):
            put_department(
                connection, DEPARTMENT, "Dinas Kesehatan", year, BUDGET_IDR, EMERGENCY_ML
            )
        put_policy(connection, POLICY, now)
        put_override(connection, OVERRIDE_ML)
        for price in PRICES:
            put_price(connection, price, now)
        for vehicle in vehicles:
            if vehicle.stranger != "unknown":
                put_subject(connection, subject_of(vehicle), vehicle.quota_ml, now)
                put_card(connection, card_of(vehicle), now)
        for home in range(gateways):
            put_card(connection, supervisor_card(home), now)
        for name, incarnation in incarnations.items():
            enrol_gateway(connection, name, incarnation, now)
            own = private[name].public_key()
            certify(connection, private[CENTRAL], name, incarnation, own, now)
        zone = ZoneInfo(ZONE)
        mint(connection, period_of(now, zone), zone, now)
        for config in configs:
            name = config.gateway.name
            make_state(
                Path(config.gateway.state_dir),
                private[name],
                list(directives.log_of(connection, name)),
                certificate,
                gateway=name,
                incarnation=incarnations[name],
                epoch=EPOCH,
                by="the simulation",
                configuration_hash=configuration_hash(config),
                time=utc_text(now),
            )
    engine.dispose()
    return City(configs, vehicles, database, root.public_key())


def private_file(owner: str) -> Path:
    return Path("keys") / owner / f"{owner}.pem"


def _config(name: str, root_key: str) -> GatewayConfig:
    products = ("pertamax", "dexlite" if name.endswith("02") else "pertamax")
    return GatewayConfig(
        gateway=Identity(
            name=name, city_timezone=ZONE, state_dir=name, status_socket=f"{name}.sock"
        ),
        hardware=HardwareSettings(kind="simulated", emergency_stop_pin=DEMO_STOP_PIN),
        pumps=[
            PumpSettings(
                number=wiring.number,
                product=product,
                reader_poll_ms=1000,
                timer_hold_ms=TIMER_HOLD_MS,
                reader=wiring.reader,
                pins=wiring.pins,
            )
            for wiring, product in zip(DEMO_WIRING, products, strict=True)
        ],
        keys=GatewayKeySettings(
            private_file=str(private_file(name)),
            root_key=root_key,
            statements_dir=f"keys/{name}/{CENTRAL}",
        ),
        storage=Storage(
            retention_days=RETENTION_DAYS,
            central_backup_days=RETENTION_DAYS,
            export_dir=f"exports/{name}",
        ),
    )


def _private(chance: Random, owner: str) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    path = private_file(owner)
    path.parent.mkdir(parents=True)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    os.chmod(path, 0o600)  # noqa: PTH101
    return load_private(path)
