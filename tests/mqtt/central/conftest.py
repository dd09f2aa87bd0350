"""A small city in a real database, and gateways that seal their ledgers with real keys."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from gateway.config.types import MqttSettings
from gateway.core.allocation import PutCard, PutPolicy, PutPrice
from gateway.setup.configurations import central_settings
from gateway.setup.toml_text import toml_text
from mqtt.central.central_keys import put_statement
from mqtt.central.database import create_database, open_database
from mqtt.central.gateway_keys import certify
from mqtt.central.minting import mint
from mqtt.central.periods import utc_text
from mqtt.central.register import enrol_gateway, put_card, put_department, put_policy, put_price
from mqtt.central.register import put_subject as register_subject
from mqtt.certificates import state
from tests.mqtt.central.city import NOW, PERIOD, PRICE, QUOTA_ML, SUBJECTS, ZONE, vehicle
from tests.mqtt.central.office import Office
from tests.mqtt.central.teller import Teller


def furnish(
    connection: Connection,
    tellers: Iterable[Teller],
    root: Ed25519PrivateKey,
    central: Ed25519PrivateKey,
) -> None:
    public = central.public_key()
    certificate = state(root, "key-certificate", "central", public, serial=1, issued=utc_text(NOW))
    put_statement(connection, certificate, root.public_key(), NOW)
    put_department(connection, "dinkes", "Dinas Kesehatan", 2026, 100_000_000)
    put_price(
        connection,
        PutPrice(product="pertamax", price_idr_per_l=PRICE, version=1, subsidised=False),
        NOW,
    )
    put_policy(
        connection,
        PutPolicy(
            uid_only_fill_ml=20_000,
            fill_ml=100_000,
            day_ml=100_000,
            visits_per_day=9,
            open_hour=0,
            close_hour=24,
            always_open=[],
            offline_days=30,
        ),
        NOW,
    )
    for name in SUBJECTS:
        register_subject(connection, vehicle(name), QUOTA_ML, NOW)
    put_card(
        connection,
        PutCard(uid="04A1B2C3D4E5F6", card="vehicle", holder=SUBJECTS[0], status="active"),
        NOW,
    )
    for teller in tellers:
        enrol_gateway(connection, teller.name, teller.incarnation, NOW)
        public = teller.key.public_key()
        certify(connection, central, teller.name, teller.incarnation, public, NOW)
    mint(connection, PERIOD, ZONE, NOW)


@pytest.fixture(scope="session")
def make_office(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Office]:
    """Makes an office in a folder: a copy of one that is furnished once."""
    tellers = {
        name: Teller(name, digit * 16, Ed25519PrivateKey.generate())
        for name, digit in (("depot-1", "1"), ("depot-2", "2"))
    }
    root, central = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    template = tmp_path_factory.mktemp("office") / "central.sqlite3"
    engine = create_database(template, city="kupang", city_timezone="Asia/Makassar")
    with engine.begin() as connection:
        furnish(connection, tellers.values(), root, central)
    engine.dispose()

    def make(folder: Path) -> Office:
        path = Path(shutil.copy(template, folder))
        fresh = {name: replace(teller, entries=[]) for name, teller in tellers.items()}
        return Office(path, open_database(path), root, central, fresh)

    return make


@pytest.fixture
def office(make_office: Callable[[Path], Office], tmp_path: Path) -> Iterator[Office]:
    """Two gateways, one department, three subjects with 40 L a month, July 2026 minted."""
    made = make_office(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def central_toml(office: Office, tmp_path: Path) -> Path:
    """A configuration of that central, for commands."""
    settings = central_settings(MqttSettings(), "A" * 43)
    path = str(office.engine.url.database)
    own = msgspec.structs.replace(settings.central, database=path)
    file = tmp_path / "central.toml"
    file.write_text(toml_text(msgspec.structs.replace(settings, central=own)))
    return file
