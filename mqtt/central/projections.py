"""What committed entries mean for sales, refusals, grants and gateways.

Nothing here refuses an entry: what contradicts what was granted is noted as an anomaly. (What
is not understood never comes here, see quarantine.py.) A message's entries are
gathered first and written with one statement a table: a backlog is mostly sales.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.core.facts import Fact, GatewayBooted, GrantKind, SaleCompleted, SaleRefused
from gateway.core.log import Entry
from gateway.core.units import amount_idr
from mqtt.central.learning import learn
from mqtt.central.many import execute_many
from mqtt.central.periods import period_of
from mqtt.central.tables import (
    anomalies,
    budgets,
    gateways,
    grants,
    refusals,
    sales,
    subjects,
)

Row = dict[str, Any]
Read = tuple[Entry, Fact]

_SALE_FIELDS = [name for name in SaleCompleted.__struct_fields__ if name in sales.c]
_INSERT = {table: insert(table) for table in (sales, refusals, anomalies)}
_RECORDED = select(sales.c.sale, sales.c.sequence).where(
    sales.c.gateway == bindparam("of_gateway"),
    sales.c.sale.in_(bindparam("names", expanding=True)),
)
_CHARGED = select(
    grants.c.grant_no,
    grants.c.kind,
    grants.c.subject,
    grants.c.period,
    grants.c.volume_ml,
    grants.c.closed_ml,
    grants.c.spent_ml,
).where(
    grants.c.gateway == bindparam("of_gateway"),
    grants.c.grant_no.in_(bindparam("numbers", expanding=True)),
)
_SPEND = (
    update(grants)
    .where(
        grants.c.gateway == bindparam("of_gateway"), grants.c.grant_no == bindparam("of_grant_no")
    )
    .values(spent_ml=bindparam("new_spent_ml"))
)
_OVERRUN = (
    update(subjects)
    .where(subjects.c.subject == bindparam("of_subject"))
    .values(overrun_ml=subjects.c.overrun_ml + bindparam("more_ml"))
)

_OVERRIDDEN = (
    update(budgets)
    .where(
        budgets.c.department == bindparam("of_department"), budgets.c.year == bindparam("of_year")
    )
    .values(override_idr=budgets.c.override_idr + bindparam("more_idr"))
)
"""The department whose vehicle used a station's grant pays for it."""


class _Grant(NamedTuple):
    kind: GrantKind
    subject: str
    period: str
    volume_ml: int
    closed_ml: int | None


@dataclass(slots=True)
class _Gathered:
    """Rows of one message, and the state that its sales are judged against."""

    recorded: dict[str, int]
    """This gateway's sales known before, and where in its ledger they stand."""
    grants: dict[int, _Grant]
    spent_ml: dict[int, int]
    changed: set[int] = field(default_factory=set)
    sales: list[Row] = field(default_factory=list)
    refusals: list[Row] = field(default_factory=list)
    anomalies: list[Row] = field(default_factory=list)
    overrun_ml: Counter[str] = field(default_factory=Counter)
    override_idr: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By department and year."""
    boot: int | None = None


def project(
    connection: Connection,
    gateway: str,
    incarnation: str,
    read: Sequence[Read],
    zone: ZoneInfo,
) -> None:
    """Project entries just stored, in the same transaction."""
    learn(connection, gateway, incarnation, [(entry.sequence, fact) for entry, fact in read])
    sold = [fact for _, fact in read if isinstance(fact, SaleCompleted)]
    gathered = _known(connection, gateway, sold)
    for entry, fact in read:
        key = {"gateway": gateway, "incarnation": incarnation, "sequence": entry.sequence}
        odd: list[str] = []
        if isinstance(fact, SaleCompleted):
            odd = _sale(gathered, key, fact, zone)
        elif isinstance(fact, SaleRefused):
            gathered.refusals.append(_refusal(key, fact, entry.time, zone))
        elif isinstance(fact, GatewayBooted):
            gathered.boot = fact.boot
        if odd:
            gathered.anomalies.append({**key, "what": "; ".join(odd)})
    _write(connection, gateway, gathered)


def _known(connection: Connection, gateway: str, sold: Sequence[SaleCompleted]) -> _Gathered:
    """What the database says of these sales and of the grants that they charge."""
    if not sold:
        return _Gathered({}, {}, {})
    numbers = {charge.grant_no for sale in sold for charge in sale.charges}
    recorded = connection.execute(
        _RECORDED, {"of_gateway": gateway, "names": [sale.sale for sale in sold]}
    )
    charged = connection.execute(
        _CHARGED, {"of_gateway": gateway, "numbers": sorted(numbers)}
    ).all()
    return _Gathered(
        dict(recorded.all()),
        {number: _Grant(*grant) for number, *grant, _ in charged},
        {number: spent_ml for number, *_, spent_ml in charged},
    )


def _sale(gathered: _Gathered, key: Row, sale: SaleCompleted, zone: ZoneInfo) -> list[str]:
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
        if grant.closed_ml is not None:
            odd.append(f"charges grant {charge.grant_no}, closed at {grant.closed_ml} ml")
    if sale.overrun_ml:
        gathered.overrun_ml[sale.subject] += sale.overrun_ml
    period = period or _month(sale.started, zone)
    override_ml = drawn_ml["override"]
    gathered.override_idr[sale.department, period[:4]] += amount_idr(
        override_ml, sale.price_idr_per_l
    )
    row = {name: getattr(sale, name) for name in _SALE_FIELDS}
    drawn = {"override_ml": override_ml, "emergency_ml": drawn_ml["emergency"]}
    gathered.sales.append({**key, **row, **drawn, "period": period})
    return odd


def _may_draw(sale: SaleCompleted, grant: _Grant, gateway: str) -> bool:
    """Whether the grant is the vehicle's own, its department's, or its station's."""
    holder = {"vehicle": sale.subject, "emergency": sale.department, "override": gateway}
    return holder[grant.kind] == grant.subject


def _refusal(key: Row, refusal: SaleRefused, time: str, zone: ZoneInfo) -> Row:
    return {
        **key,
        "period": _month(time, zone),
        "pump": refusal.pump,
        "code": refusal.code,
        "card": refusal.card,
        "subject": refusal.subject,
    }


def _write(connection: Connection, gateway: str, gathered: _Gathered) -> None:
    execute_many(connection, _INSERT[sales], gathered.sales)
    execute_many(connection, _INSERT[refusals], gathered.refusals)
    execute_many(connection, _INSERT[anomalies], gathered.anomalies)
    spent = [
        {"of_gateway": gateway, "of_grant_no": number, "new_spent_ml": gathered.spent_ml[number]}
        for number in sorted(gathered.changed)
    ]
    execute_many(connection, _SPEND, spent)
    more = [{"of_subject": name, "more_ml": ml} for name, ml in gathered.overrun_ml.items()]
    execute_many(connection, _OVERRUN, more)
    drawn = [
        {"of_department": department, "of_year": int(year), "more_idr": idr}
        for (department, year), idr in gathered.override_idr.items()
        if idr
    ]
    execute_many(connection, _OVERRIDDEN, drawn)
    if gathered.boot is not None:
        booted = update(gateways).where(gateways.c.name == gateway).values(boot=gathered.boot)
        connection.execute(booted)


def _month(time: str, zone: ZoneInfo) -> str:
    """The period of an entry's time. One that names no instant belongs to no month."""
    try:
        return period_of(datetime.fromisoformat(time), zone)
    except ValueError:
        return ""
