"""What a gateway says: its chained ledger, sealed on demand with a real key."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.chain import GENESIS
from gateway.core.facts import TYPE_OF, Charge, Fact, SaleCompleted, SaleRefused
from gateway.core.log import Entry
from gateway.core.units import amount_idr
from mqtt.central.opening import Received
from mqtt.messages import LedgerMessage, Request, Status
from mqtt.payloads import encode, encode_written
from mqtt.seals import Signer
from mqtt.topics import Kind, topic_of
from tests.mqtt.central.city import PRICE, SUBJECTS
from tests.mqtt.parties import written


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
