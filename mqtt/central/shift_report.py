"""Shifts that gateways have closed, as their ledgers say."""

from contextlib import suppress

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.core.facts import TYPE_OF, ShiftClosed
from mqtt.central.tables import entries


class _Closed(Struct):
    data: ShiftClosed


class ClosedShift(Struct, frozen=True, kw_only=True):
    """One closing, and where it stands."""

    gateway: str
    incarnation: str
    sequence: int
    time: str
    shift: ShiftClosed

    @property
    def volume_ml(self) -> int:
        """Sold, less what came back."""
        return sum(line.volume_ml - line.returned_ml for line in self.shift.totals.sold)

    @property
    def amount_idr(self) -> int:
        return sum(line.amount_idr - line.returned_idr for line in self.shift.totals.sold)


def closed_shifts(
    connection: Connection, *, month: str = "", gateway: str | None = None
) -> list[ClosedShift]:
    """By gateway, in the order of its ledger. `month`: in which they were closed, YYYY-MM in UTC;
    empty: all."""
    of, query = entries.c, select(entries)
    query = query.where(of.type == TYPE_OF[ShiftClosed], of.time.like(f"{month}%"))
    if gateway is not None:
        query = query.where(of.gateway == gateway)
    found = []
    for row in connection.execute(query.order_by(of.gateway, of.time, of.sequence)):
        with suppress(msgspec.ValidationError):  # then it is in quarantine
            shift = msgspec.json.decode(row.body, type=_Closed).data
            found.append(
                ClosedShift(
                    gateway=row.gateway,
                    incarnation=row.incarnation,
                    sequence=row.sequence,
                    time=row.time,
                    shift=shift,
                )
            )
    return found
