"""One valid message of each kind, with real hashes and seals: for the published documents.

The keys are those of CONTRACT.md's worked example, known to all: central's real ring of keys
never holds them.
"""

from collections.abc import Sequence

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from gateway.core.allocation import DIRECTIVE_TYPES, PutCard, PutPrice
from gateway.core.chain import GENESIS
from gateway.core.facts import TYPE_OF, EmergencyStopChanged, FlowUnauthorised, KeyStatement
from gateway.core.log import Entry
from mqtt.certificates import public_text, signed
from mqtt.keys import key_id
from mqtt.messages import (
    AnyMessage,
    DirectivesMessage,
    KeysMessage,
    LedgerMessage,
    Live,
    LivePump,
    Request,
    Status,
)
from mqtt.seals import Signer
from mqtt.topics import Kind

GATEWAY = "depot-1"
INCARNATION = "00112233445566aa"
CENTRAL_INCARNATION = "ffeeddccbbaa9900"
EPOCH = 1
GATEWAY_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CENTRAL_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))

_DIRECTIVE_NAMES = {kind: name for name, kind in DIRECTIVE_TYPES.items()}


ROOT_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))


def examples() -> dict[Kind, AnyMessage]:
    """A gateway stopped at the emergency stop while fuel flowed, and what goes to and fro."""
    gateway = Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH)
    central = Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH)
    stop = EmergencyStopChanged(pressed=True)
    flow = FlowUnauthorised(pump=1, volume_ml=150, totaliser_end_ml=4_210_350)
    ledger = _chained(
        f"takar/{GATEWAY}", INCARNATION, [(TYPE_OF[type(fact)], fact) for fact in (stop, flow)]
    )
    price = PutPrice(product="pertamax", price_idr_per_l=12_400, version=1, subsidised=False)
    card = PutCard(uid="04A1B2C3D4E5F6", card="vehicle", holder="dh-9584-ck", status="active")
    directives = _chained(
        "takar/central",
        CENTRAL_INCARNATION,
        [(_DIRECTIVE_NAMES[type(put)], put) for put in (price, card)],
    )
    head, newest = (2, ledger[-1].hash), (2, directives[-1].hash)
    pump = LivePump(
        pump=1,
        state="dispensing",
        subject="dh-9584-ck",
        plate="DH 9584 CK",
        volume_ml=4_350,
        amount_idr=53_940,
        remaining_ml=34_150,
        code="authorised",
    )
    return {
        "status": Status(
            state="online", boot=3, version="0.1.0", seal=gateway.seal("status", *head)
        ),
        "ledger": LedgerMessage(entries=ledger, seal=gateway.seal("ledger", *head)),
        "ledger/ack": central.seal("ledger-ack", *head, "2026-11-02T01:00:02.500Z"),
        "directives": DirectivesMessage(
            directives=directives, seal=central.seal("directives", *newest)
        ),
        "directives/head": central.seal("directives-head", *newest),
        "keys": KeysMessage(statements=[_certificate()]),
        "requests": Request(
            request="directives", from_sequence=1, seal=gateway.seal("request", 1, GENESIS)
        ),
        "live": Live(pumps=[pump]),
    }


def _certificate() -> KeyStatement:
    """Made by hand: `mqtt.certificates.state` certifies no key that everybody has."""
    public = CENTRAL_KEY.public_key()
    unsigned = KeyStatement(
        type="key-certificate",
        owner="central",
        use="seal",
        key=public_text(public),
        key_id=key_id(public),
        serial=1,
        issued="2026-11-01T00:00:00.000Z",
        signer=key_id(ROOT_KEY.public_key()),
        signature="",
    )
    return signed(unsigned, ROOT_KEY)


def _chained(source: str, incarnation: str, said: Sequence[tuple[str, Struct]]) -> list[Entry]:
    entries: list[Entry] = []
    for sequence, (name, data) in enumerate(said, start=1):
        entry = Entry(
            id=f"{incarnation}/{sequence}",
            source=source,
            type=name,
            time=f"2026-11-02T01:00:{sequence:02}.000Z",
            data=msgspec.to_builtins(data),
            sequence=sequence,
            prevhash=entries[-1].hash if entries else GENESIS,
        )
        entries.append(entry)
    return entries
