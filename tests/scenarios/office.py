"""What a person in the office registers, straight in the database of a central that runs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from gateway.core.allocation import PutCard, PutSubject
from gateway.setup.configurations import ZONE
from mqtt.central.database import open_database
from mqtt.central.minting import Minted, mint
from mqtt.central.periods import period_of
from mqtt.central.register import put_card, put_subject
from tests.faults.station import Station

MOTORCYCLE = PutSubject(
    subject="dh-1-aa",
    vehicle="motorcycle",
    plate="DH 1 AA",
    department="dinkes",
    products=["pertamax", "dexlite"],
    tank_ml=9000,
    meter="odometer",
    blocked=False,
    subsidy_allowed=False,
)


def like(subject: PutSubject, name: str, **changes: object) -> PutSubject:
    plate = name.upper().replace("-", " ")
    return msgspec.structs.replace(subject, subject=name, plate=plate, **changes)


def register(station: Station, put: PutSubject, uids: Sequence[str], quota_ml: int) -> Minted:
    """A vehicle, its cards, and this month's litres for it."""
    now = datetime.now(UTC)
    zone = ZoneInfo(ZONE)
    engine = open_database(station.folder / "central" / "central.sqlite3")
    with engine.begin() as connection:
        put_subject(connection, put, quota_ml, now)
        for uid in uids:
            card = PutCard(uid=uid, card="vehicle", holder=put.subject, status="active")
            put_card(connection, card, now)
        minted = mint(connection, period_of(now, zone), zone, now)
    engine.dispose()
    return minted
