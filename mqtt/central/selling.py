"""Judge a sale by what central granted and knows already. No database here."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.core.facts import GrantKind, SaleCompleted
from gateway.core.units import amount_idr
from mqtt.central.periods import period_of
from mqtt.central.report_tables import sales

Row = dict[str, Any]

_SALE_FIELDS = [name for name in SaleCompleted.__struct_fields__ if name in sales.c]


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

    recorded: dict[str, int]
    """This gateway's sales known before, and where in its ledger they stand."""
    grants: dict[int, ChargedGrant]
    spent_ml: dict[int, int]
    changed: set[int] = field(default_factory=set)
    sales: list[Row] = field(default_factory=list)
    refusals: list[Row] = field(default_factory=list)
    anomalies: list[Row] = field(default_factory=list)
    overrun_ml: Counter[str] = field(default_factory=Counter)
    override_idr: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By department and year."""
    boot: int | None = None
    history: bool = False
    """Of an incarnation that has ended, whose grants are closed."""


def take_sale(gathered: Gathered, key: Row, sale: SaleCompleted, zone: ZoneInfo) -> list[str]:
    """Take up a sale and charge its grants; returns what is odd about it."""
    earlier = gathered.recorded.get(sale.sale)
    if earlier is not None:
        return [f"sale {sale.sale} was recorded before, at {earlier}; not counted again"]
    gathered.recorded[sale.sale] = key["sequence"]
    odd = []
    if not sale.sale.startswith(f"{key['incarnation']}-"):
        # It counts all the same: its fuel is gone, and no other gateway's sale is displaced.
        odd.append(f"sale {sale.sale} does not begin with incarnation {key['incarnation']}")
    if sum(charge.volume_ml for charge in sale.charges) + sale.overrun_ml != sale.volume_ml:
        odd.append("charges and overrun do not sum to the volume")
    if sale.amount_idr != amount_idr(sale.volume_ml, sale.price_idr_per_l):
        odd.append(f"amount Rp {sale.amount_idr} is not volume times price")
    period = None
    drawn_ml: Counter[GrantKind] = Counter()
    for charge in sale.charges:
        grant = gathered.grants.get(charge.grant_no)
        if grant is None:
            odd.append(f"charges grant {charge.grant_no}, which was never minted")
            continue
        period = period or grant.period
        gathered.spent_ml[charge.grant_no] += charge.volume_ml
        gathered.changed.add(charge.grant_no)
        spent_ml = gathered.spent_ml[charge.grant_no]
        drawn_ml[grant.kind] += charge.volume_ml
        if not _may_draw(sale, grant, key["gateway"]):
            odd.append(f"charges grant {charge.grant_no} of {grant.subject}")
        elif spent_ml > grant.volume_ml:
            odd.append(
                f"grant {charge.grant_no} of {grant.volume_ml} ml has now spent {spent_ml} ml"
            )
        if grant.closed_ml is not None and not (gathered.history and spent_ml <= grant.closed_ml):
            odd.append(f"charges grant {charge.grant_no}, closed at {grant.closed_ml} ml")
    if sale.overrun_ml:
        gathered.overrun_ml[sale.subject] += sale.overrun_ml
    period = period or month_of(sale.started, zone)
    override_ml = drawn_ml["override"]
    gathered.override_idr[sale.department, period[:4]] += amount_idr(
        override_ml, sale.price_idr_per_l
    )
    row = {name: getattr(sale, name) for name in _SALE_FIELDS}
    drawn = {"override_ml": override_ml, "emergency_ml": drawn_ml["emergency"]}
    gathered.sales.append({**key, **row, **drawn, "period": period})
    return odd


def _may_draw(sale: SaleCompleted, grant: ChargedGrant, gateway: str) -> bool:
    """Whether the grant is the vehicle's own, its department's, or its station's."""
    holder = {"vehicle": sale.subject, "emergency": sale.department, "override": gateway}
    return holder[grant.kind] == grant.subject


def month_of(time: str, zone: ZoneInfo) -> str:
    """The period of an entry's time. One that names no instant belongs to no month."""
    try:
        return period_of(datetime.fromisoformat(time), zone)
    except ValueError:
        return ""
