"""A small city in a real database, and gateways that seal their ledgers with real keys."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, func, select

from gateway.core.allocation import PutCard, PutPolicy, PutPrice, PutSubject
from gateway.core.chain import GENESIS
from gateway.core.facts import TYPE_OF, Charge, Fact, SaleCompleted, SaleRefused
from gateway.core.log import Entry
from gateway.core.units import amount_idr
from mqtt.central.central_keys import put_statement
from mqtt.central.database import create_database, open_database
from mqtt.central.gateway_keys import certify
from mqtt.central.handling import Handler
from mqtt.central.minting import mint
from mqtt.central.opening import Received
from mqtt.central.periods import utc_text
from mqtt.central.register import enrol_gateway, put_card, put_department, put_policy, put_price
from mqtt.central.register import put_subject as register_subject
from mqtt.central.report_tables import rejected, sales
from mqtt.central.tables import entries, gateways, grants
from mqtt.certificates import state
from mqtt.connection import Publication
from mqtt.keys import Keyring
from mqtt.messages import LedgerMessage, Request, Status
from mqtt.payloads import decode, encode, encode_written
from mqtt.seals import Seal, Signer
from mqtt.topics import Kind, topic_of
from tests.mqtt.parties import written

ZONE = ZoneInfo("Asia/Makassar")
NOW = datetime(2026, 7, 10, 4, tzinfo=UTC)
PERIOD = "2026-07"
PRICE = 10_000
QUOTA_ML = 40_000
SUBJECTS = ("dh-1001-aa", "dh-1002-aa", "dh-1003-aa")


@dataclass
class Teller:
    """What a gateway says: its chained ledger, sealed on demand."""

    name: str
    incarnation: str
    key: Ed25519PrivateKey
    epoch: int = 1
    entries: list[Entry] = field(default_factory=list)

    @property
    def signer(self) -> Signer:
        return Signer(self.key, self.name, self.incarnation, self.epoch)

    def append(self, kind: str, data: dict[str, Any]) -> Entry:
        sequence = len(self.entries) + 1
        entry = Entry(
            id=f"{self.incarnation}/{sequence}",
            source=f"takar/{self.name}",
            type=kind,
            time="2026-07-10T04:00:00.000Z",
            data=data,
            sequence=sequence,
            prevhash=self.entries[-1].hash if self.entries else GENESIS,
        )
        self.entries.append(entry)
        return entry

    def tell(self, fact: Fact) -> Entry:
        return self.append(TYPE_OF[type(fact)], msgspec.to_builtins(fact))

    def sell(self, volume_ml: int = 1000, **changes: Any) -> Entry:
        """A sale to the first subject, charged to its grant 1."""
        usual: dict[str, Any] = {
            "sale": f"{self.incarnation}-{len(self.entries) + 1}",
            "pump": 1,
            "mode": "valve",
            "card": "04A1B2C3D4E5F6",
            "subject": SUBJECTS[0],
            "department": "dinkes",
            "product": "pertamax",
            "volume_ml": volume_ml,
            "overrun_ml": 0,
            "price_idr_per_l": PRICE,
            "price_version": 1,
            "amount_idr": amount_idr(volume_ml, PRICE),
            "charges": [Charge(1, volume_ml)],
            "totaliser_start_ml": 0,
            "totaliser_end_ml": volume_ml,
            "metered_ml": volume_ml,
            "estimated": False,
            "ended_by": "nozzle_hung",
            "started": "2026-07-10T04:00:00.000Z",
            "offline": False,
            "clock": "good",
            "boot": 1,
            "uptime_ms": 1,
        }
        return self.tell(SaleCompleted(**(usual | changes)))

    def refuse(self, code: str = "quota_exhausted") -> Entry:
        return self.tell(SaleRefused(pump=1, code=code, card=None, subject=None))

    def message(self, first: int = 1, last: int | None = None) -> LedgerMessage:
        part = self.entries[first - 1 : last]
        seal = self.signer.seal("ledger", part[-1].sequence, part[-1].hash)
        return LedgerMessage(entries=part, seal=seal)

    def ledger(self, first: int = 1, last: int | None = None) -> Received:
        message = self.message(first, last)
        return self.received("ledger", encode_written(map(written, message.entries), message.seal))

    def request(self, first: int, head: str, **changes: Any) -> Received:
        seal = self.signer.seal("request", changes.get("sealed_at", first), head)
        return self.received(
            "requests", encode(Request(request="directives", from_sequence=first, seal=seal))
        )

    def status(self, state: Any, boot: int) -> Received:
        head = self.entries[-1].hash if self.entries else GENESIS
        seal = self.signer.seal("status", len(self.entries), head)
        return self.received(
            "status", encode(Status(state=state, boot=boot, version="0.1.0", seal=seal))
        )

    def received(self, kind: Kind, payload: bytes) -> Received:
        return Received(topic_of(self.name, kind), payload)


@dataclass
class Office:
    """Central without a broker: its database, handler, keys and gateways."""

    path: Path
    engine: Engine
    root: Ed25519PrivateKey
    key: Ed25519PrivateKey
    tellers: dict[str, Teller]

    @property
    def first(self) -> Teller:
        return self.tellers["depot-1"]

    @property
    def second(self) -> Teller:
        return self.tellers["depot-2"]

    @property
    def keyring(self) -> Keyring:
        return Keyring({name: one.key.public_key() for name, one in self.tellers.items()})

    def handler(self) -> Handler:
        return Handler(self.engine, self.key, lambda: NOW)

    def handle(self, *messages: Received) -> list[Publication]:
        return self.handler().handle(messages)

    def acknowledged(self, published: Iterable[Publication]) -> dict[str, Seal]:
        seals = [
            decode("ledger/ack", one.payload) for one in published if one.topic.endswith("/ack")
        ]
        return {seal.gateway: seal for seal in seals if isinstance(seal, Seal)}

    def row(self, gateway: str) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(select(gateways).where(gateways.c.name == gateway)).one()

    def scalar(self, query: Any) -> Any:
        with self.engine.connect() as connection:
            return connection.scalar(query)

    def rejections(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.scalars(select(rejected.c.reason).order_by(rejected.c.id)))

    def count(self) -> tuple[int, int, int]:
        """(entries, sales, spent_ml), as the database has them."""
        with self.engine.connect() as connection:
            return (
                connection.scalar(select(func.count()).select_from(entries)) or 0,
                connection.scalar(select(func.count()).select_from(sales)) or 0,
                connection.scalar(select(func.sum(grants.c.spent_ml))) or 0,
            )


def vehicle(name: str, products: list[str] | None = None) -> PutSubject:
    return PutSubject(
        subject=name,
        vehicle="car",
        plate=name.upper().replace("-", " "),
        department="dinkes",
        products=products or ["pertamax"],
        tank_ml=45_000,
        meter="odometer",
        blocked=False,
        subsidy_allowed=False,
    )


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
