"""A small city in a folder: keys, central's register and first grants, each gateway's first state.

Everything that is otherwise drawn at random (keys, incarnations) is drawn from the seed.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.config.load import configuration_hash
from gateway.config.types import (
    GatewayConfig,
    GatewayKeySettings,
    HardwareSettings,
    Identity,
    PumpSettings,
)
from gateway.core.allocation import PutCard, PutPolicy, PutPrice, PutSubject
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
    put_policy,
    put_price,
    put_subject,
)
from mqtt.certificates import public_text, state, statement_name, write_statement
from mqtt.keys import load_private
from mqtt.seals import CENTRAL

CITY, ZONE = "simulated-city", "Asia/Makassar"
EPOCH = 1
DEPARTMENT = "dinkes"
SUBJECTS_A_GATEWAY = 24
BUDGET_IDR = 10**12
POLICY = PutPolicy(
    uid_only_fill_ml=20_000,
    fill_ml=40_000,
    day_ml=40_000,
    visits_per_day=5,
    open_hour=0,
    close_hour=24,
    always_open=[],
    offline_days=14,
)
PRICES = (
    PutPrice(product="pertamax", price_idr_per_l=12_400, version=1, subsidised=False),
    PutPrice(product="dexlite", price_idr_per_l=13_700, version=1, subsidised=False),
)


@dataclass(frozen=True, slots=True)
class Vehicle:
    subject: str
    uid: str
    home: int
    """The gateway at which it mostly fills."""
    quota_ml: int
    tank_ml: int
    diesel: bool
    stranger: str = ""
    """Why it must be refused whatever it asks: `unknown`, `lost` or `blocked`."""


@dataclass(frozen=True, slots=True)
class City:
    gateways: tuple[GatewayConfig, ...]
    vehicles: tuple[Vehicle, ...]
    database: Path
    private: Ed25519PrivateKey


def make_city(seed: int, gateways: int, now: datetime) -> City:
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
    vehicles = tuple(_vehicles(chance, gateways))
    incarnations = {name: f"{chance.getrandbits(64):016x}" for name in names}
    database = Path("central/central.sqlite3")
    engine = create_database(
        database, city=CITY, city_timezone=ZONE, incarnation=f"{chance.getrandbits(64):016x}"
    )
    with engine.begin() as connection:
        put_statement(connection, certificate, root.public_key(), now)
        for year in (now.year, now.year + 1):
            put_department(connection, DEPARTMENT, "Dinas Kesehatan", year, BUDGET_IDR)
        put_policy(connection, POLICY, now)
        for price in PRICES:
            put_price(connection, price, now)
        for vehicle in vehicles:
            if vehicle.stranger != "unknown":
                put_subject(connection, _subject(vehicle), vehicle.quota_ml, now)
                put_card(connection, _card(vehicle), now)
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
    return City(configs, vehicles, database, private[CENTRAL])


def _vehicles(chance: Random, gateways: int) -> list[Vehicle]:
    made = []
    for number in range(SUBJECTS_A_GATEWAY * gateways):
        tank_ml = chance.choice((3_000, 3_500, 4_000, 5_000, 12_000))
        # Most never reach the end of their quota; some come to feel it early.
        quota_ml = tank_ml * chance.choice((12, 50, 80, 110, 150))
        stranger = {0: "unknown", 1: "lost", 2: "blocked"}.get(number, "")
        made.append(
            Vehicle(
                subject=f"vehicle-{number:03}",
                uid=f"{0x04A1B2C3000000 + number:014X}",
                home=number % gateways,
                quota_ml=quota_ml,
                tank_ml=tank_ml,
                diesel=gateways > 1 and number % gateways == 1 and number % 3 == 0,
                stranger=stranger,
            )
        )
    return made


def _subject(vehicle: Vehicle) -> PutSubject:
    return PutSubject(
        subject=vehicle.subject,
        vehicle="motorcycle" if vehicle.tank_ml < 10_000 else "car",
        plate=f"DH {vehicle.subject[-3:]} XY",
        department=DEPARTMENT,
        products=["dexlite" if vehicle.diesel else "pertamax"],
        tank_ml=vehicle.tank_ml,
        meter="odometer",
        blocked=vehicle.stranger == "blocked",
        subsidy_allowed=False,
    )


def _card(vehicle: Vehicle) -> PutCard:
    return PutCard(
        uid=vehicle.uid,
        card="vehicle",
        holder=vehicle.subject,
        status="lost" if vehicle.stranger == "lost" else "active",
    )


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
                timer_hold_ms=1000,
                reader=wiring.reader,
                pins=wiring.pins,
            )
            for wiring, product in zip(DEMO_WIRING, products, strict=True)
        ],
        keys=GatewayKeySettings(
            private_file=f"keys/{name}/{name}.pem",
            root_key=root_key,
            statements_dir=f"keys/{name}/{CENTRAL}",
        ),
    )


def _private(chance: Random, owner: str) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    path = Path("keys") / owner / f"{owner}.pem"
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
