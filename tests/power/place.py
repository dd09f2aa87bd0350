"""A gateway's folder for the power-cut tests: keys, configuration, first state."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.config.types import (
    GatewayConfig,
    GatewayKeySettings,
    HardwareSettings,
    Identity,
    PumpSettings,
)
from gateway.core.log import Entry
from gateway.runtime.shelf import Shelf
from gateway.runtime.wall import WallClock
from gateway.setup.gateway_state import make_state
from hardware.wiring import DEMO_WIRING
from mqtt.certificates import public_text, state, statement_name, write_statement
from tests.gateway.runtime.devices import HandClock
from tests.gateway.runtime.samples import CITY, OTHER, directives, grant
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ROOT = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
CENTRAL = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
CERTIFICATE = state(ROOT, "key-certificate", "central", CENTRAL.public_key(), serial=1, issued=TIME)
UPTIME_MS = 5000


def first_directives() -> list[Entry]:
    """Cards, vehicles, price, policy and a grant for each of two vehicles."""
    return directives(*CITY, grant(1), grant(2, 30_000, subject=OTHER))


def make_place(base: Path) -> Path:
    """Keys in `base`, and the state folder in it as `takar init` makes it, which is returned."""
    base.mkdir(exist_ok=True)
    key, statements, folder = base / "gateway.pem", base / "central", base / "state"
    key.touch(mode=0o600)
    key.write_bytes(
        PRIVATE.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    statements.mkdir()
    write_statement(statements / statement_name(CERTIFICATE), CERTIFICATE)
    make_state(
        folder,
        PRIVATE,
        first_directives(),
        CERTIFICATE,
        gateway=GATEWAY,
        incarnation=INCARNATION,
        epoch=1,
        by="a test",
        configuration_hash="00" * 32,
        time=TIME,
    )
    return folder


def config_of(base: Path, state: Path) -> GatewayConfig:
    """The configuration of a gateway with the keys of `base` and its state in `state`."""
    return GatewayConfig(
        gateway=Identity(name=GATEWAY, state_dir=str(state)),
        hardware=HardwareSettings(kind="simulated"),
        pumps=[
            PumpSettings(
                number=wired.number, product="pertamax", reader=wired.reader, pins=wired.pins
            )
            for wired in DEMO_WIRING
        ],
        keys=GatewayKeySettings(
            private_file=str(base / "gateway.pem"),
            root_key=public_text(ROOT.public_key()),
            statements_dir=str(base / "central"),
        ),
    )


@contextmanager
def opened(config: GatewayConfig) -> Iterator[tuple[Shelf, WallClock]]:
    """The gateway's disk, checked as at a start, at the hour of TIME."""
    wall = WallClock(HandClock(), config.gateway.city_timezone)
    shelf = Shelf(config, wall)
    try:
        yield shelf, wall
    finally:
        shelf.close()
