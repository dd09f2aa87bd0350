"""A person lifts an overrun that did not flow, or is not to be held against a vehicle.

What a gateway records beyond a reservation is taken off the vehicle's next grants. A damaged meter
or a gateway that lies can state a figure that takes years of them, and only a person can know.
"""

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Connection, or_, select, update

from mqtt.central.budgets import committed_idr, left_idr
from mqtt.central.decisions import DecisionRefused, decided
from mqtt.central.grant_tables import quotas
from mqtt.central.holders import Holder
from mqtt.central.periods import period_of
from mqtt.central.registering.vehicles import named
from mqtt.central.requests import serve
from mqtt.central.tables import subjects


class Overrun(Struct, frozen=True):
    """What is held against a vehicle at central."""

    subject: str
    waiting_ml: int
    """To be taken off what is minted or asked for next."""
    deducted_ml: dict[str, int]
    """Taken off already, by month, of this one and later ones."""
    quota_ml: int
    """A whole month's."""

    @property
    def held_ml(self) -> int:
        return self.waiting_ml + sum(self.deducted_ml.values())


class Forgiven(NamedTuple):
    subject: str
    forgiven_ml: int
    back_ml: dict[str, int]
    """What a month's quota has again, by month."""


def overruns(connection: Connection, zone: ZoneInfo, now: datetime) -> list[Overrun]:
    """All that is held against vehicles, the most first."""
    columns = quotas.c
    query = select(columns.subject, columns.period, columns.deducted_ml).where(
        columns.kind == "vehicle",
        columns.deducted_ml > 0,
        columns.period >= period_of(now, zone),
    )
    deducted: dict[str, dict[str, int]] = {}
    for subject, period, ml in connection.execute(query.order_by(columns.period)):
        deducted.setdefault(subject, {})[period] = ml
    of = subjects.c
    held = or_(of.overrun_ml > 0, of.subject.in_(list(deducted)))
    rows = connection.execute(select(of.subject, of.overrun_ml, of.quota_ml).where(held))
    found = [
        Overrun(name, waiting_ml, deducted.get(name, {}), quota_ml)
        for name, waiting_ml, quota_ml in rows
    ]
    return sorted(found, key=lambda one: (-one.held_ml, one.subject))


def forgive(
    connection: Connection,
    vehicle: str,
    keep_ml: int,
    *,
    by: str,
    reason: str,
    zone: ZoneInfo,
    now: datetime,
) -> Forgiven:
    """Hold only `keep_ml` of an overrun against a vehicle, given by name or plate.

    What waits is lifted first; then the newest month has back what was taken off, up to its quota
    in the register at its minting, and who asked for it is served. The gateway that recorded the
    overrun holds it against its own grants until one of the next month.

    DecisionRefused if it is not known or so much is not held, or its department's budget cannot
    pay for what would come back.
    """
    if not by.strip() or not reason.strip():
        raise DecisionRefused("a decision needs who takes it, and why")
    subject = named(connection, vehicle)
    held = next((one for one in overruns(connection, zone, now) if one.subject == subject), None)
    if held is None:
        raise DecisionRefused(f"no overrun is held against {subject}")
    if not 0 <= keep_ml < held.held_ml:
        raise DecisionRefused(
            f"{held.held_ml} ml are held against {subject}: expected 0 to {held.held_ml - 1} ml to "
            f"be kept of it, found {keep_ml} ml"
        )
    forgiven_ml = held.held_ml - keep_ml
    waiting_ml = max(0, held.waiting_ml - forgiven_ml)
    of_it = update(subjects).where(subjects.c.subject == subject)
    connection.execute(of_it.values(overrun_ml=waiting_ml))
    left_ml = forgiven_ml - (held.waiting_ml - waiting_ml)
    back_ml: dict[str, int] = {}
    for period, deducted_ml in sorted(held.deducted_ml.items(), reverse=True):
        if more_ml := min(left_ml, deducted_ml):
            back_ml[period] = more_ml
            left_ml -= more_ml
            _give_back(connection, Holder(period, "vehicle", subject), more_ml)
    given = "".join(f", {ml} ml back in {period}" for period, ml in back_ml.items())
    what = f"overrun of {subject}: {keep_ml} ml held instead of {held.held_ml} ml{given}"
    decided(connection, what, by=by, reason=reason, now=now)
    for period in back_ml:
        serve(connection, Holder(period, "vehicle", subject), zone, now)
    return Forgiven(subject, forgiven_ml, back_ml)


def _give_back(connection: Connection, holder: Holder, more_ml: int) -> None:
    which = quotas.c.period, quotas.c.kind, quotas.c.subject
    key = [column == value for column, value in zip(which, holder, strict=True)]
    row: Any = connection.execute(select(quotas).where(*key)).one()
    quota_ml = row.quota_ml + more_ml
    cost_idr = committed_idr(connection, holder.kind, holder.subject, quota_ml)
    # What was taken off within the month stayed committed.
    more_idr = max(0, cost_idr - row.committed_idr)
    budget_idr = left_idr(connection, int(holder.period[:4])).get(row.department, 0)
    if more_idr > budget_idr:
        raise DecisionRefused(
            f"{more_ml} ml in {holder.period} need Rp {more_idr}, {row.department} has "
            f"Rp {budget_idr} left this year: keep more of the overrun, or raise its budget"
        )
    connection.execute(
        update(quotas)
        .where(*key)
        .values(
            quota_ml=quota_ml,
            deducted_ml=row.deducted_ml - more_ml,
            committed_idr=row.committed_idr + more_idr,
        )
    )
