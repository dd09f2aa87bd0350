"""The sales of one history: is each counted once, and does its money follow from its volume?"""

from gateway.audit.numbers import Numbers
from gateway.audit.problems import Wrong
from gateway.audit.tally import Sold, Tally
from gateway.core.facts import SaleCompleted, SaleCorrected
from gateway.core.units import amount_idr


class Sales:
    def __init__(self, tally: Tally, incarnation: str) -> None:
        self._tally = tally
        self._incarnation = incarnation
        self._numbers = Numbers()
        self._estimated: dict[int, SaleCompleted] = {}
        """By pump, the newest fill: while it is an estimate, a reading may correct it."""
        self._prices: dict[tuple[str, int], int] = {}

    def sold(self, sale: SaleCompleted, boot: int, odd: Wrong) -> None:
        """`boot`: the newest that the ledger has said; 0 before any."""
        tally = self._tally
        sold = tally.sold.setdefault(sale.product, Sold())
        sold.fills += 1
        sold.volume_ml += sale.volume_ml
        sold.amount_idr += sale.amount_idr
        tally.overrun_ml += sale.overrun_ml
        if sale.estimated:
            tally.estimated_fills += 1
            tally.estimated_ml += sale.volume_ml
            tally.unmetered_ml += max(0, sale.volume_ml - sale.metered_ml)
        incarnation, _, number = sale.sale.partition("-")
        if incarnation != self._incarnation:
            odd("sale_elsewhere", incarnation=self._incarnation, sale=sale.sale)
        elif not self._numbers.add(int(number)):
            odd("sale_twice", sale=sale.sale)
        charged_ml = sum(charge.volume_ml for charge in sale.charges) + sale.overrun_ml
        if charged_ml != sale.volume_ml:
            odd("sale_charges", sold=sale.volume_ml, charged=charged_ml)
        amount = amount_idr(sale.volume_ml, sale.price_idr_per_l)
        if sale.amount_idr != amount:
            odd("sale_amount", expected=amount, volume=sale.volume_ml, found=sale.amount_idr)
        price = self._prices.setdefault((sale.product, sale.price_version), sale.price_idr_per_l)
        if sale.price_idr_per_l != price:
            odd(
                "sale_price",
                expected=price,
                product=sale.product,
                version=sale.price_version,
                found=sale.price_idr_per_l,
            )
        if boot and sale.boot != boot:
            odd("sale_boot", expected=boot, found=sale.boot)
        self._estimated[sale.pump] = sale

    def corrected(self, fact: SaleCorrected, odd: Wrong, *, whole: bool) -> SaleCompleted | None:
        """The estimate that it corrects; None where it must not, or that is not at hand.

        `whole`: nothing that it could correct is missing."""
        sale = self._estimated.pop(fact.pump, None)
        if sale is None and not whole:
            return None
        returned_ml = sum(charge.volume_ml for charge in fact.returned)
        sums = fact.volume_ml + returned_ml, fact.returned_ml
        if (
            sale is None
            or not sale.estimated
            or sale.sale != fact.sale
            or sums != (sale.volume_ml, returned_ml)
            or fact.volume_ml < sale.metered_ml
            or fact.amount_idr != amount_idr(fact.volume_ml, sale.price_idr_per_l)
        ):
            odd("sale_corrected", sale=fact.sale, volume=fact.volume_ml)
            return None
        tally, sold = self._tally, self._tally.sold[sale.product]
        sold.volume_ml -= returned_ml
        sold.amount_idr -= sale.amount_idr - fact.amount_idr
        tally.estimated_fills -= 1
        tally.estimated_ml -= sale.volume_ml
        tally.unmetered_ml -= max(0, sale.volume_ml - sale.metered_ml)
        return sale
