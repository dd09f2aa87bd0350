"""Vehicles that took more fuel than they use to, by their own history.

The litres between two readings are those of the fills after the first, the second's included:
what was burnt in between, where tanks are filled up. Each such rate is compared with the ones
before it of the same vehicle (at most the newest 12, at least 4): it is unusual above their
median by more than three times their spread (median absolute deviation x 1.4826), and by more
than a third. So one odd fill shifts nothing, and a vehicle that always takes much is not odd. One
that took more than its tank holds without its meter moving is unusual at once.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from statistics import median
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from mqtt.central.report_tables import readings, sales
from mqtt.central.tables import subjects

HISTORY, LEAST = 12, 4
SPREADS = 3
NORMAL = 1.4826
"""Of a normal distribution: standard deviation by median absolute deviation."""
LEAST_MORE = 1 / 3


class Fill(NamedTuple):
    """A sale, and what was read before it and believed."""

    entry: tuple[str, str, int]
    """Gateway, incarnation and sequence."""
    started: str
    volume_ml: int
    reading: int | None
    unit: str | None


class Unusual(NamedTuple):
    """More than usual from the reading before until this fill."""

    entry: tuple[str, str, int]
    started: str
    subject: str
    unit: str
    volume_ml: int
    """Of the fills in between."""
    distance: int
    """Kilometres, or tenths of an hour."""
    usual_ml: float | None
    """For that distance; None where it did not move."""


def unusual(subject: str, tank_ml: int, fills: Iterable[Fill]) -> Iterator[Unusual]:
    """Of one vehicle's fills, in the order of time."""
    last: Fill | None = None
    burnt_ml, rates = 0, list[float]()
    for fill in fills:
        burnt_ml += fill.volume_ml
        if fill.reading is None or fill.unit is None:
            continue
        before, last = last, fill
        moved = fill.reading - (before.reading or 0) if before is not None else -1
        if before is None or before.unit != fill.unit or moved < 0:
            burnt_ml = 0  # the first, or another meter
            continue
        found = Unusual(fill.entry, fill.started, subject, fill.unit, burnt_ml, moved, None)
        if moved == 0:
            if burnt_ml > tank_ml:
                yield found
                burnt_ml = 0
            continue
        rate, known = burnt_ml / moved, rates[-HISTORY:]
        if len(known) >= LEAST and rate > _most(known):
            yield found._replace(usual_ml=moved * median(known))
        rates.append(rate)
        burnt_ml = 0


def _most(rates: list[float]) -> float:
    middle = median(rates)
    spread = NORMAL * median(abs(rate - middle) for rate in rates)
    return middle + max(SPREADS * spread, LEAST_MORE * middle)


def unusual_fills(connection: Connection) -> list[Unusual]:
    """Of all vehicles whose meters are read, in their order."""
    key = ("gateway", "incarnation", "sequence")
    read_of = and_(
        *(readings.c[name] == sales.c[name] for name in key), readings.c.doubtful.is_(False)
    )
    query = (
        select(
            sales.c.subject,
            subjects.c.tank_ml,
            *(sales.c[name] for name in key),
            sales.c.started,
            sales.c.volume_ml,
            readings.c.reading,
            readings.c.unit,
        )
        .join(subjects, subjects.c.subject == sales.c.subject)
        .join(readings, read_of, isouter=True)
        .where(sales.c.subject.in_(select(readings.c.subject).distinct()))
        .order_by(sales.c.subject, sales.c.started)
    )
    rows = connection.execute(query).all()
    return [
        one
        for (subject, tank_ml), fills in groupby(rows, key=lambda row: (row[0], row[1]))
        for one in unusual(subject, tank_ml, [Fill(tuple(row[2:5]), *row[5:9]) for row in fills])
    ]
