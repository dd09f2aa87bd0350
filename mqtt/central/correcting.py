"""Counter-entries to estimated sales: what a later reading of a co-processor proves."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from gateway.core.facts import SaleCorrected
from mqtt.central.pieces import Told
from mqtt.central.report_tables import sales
from mqtt.central.tables import budgets, grants
from mqtt.central.teller import Teller

_ESTIMATED = select(
    sales.c.volume_ml,
    sales.c.estimated,
    sales.c.department,
    sales.c.period,
    sales.c.price_idr_per_l,
    sales.c.amount_idr,
).where(sales.c.gateway == bindparam("of_gateway"), sales.c.sale == bindparam("of_sale"))
_THIS = (
    (grants.c.gateway == bindparam("of_gateway"))
    & (grants.c.incarnation == bindparam("of_incarnation"))
    & (grants.c.grant_no == bindparam("of_grant_no"))
)
_CHARGED = select(grants.c.kind, grants.c.spent_ml, grants.c.closed_ml).where(_THIS)
_RETURN = update(grants).where(_THIS).values(spent_ml=grants.c.spent_ml - bindparam("back_ml"))


def corrections(
    teller: Teller, read: Sequence[Told], *, history: bool
) -> list[tuple[str, str, int, str]]:
    """Take them one after the other; returns what is odd about which entry."""
    whose = teller.gateway, teller.incarnation
    found = []
    for told in read:
        fact = told.fact
        odd = take_correction(teller, fact, history=history) if type(fact) is SaleCorrected else []
        if odd:
            found.append((*whose, told.sequence, "; ".join(odd)))
    return found


def take_correction(teller: Teller, fact: SaleCorrected, *, history: bool) -> list[str]:
    """The sale becomes what was counted. Litres go back to grants that are open, unless they are
    of an incarnation that has ended (`history`). Returns what is odd, or waits for a person."""
    connection = teller.connection
    whose = {"of_gateway": teller.gateway, "of_sale": fact.sale}
    sale = connection.execute(_ESTIMATED, whose).first()
    returned_ml = sum(charge.volume_ml for charge in fact.returned)
    if sale is None:
        return [f"corrects sale {fact.sale}, which is not known"]
    if not sale.estimated or (sale.volume_ml, fact.returned_ml) != (
        fact.volume_ml + returned_ml,
        returned_ml,
    ):
        return [
            f"corrects sale {fact.sale} of {sale.volume_ml} ml to {fact.volume_ml} ml and returns "
            f"{returned_ml} ml; not counted"
        ]
    drawn_ml = {"vehicle": 0, "override": 0, "emergency": 0}
    odd = []
    for number, volume_ml in ((one.grant_no, one.volume_ml) for one in fact.returned):
        this = {
            "of_gateway": teller.gateway,
            "of_incarnation": teller.incarnation,
            "of_grant_no": number,
        }
        grant = connection.execute(_CHARGED, this).first()
        if grant is None or grant.spent_ml < volume_ml:
            odd.append(f"returns {volume_ml} ml to grant {number}, which was never charged that")
            continue
        drawn_ml[grant.kind] += volume_ml
        if grant.closed_ml is not None or history:
            odd.append(
                f"returns {volume_ml} ml to grant {number}, which is closed: a person may return "
                "them with takar grants return"
            )
            continue
        connection.execute(_RETURN, {**this, "back_ml": volume_ml})
    connection.execute(
        update(sales)
        .where(sales.c.gateway == teller.gateway, sales.c.sale == fact.sale)
        .values(
            volume_ml=fact.volume_ml,
            amount_idr=fact.amount_idr,
            override_ml=sales.c.override_ml - drawn_ml["override"],
            emergency_ml=sales.c.emergency_ml - drawn_ml["emergency"],
            estimated=False,
        )
    )
    if drawn_ml["override"]:
        less_idr = (sale.amount_idr - fact.amount_idr) * drawn_ml["override"] // returned_ml
        connection.execute(
            update(budgets)
            .where(
                budgets.c.department == sale.department,
                budgets.c.year == int(sale.period[:4] or 0),
            )
            .values(override_idr=budgets.c.override_idr - less_idr)
        )
    return odd
