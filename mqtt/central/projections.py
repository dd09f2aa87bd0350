"""What committed entries mean for sales, refusals, grants and gateways.

Nothing here refuses an entry: what is not understood, or contradicts what was granted, is
noted as an anomaly, so that no entry ever blocks those behind it.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from gateway.core.facts import Charge, GatewayBooted, SaleCompleted, SaleRefused
from gateway.core.log import Entry
from gateway.core.units import amount_idr
from mqtt.central.periods import period_of
from mqtt.central.tables import anomalies, gateways, grants, refusals, sales, subjects
from mqtt.messages import MessageRejected, read_fact

Key = dict[str, str | int]


def project(
    connection: Connection,
    gateway: str,
    incarnation: str,
    entries: Sequence[Entry],
    zone: ZoneInfo,
) -> None:
    """Project entries just stored, in the same transaction."""
    for entry in entries:
        key: Key = {"gateway": gateway, "incarnation": incarnation, "sequence": entry.sequence}
        found: list[str] = []
        try:
            fact = read_fact(entry)
        except MessageRejected as error:
            found = [str(error)]
        else:
            if isinstance(fact, SaleCompleted):
                found = _sale(connection, key, fact, zone)
            elif isinstance(fact, SaleRefused):
                _refusal(connection, key, fact, entry.time, zone)
            elif isinstance(fact, GatewayBooted):
                connection.execute(
                    update(gateways).where(gateways.c.name == gateway).values(boot=fact.boot)
                )
        if found:
            connection.execute(insert(anomalies).values(**key, what="; ".join(found)))


def _sale(connection: Connection, key: Key, sale: SaleCompleted, zone: ZoneInfo) -> list[str]:
    """Store a sale and charge its grants; returns what is odd about it."""
    twice = select(sales.c.sequence).where(sales.c.sale == sale.sale)
    if (earlier := connection.scalar(twice)) is not None:
        return [f"sale {sale.sale} was recorded before, at {earlier}; not counted again"]
    odd = []
    if sum(charge.volume_ml for charge in sale.charges) + sale.overrun_ml != sale.volume_ml:
        odd.append("charges and overrun do not sum to the volume")
    if sale.amount_idr != amount_idr(sale.volume_ml, sale.price_idr_per_l):
        odd.append(f"amount Rp {sale.amount_idr} is not volume times price")
    period = None
    for charge in sale.charges:
        charged_period, problem = _charge(connection, str(key["gateway"]), sale.subject, charge)
        period = period or charged_period
        odd += [problem] if problem else []
    if sale.overrun_ml:
        connection.execute(
            update(subjects)
            .where(subjects.c.subject == sale.subject)
            .values(overrun_ml=subjects.c.overrun_ml + sale.overrun_ml)
        )
    names = [column.name for column in sales.c if hasattr(sale, column.name)]
    values = {str(name): getattr(sale, name) for name in names}
    connection.execute(
        insert(sales).values(**key, **values, period=period or _month(sale.started, zone))
    )
    return odd


def _charge(
    connection: Connection, gateway: str, subject: str, charge: Charge
) -> tuple[str | None, str]:
    """Add to what a grant has spent; returns its period, and what is odd or ""."""
    columns = grants.c
    this = (columns.gateway == gateway) & (columns.grant_no == charge.grant_no)
    grant = connection.execute(
        select(columns.subject, columns.period, columns.volume_ml, columns.spent_ml).where(this)
    ).first()
    if grant is None:
        return None, f"charges grant {charge.grant_no}, which was never minted"
    spent_ml = grant.spent_ml + charge.volume_ml
    connection.execute(update(grants).where(this).values(spent_ml=spent_ml))
    if grant.subject != subject:
        return grant.period, f"charges grant {charge.grant_no} of {grant.subject}"
    if spent_ml > grant.volume_ml:
        return grant.period, (
            f"grant {charge.grant_no} of {grant.volume_ml} ml has now spent {spent_ml} ml"
        )
    return grant.period, ""


def _refusal(
    connection: Connection,
    key: Key,
    refusal: SaleRefused,
    time: str,
    zone: ZoneInfo,
) -> None:
    connection.execute(
        insert(refusals).values(
            **key,
            period=_month(time, zone),
            pump=refusal.pump,
            code=refusal.code,
            card=refusal.card,
            subject=refusal.subject,
        )
    )


def _month(time: str, zone: ZoneInfo) -> str:
    """The period of an entry's time. One that names no instant belongs to no month."""
    try:
        return period_of(datetime.fromisoformat(time), zone)
    except ValueError:
        return ""
