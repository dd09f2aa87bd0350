"""What committed entries mean for sales, refusals, grants and gateways.

Nothing here refuses an entry: what contradicts what was granted is noted as an anomaly. (What
is not understood never comes here, see quarantine.py.) A message's entries are
gathered first and written with one statement a table: a backlog is mostly sales.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from gateway.core.facts import (
    EpochAdopted,
    GatewayBooted,
    GrantClosed,
    KeyRotated,
    SaleCompleted,
    SaleCorrected,
    SaleDeclared,
    SaleRefused,
    VoucherEntered,
    WitnessDiffered,
)
from mqtt.central.correcting import corrections
from mqtt.central.declared_report import odd_declaration
from mqtt.central.epochs import waits_for
from mqtt.central.gateway_keys import rotated
from mqtt.central.grant_facts import OF_GRANTS, project_grants
from mqtt.central.learning import LEARNED, cover_what_is_out, learn, learn_former
from mqtt.central.many import NEAR, ask, insert_many, set_many
from mqtt.central.pieces import Told
from mqtt.central.report_tables import anomalies, refusals, sales
from mqtt.central.selling import SALE, ChargedGrant, Gathered, month_of, take_sale
from mqtt.central.tables import budgets, gateways, grants, subjects
from mqtt.central.teller import Teller
from mqtt.central.vehicle_meters import take_readings
from mqtt.central.voucher_facts import take_voucher
from mqtt.central.witnesses import odd_witness

OF_HISTORY = (
    *(SaleCompleted, SaleCorrected, SaleDeclared, SaleRefused, VoucherEntered, KeyRotated),
)
_ONE_BY_ONE = frozenset((*OF_GRANTS, SaleCorrected))
"""Taken by the ledger's order: what stands before is written first."""

_INSERT_SALE = insert(sales)
_REFUSAL = ("gateway", "incarnation", "sequence", "period", "pump", "code", "card", "subject")
_INSERT_REFUSAL = insert(refusals)
_ANOMALY = ("gateway", "incarnation", "sequence", "what")
_INSERT_ANOMALY = insert(anomalies)
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
    grants.c.incarnation == bindparam("of_incarnation"),
)
_CHARGED_BETWEEN = _CHARGED.where(
    grants.c.grant_no >= bindparam("lowest"), grants.c.grant_no <= bindparam("highest")
)
_CHARGED_IN = _CHARGED.where(grants.c.grant_no.in_(bindparam("numbers", expanding=True)))
_GRANT_KEY = ("gateway", "incarnation", "grant_no")
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
_BOOTED = (
    update(gateways)
    .where(gateways.c.name == bindparam("of_gateway"))
    .values(boot=bindparam("new_boot"))
)


def project(
    teller: Teller,
    read: Sequence[Told],
    *,
    in_wait: bool = False,
    history: bool = False,
    careful: bool = True,
) -> None:
    """Project entries just stored, in the same transaction; `in_wait` as `learn` says.

    Not `careful`: IntegrityError for a sale that was recorded before, else an anomaly.

    `history`: of an incarnation that has ended only what it sold and refused counts, and its
    keys: its grants were closed when it ended, and nothing that it says opens, closes or asks
    for one. Where its months are withheld, grants that were unknown are taken up as charged.

    Grants are learned, closed and asked for by the ledger's order: what stands before is written
    first, however the ledger was cut into messages.
    """
    if history:
        learn_former(teller, read)
        read = [one for one in read if isinstance(one.fact, OF_HISTORY)]
    kinds = {type(one.fact) for one in read}
    if (
        not history
        and not kinds.isdisjoint(LEARNED)
        and waits_for(teller.connection, teller.gateway)
    ):
        for one in read:
            learn(teller, [one], in_wait=in_wait)
            _project_all(teller, [one], history=False, careful=careful)
    else:
        if in_wait:
            learn(teller, read, in_wait=True)
        _project_all(teller, read, history=history, careful=careful)
    if EpochAdopted in kinds:
        cover_what_is_out(teller.connection)


def _project_all(teller: Teller, read: Sequence[Told], *, history: bool, careful: bool) -> None:
    kinds = {type(one.fact) for one in read}
    if kinds.isdisjoint(_ONE_BY_ONE):
        _project_run(teller, read, history=history, careful=careful)
    else:
        for kind, run in groupby(read, _one_by_one):
            if kind is None:
                _project_run(teller, list(run), history=history, careful=careful)
                continue
            if kind is SaleCorrected:
                odd = corrections(teller, list(run), history=history)
            else:
                odd = project_grants(teller, list(run))
            insert_many(teller.connection, _INSERT_ANOMALY, _ANOMALY, odd)


