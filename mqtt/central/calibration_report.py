"""Changes of pumps' ratios, and those that cannot be right."""

from contextlib import suppress

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select

from gateway.core.facts import TYPE_OF, CalibrationChanged
from mqtt.central.tables import entries


class _Changed(Struct):
    data: CalibrationChanged


class Recalibration(Struct, frozen=True, kw_only=True):
    """A technician's card put another ratio in force."""

    gateway: str
    time: str
    pump: int
    count: int
    """Of the pump's changes, through all incarnations."""
    before: str
    after: str
    """Pulses and litres, as `1012/10`."""
    error_before_ppm: int
    by: str
    """The card."""
    highest: int
    """The highest count of this pump's changes that had come before; not below `count` where a
    count fell."""

    @property
    def fell(self) -> bool:
        return self.count <= self.highest


def recalibrations(connection: Connection, year: int) -> list[Recalibration]:
    """All of the year, as they came to be by each gateway: in its ledger's order, for its clock may
    have been set back between two."""
    began = func.min(entries.c.time).over(partition_by=(entries.c.gateway, entries.c.incarnation))
    rows = connection.execute(
        select(entries.c.gateway, entries.c.time, entries.c.body)
        .where(entries.c.type == TYPE_OF[CalibrationChanged])
        .order_by(entries.c.gateway, began, entries.c.incarnation, entries.c.sequence)
    )
    highest: dict[tuple[str, int], int] = {}
    found = []
    for gateway, time, body in rows:
        with suppress(msgspec.ValidationError):  # then it is in quarantine
            fact = msgspec.json.decode(body, type=_Changed).data
            pump, before, after = (gateway, fact.pump), fact.before, fact.after
            if time.startswith(f"{year:04}-"):
                found.append(
                    Recalibration(
                        gateway=gateway,
                        time=time,
                        pump=fact.pump,
                        count=fact.count,
                        before=f"{before.pulses}/{before.litres}",
                        after=f"{after.pulses}/{after.litres}",
                        error_before_ppm=fact.error_before_ppm,
                        by=fact.by,
                        highest=highest.get(pump, 0),
                    )
                )
            highest[pump] = max(fact.count, highest.get(pump, 0))
    return found
