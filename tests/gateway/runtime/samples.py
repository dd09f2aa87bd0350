"""A small city for the tests of the runtime: two subjects, their cards, one price, one policy."""

from typing import Any

import msgspec

from gateway.core.allocation import (
    DIRECTIVE_TYPES,
    Directive,
    Grant,
    PutCard,
    PutPolicy,
    PutPrice,
    PutSubject,
)
from gateway.core.chain import GENESIS
from gateway.core.dosing import Dosing
from gateway.core.log import Entry
from gateway.core.session import Rules
from gateway.core.units import Calibration
from tests.gateway.store.samples import SUBJECT, TIME

CENTRAL = "ffeeddccbbaa9988"
OTHER = "dh-2002-b"
UID, OTHER_UID, TECHNICIAN_UID = "04A1B2C3D4E5F6", "04B1B2C3D4E5F6", "04C1B2C3D4E5F6"

CARD = PutCard(uid=UID, card="vehicle", holder=SUBJECT, status="active")
OTHER_CARD = PutCard(uid=OTHER_UID, card="vehicle", holder=OTHER, status="active")
TECHNICIAN = PutCard(uid=TECHNICIAN_UID, card="technician", holder="yohanes", status="active")
CAR = PutSubject(
    subject=SUBJECT,
    vehicle="car",
    plate="DH 1001 A",
    department="dinas-kesehatan",
    products=["pertamax"],
    tank_ml=45_000,
    meter="odometer",
    blocked=False,
    subsidy_allowed=False,
)
OTHER_CAR = msgspec.structs.replace(CAR, subject=OTHER, plate="DH 2002 B")
PRICE = PutPrice(product="pertamax", price_idr_per_l=12_950, version=3, subsidised=False)
POLICY = PutPolicy(
    uid_only_fill_ml=20_000,
    fill_ml=60_000,
    day_ml=80_000,
    visits_per_day=3,
    open_hour=6,
    close_hour=22,
    always_open=["truck"],
    offline_days=14,
)
CITY = (CARD, OTHER_CARD, TECHNICIAN, CAR, OTHER_CAR, PRICE, POLICY)

RULES = Rules(
    pump=1,
    dosing=Dosing(
        Calibration(100), max_flow_ml_per_min=60_000, valve_lag_ms=300, timer_hold_ms=300
    ),
)


def grant(grant_no: int, volume_ml: int = 40_000, **changes: Any) -> Grant:
    """For the first car in November 2026."""
    first = Grant(
        grant_no=grant_no,
        subject=SUBJECT,
        department="dinas-kesehatan",
        period="2026-11",
        volume_ml=volume_ml,
        not_before="2026-10-31T16:00:00.000Z",
        not_after="2026-11-30T15:59:59.999Z",
    )
    return msgspec.structs.replace(first, **changes)


def directives(
    *bodies: Directive | tuple[str, dict[str, Any]], after: Entry | None = None
) -> list[Entry]:
    """As central chains them; a pair stands for what this version cannot use."""
    names = {kind: name for name, kind in DIRECTIVE_TYPES.items()}
    entries: list[Entry] = []
    for body in bodies:
        last = entries[-1] if entries else after
        sequence = last.sequence + 1 if last is not None else 1
        name, data = (
            body if isinstance(body, tuple) else (names[type(body)], msgspec.to_builtins(body))
        )
        entries.append(
            Entry(
                id=f"{CENTRAL}/{sequence}",
                source="takar/central",
                type=name,
                time=TIME,
                data=data,
                sequence=sequence,
                prevhash=last.hash if last is not None else GENESIS,
            )
        )
    return entries
