"""What committed entries mean for sales, refusals, grants and gateways.

Nothing here refuses an entry: what contradicts what was granted is noted as an anomaly. (What
is not understood never comes here, see quarantine.py.) A message's entries are
gathered first and written with one statement a table: a backlog is mostly sales.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.core.facts import (
    EpochAdopted,
    Fact,
    GatewayBooted,
    KeyRotated,
    SaleCompleted,
    SaleRefused,
)
from gateway.core.log import Entry
from mqtt.central.former import former_ledger
from mqtt.central.gateway_keys import rotated
from mqtt.central.grant_facts import OF_GRANTS, project_grants
from mqtt.central.learning import cover_what_is_out, learn
from mqtt.central.many import execute_many
from mqtt.central.report_tables import anomalies, refusals, sales
from mqtt.central.selling import ChargedGrant, Gathered, Row, month_of, take_sale
from mqtt.central.tables import budgets, gateways, grants, subjects
from mqtt.central.teller import Teller

Read = tuple[Entry, Fact]

OF_HISTORY = (SaleCompleted, SaleRefused, KeyRotated)

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


def project(
    connection: Connection,
    gateway: str,
    incarnation: str,
    read: Sequence[Read],
    zone: ZoneInfo,
    now: datetime,
    *,
    in_wait: bool = False,
) -> None:
    """Project entries just stored, in the same transaction; `in_wait` as `learn` says.

    Of an incarnation that has ended only what it sold and refused counts, and its keys: its
    grants were closed when it ended, and nothing that it says opens, closes or asks for one.

    Grants are closed and asked for by the ledger's order: what stands before is written first.
    """
    if former_ledger(connection, gateway, incarnation) is not None:
        history = [one for one in read if isinstance(one[1], OF_HISTORY)]
        _project_run(connection, gateway, incarnation, history, zone, history=True)
        return
    told = [(entry.sequence, fact) for entry, fact in read]
    learn(connection, gateway, incarnation, told, in_wait=in_wait)
    for of_grants, run in groupby(read, lambda one: isinstance(one[1], OF_GRANTS)):
        if of_grants:
            teller = Teller(connection, gateway, incarnation, zone, now)
            odd = project_grants(teller, list(run))
            execute_many(connection, _INSERT[anomalies], odd)
        else:
            _project_run(connection, gateway, incarnation, list(run), zone)
    if any(isinstance(fact, EpochAdopted) for _, fact in read):
        cover_what_is_out(connection)


def _project_run(
    connection: Connection,
    gateway: str,
    incarnation: str,
    read: Sequence[Read],
    zone: ZoneInfo,
    *,
    history: bool = False,
) -> None:
    """Entries that are judged by what the database said before, and by one another."""
    sold = [fact for _, fact in read if isinstance(fact, SaleCompleted)]
    gathered = _known(connection, gateway, sold)
    gathered.history = history
    for entry, fact in read:
        key = {"gateway": gateway, "incarnation": incarnation, "sequence": entry.sequence}
        odd: list[str] = []
        if isinstance(fact, SaleCompleted):
            odd = take_sale(gathered, key, fact, zone)
        elif isinstance(fact, SaleRefused):
            gathered.refusals.append(_refusal(key, fact, entry.time, zone))
        elif isinstance(fact, GatewayBooted):
            gathered.boot = fact.boot
        elif isinstance(fact, KeyRotated):
            odd = list(
                filter(None, [rotated(connection, gateway, incarnation, entry.sequence, fact)])
            )
        if odd:
            gathered.anomalies.append({**key, "what": "; ".join(odd)})
    _write(connection, gateway, gathered)


def _known(connection: Connection, gateway: str, sold: Sequence[SaleCompleted]) -> Gathered:
    """What the database says of these sales and of the grants that they charge."""
    if not sold:
        return Gathered({}, {}, {})
    numbers = {charge.grant_no for sale in sold for charge in sale.charges}
    recorded = connection.execute(
        _RECORDED, {"of_gateway": gateway, "names": [sale.sale for sale in sold]}
    )
    charged = connection.execute(
        _CHARGED, {"of_gateway": gateway, "numbers": sorted(numbers)}
    ).all()
    return Gathered(
        dict(recorded.all()),
        {number: ChargedGrant(*grant) for number, *grant, _ in charged},
        {number: spent_ml for number, *_, spent_ml in charged},
    )


def _refusal(key: Row, refusal: SaleRefused, time: str, zone: ZoneInfo) -> Row:
    return {
        **key,
        "period": month_of(time, zone),
        "pump": refusal.pump,
        "code": refusal.code,
        "card": refusal.card,
        "subject": refusal.subject,
    }


def _write(connection: Connection, gateway: str, gathered: Gathered) -> None:
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
