"""A sale's receipt in words, for a strip of paper."""

from collections.abc import Iterator
from typing import Literal

from gateway.console.names import Names
from gateway.console.words import Words
from gateway.core.facts import SaleDeclared, VoucherEntered
from gateway.core.finding import FindingCode, finding_code
from gateway.paper.sold import Sold
from hardware.receipt_printer.slip import Line, Pair, Rule, Slip, Text

Mark = Literal["receipt_copy", "receipt_preview"]
"""What is written above all but the first of a sale."""
SHOWN_OF_UID = 4
"""Whoever knows all of a UID can make a card of it."""


def code_of(sold: Sold) -> FindingCode:
    entry = sold.entry
    return finding_code(entry.source.removeprefix("takar/"), entry.sequence, entry.hash)


def make_receipt(
    sold: Sold,
    t: Words,
    *,
    names: Names,
    mark: Mark | None = None,
    heading: str | None = None,
    left_ml: int | None = None,
) -> Slip:
    """`mark`: it is not the only one. `left_ml`: what is left of the quota, where that is to be
    said."""
    code = code_of(sold)
    return Slip(
        lines=[
            *([Text(heading, strong=True)] if heading else []),
            Text(code.gateway, strong=heading is None),
            *([Text(t(mark), strong=True)] if mark else []),
            Rule(),
            *_who(sold, t, names),
            Rule(),
            *_how_much(sold, t),
            *_doubts(sold, t),
            *([Pair(t("receipt_left"), t.litres(left_ml))] if left_ml is not None else []),
            Rule(),
            *_by_whom(sold, t, names),
        ],
        qr=str(code),
        foot=[Text(str(code), strong=True), Text(t("receipt_code"))],
    )


def _who(sold: Sold, t: Words, names: Names) -> Iterator[Line]:
    sale = sold.sale
    yield Pair(t("time"), t.stamp(sale.started))
    yield Pair(t("plate"), names.plate(sale.subject))
    yield Pair(t("receipt_department"), t.name(sale.department))
    if sale.meter is not None:
        reading = sale.meter.reading
        hours, tenths = divmod(reading, 10)
        shown = (
            t("receipt_km", reading=t.whole(reading))
            if sale.meter.unit == "km"
            else t("receipt_hours", hours=t.whole(hours), tenths=str(tenths))
        )
        yield Pair(t("receipt_meter"), shown)


def _how_much(sold: Sold, t: Words) -> Iterator[Line]:
    sale = sold.sale
    yield Pair(t("pump"), str(sale.pump))
    yield Pair(t("product"), sale.product.capitalize())
    yield Pair(t("volume"), t.litres(sale.volume_ml, 3))
    yield Pair(t("sheet_price"), t.rupiah(sale.price_idr_per_l))
    yield Pair(t("receipt_amount"), t.rupiah(sale.amount_idr), strong=True)
    if sold.corrected is not None:
        yield Text(t("receipt_corrected"), strong=True)
        yield Pair(t("volume"), t.litres(sold.corrected.volume_ml, 3))
        yield Pair(t("receipt_amount"), t.rupiah(sold.corrected.amount_idr), strong=True)


def _doubts(sold: Sold, t: Words) -> Iterator[Line]:
    """What a meter of ours has not counted to its end."""
    if sold.sale.estimated:
        yield Text(t("receipt_estimated"))
    if isinstance(sold.paper, SaleDeclared):
        yield Text(t("receipt_declared"))
        yield Pair(t("receipt_station"), t.name(sold.paper.station))
        yield Pair(t("receipt_number"), sold.paper.receipt_no)
    elif isinstance(sold.paper, VoucherEntered):
        yield Text(t("receipt_voucher"))
        yield Pair(t("receipt_serial"), sold.paper.serial)


def _by_whom(sold: Sold, t: Words, names: Names) -> Iterator[Line]:
    if sold.attendant is not None:
        yield Pair(t("receipt_attendant"), sold.attendant)
    if isinstance(sold.paper, VoucherEntered):
        yield Pair(t("receipt_entered"), sold.paper.by)
    elif isinstance(sold.paper, SaleDeclared):
        both = {sold.paper.first_by, sold.paper.second_by}
        yield Pair(t("receipt_entered"), ", ".join(sorted(both)))
    uid = sold.sale.override_by
    if uid is not None:
        card = t("receipt_card", end=uid[-SHOWN_OF_UID:])
        yield Pair(t("receipt_supervisor"), names.people.get(uid, card))
    if sold.override is not None and sold.override.reason is not None:
        reason, text = sold.override.reason, sold.override.text
        yield Pair(t("sheet_reason"), text if reason == "other" else t(f"reason_{reason}"))