def _one_by_one(told: Told) -> type | None:
    if isinstance(told.fact, OF_GRANTS):
        return GrantClosed
    return SaleCorrected if isinstance(told.fact, SaleCorrected) else None


def _project_run(
    teller: Teller, read: Sequence[Told], *, history: bool = False, careful: bool = True
) -> None:
    """Entries that are judged by what the database said before, and by one another."""
    sold = [one.fact for one in read if isinstance(one.fact, SaleCompleted)]
    gathered = _known(teller, sold, careful=careful)
    gathered.history = history
    for sequence, _, time, _, _, fact, _ in read:
        key = teller.gateway, teller.incarnation, sequence
        odd: list[str] = []
        if isinstance(fact, SaleCompleted):
            odd = take_sale(gathered, key, fact, teller.zone)
        elif isinstance(fact, SaleRefused):
            period = month_of(time, teller.zone)
            row = (*key, period, fact.pump, fact.code, fact.card, fact.subject)
            gathered.refusals.append(row)
        elif isinstance(fact, VoucherEntered):
            odd = take_voucher(teller, sequence, fact)
        elif isinstance(fact, SaleDeclared):
            odd = odd_declaration(fact)
        elif isinstance(fact, GatewayBooted):
            gathered.boot = fact.boot
        elif isinstance(fact, KeyRotated):
            odd = list(filter(None, [rotated(teller.connection, *key, fact)]))
        elif isinstance(fact, WitnessDiffered):
            odd = odd_witness(fact)
        if odd:
            gathered.anomalies.append((*key, "; ".join(odd)))
    _write(teller, gathered)


def _known(teller: Teller, sold: Sequence[SaleCompleted], *, careful: bool) -> Gathered:
    """What the database says of these sales and of the grants that they charge.

    Not `careful`: a sale that was recorded before breaks the table's own rule.
    """
    if not sold:
        return Gathered()
    recorded: dict[str, int] = {}
    if careful:
        names = {"of_gateway": teller.gateway, "names": sorted({sale.sale for sale in sold})}
        recorded = dict(teller.connection.execute(_RECORDED, names).all())
    rows = _charged(teller, {charge.grant_no for sale in sold for charge in sale.charges})
    return Gathered(
        recorded,
        {number: ChargedGrant(*grant) for number, *grant, _ in rows},
        {number: spent_ml for number, *_, spent_ml in rows},
    )


def _charged(teller: Teller, numbers: set[int]) -> Sequence[Any]:
    """These grants of the incarnation, and perhaps others near them."""
    if not numbers:
        return []
    lowest, highest = min(numbers), max(numbers)
    whose: dict[str, Any] = {
        "of_gateway": teller.gateway,
        "of_incarnation": teller.incarnation,
    }
    if highest - lowest < NEAR * len(numbers):
        between = whose | {"lowest": lowest, "highest": highest}
        return ask(teller.connection, _CHARGED_BETWEEN, between)
    return teller.connection.execute(_CHARGED_IN, whose | {"numbers": sorted(numbers)}).all()


def _write(teller: Teller, gathered: Gathered) -> None:
    connection, gateway, incarnation = teller.connection, teller.gateway, teller.incarnation
    insert_many(connection, _INSERT_SALE, SALE, gathered.sales)
    insert_many(connection, _INSERT_REFUSAL, _REFUSAL, gathered.refusals)
    take_readings(teller, gathered.readings, gathered.believed)
    insert_many(connection, _INSERT_ANOMALY, _ANOMALY, gathered.anomalies)
    changed, spent_ml = sorted(gathered.changed), gathered.spent_ml
    spent = [(gateway, incarnation, number, spent_ml[number]) for number in changed]
    set_many(connection, grants, _GRANT_KEY, "spent_ml", spent)
    if more := [{"more_ml": ml, "of_subject": name} for name, ml in gathered.overrun_ml.items()]:
        connection.execute(_OVERRUN, more)
    drawn = [
        {"more_idr": idr, "of_department": whose, "of_year": int(year)}
        for (whose, year), idr in gathered.override_idr.items()
    ]
    if drawn:
        connection.execute(_OVERRIDDEN, drawn)
    if gathered.boot is not None:
        connection.execute(_BOOTED, {"of_gateway": gateway, "new_boot": gathered.boot})
