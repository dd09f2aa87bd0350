"""Judge a sale by what central granted and knows already. No database here."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.core.facts import GrantKind, SaleCompleted, VehicleMeter
from gateway.core.odometer import Read
from gateway.core.units import amount_idr
from mqtt.central.periods import period_of
from mqtt.central.report_tables import sales

Row = tuple[Any, ...]
Key = tuple[str, str, int]
"""Gateway, incarnation and sequence of an entry."""

SALE = tuple(sales.c.keys())
"""What a row of `Gathered.sales` has, in the table's order: so it needs no other one."""


def _said_between(before: str, behind: str | None) -> Callable[[SaleCompleted], Row]:
    """What the columns between these two take from a sale as it stands."""
    first = SALE.index(before) + 1
    return attrgetter(*SALE[first : SALE.index(behind) if behind else None])


_UP_TO_DRAWN = _said_between("period", "override_ml")
_BEHIND_DRAWN = _said_between("emergency_ml", None)


class ChargedGrant(NamedTuple):
    """A grant that sales of the message charge."""

    kind: GrantKind
    subject: str
    period: str
    volume_ml: int
    closed_ml: int | None


@dataclass(slots=True)
class Gathered:
    """Rows of one message, and the state that its sales are judged against."""

    recorded: dict[str, int] = field(default_factory=dict)
    """This gateway's sales known before, and where in its ledger they stand."""
    grants: dict[int, ChargedGrant] = field(default_factory=dict)
    spent_ml: dict[int, int] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    sales: list[Row] = field(default_factory=list)
    refusals: list[Row] = field(default_factory=list)
    anomalies: list[Row] = field(default_factory=list)
    readings: list[Row] = field(default_factory=list)
    believed: dict[str, Read] = field(default_factory=dict)
    """By subject: the newest reading of these sales."""
    overrun_ml: Counter[str] = field(default_factory=Counter)
    override_idr: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By department and year."""
    boot: int | None = None
    history: bool = False
    """Of an incarnation that has ended, whose grants are closed."""


def take_sale(gathered: Gathered, key: Key, sale: SaleCompleted, zone: ZoneInfo) -> list[str]:
    """Take up a sale and charge its grants; returns what is odd about it."""
    gateway, incarnation, sequence = key
    earlier = gathered.recorded.get(sale.sale)
    if earlier is not None:
        return [f"sale {sale.sale} was recorded before, at {earlier}; not counted again"]
    gathered.recorded[sale.sale] = sequence
    odd = []
    if not sale.sale.startswith(incarnation + "-"):
        # It counts all the same: its fuel is gone, and no other gateway's sale is displaced.
        odd.append(f"sale {sale.sale} does not begin with incarnation {incarnation}")
    if sale.amount_idr != amount_idr(sale.volume_ml, sale.price_idr_per_l):
        odd.append(f"amount Rp {sale.amount_idr} is not volume times price")
    period = ""
    left_ml = sale.volume_ml - sale.overrun_ml
    drawn_ml = {"vehicle": 0, "override": 0, "emergency": 0}
    for charge in sale.charges:
        number, volume_ml = charge.grant_no, charge.volume_ml
        left_ml -= volume_ml
        grant = gathered.grants.get(number)
        if grant is None:
            odd.append(f"charges grant {number}, which was never minted")
            continue
        kind, holder, its_period, granted_ml, closed_ml = grant
        period = period or its_period
        spent_ml = gathered.spent_ml[number] = gathered.spent_ml[number] + volume_ml
        gathered.changed.add(number)
        drawn_ml[kind] += volume_ml
        if holder != _may_draw(sale, kind, gateway):
            odd.append(f"charges grant {number} of {holder}")
        elif spent_ml > granted_ml:
            odd.append(f"grant {number} of {granted_ml} ml has now spent {spent_ml} ml")
        if closed_ml is not None and not (gathered.history and spent_ml <= closed_ml):
            odd.append(f"charges grant {number}, closed at {closed_ml} ml")
    if left_ml:
        odd.append("charges and overrun do not sum to the volume")
    if sale.overrun_ml:
        gathered.overrun_ml[sale.subject] += sale.overrun_ml
    period = period or month_of(sale.started, zone)
    override_ml = drawn_ml["override"]
    if override_ml:
        department = sale.department, period[:4]
        gathered.override_idr[department] += amount_idr(override_ml, sale.price_idr_per_l)
    drawn = override_ml, drawn_ml["emergency"]
    named = sale.sale, period
    gathered.sales.append((*key, *named, *_UP_TO_DRAWN(sale), *drawn, *_BEHIND_DRAWN(sale)))
    if sale.meter is not None:
        _take_reading(gathered, key, sale, sale.meter)
    return odd


def _take_reading(gathered: Gathered, key: Key, sale: SaleCompleted, meter: VehicleMeter) -> None:
    row = (*key, sale.subject, meter.reading, meter.unit, meter.doubtful)
    gathered.readings.append(row)
    before = gathered.believed.get(sale.subject)
    if not meter.doubtful and (before is None or before.time < sale.started):
        gathered.believed[sale.subject] = Read(sale.started, meter.reading)


def _may_draw(sale: SaleCompleted, kind: GrantKind, gateway: str) -> str:
    """Whose grant it may be: the vehicle's own, its department's, or its station's."""
    if kind == "vehicle":
        return sale.subject
    return sale.department if kind == "emergency" else gateway


def month_of(time: str, zone: ZoneInfo) -> str:
    """The period of an entry's time. One that names no instant belongs to no month,
    nor does one that the city's zone or its next month puts beyond the year 9999."""
    try:
        return period_of(datetime.fromisoformat(time), zone)
    except (ValueError, OverflowError):
        return ""
