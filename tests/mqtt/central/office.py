"""Central without a broker: its database, handler, keys and gateways."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, func, select

from mqtt.central.handling import Handler
from mqtt.central.opening import Received
from mqtt.central.report_tables import rejected, sales
from mqtt.central.tables import entries, gateways, grants
from mqtt.connection import Publication
from mqtt.keys import Keyring
from mqtt.payloads import decode
from mqtt.seal import Seal
from tests.mqtt.central.city import NOW
from tests.mqtt.central.teller import Teller


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
