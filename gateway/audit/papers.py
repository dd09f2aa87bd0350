"""What people say of fuel that no meter of ours counted: paper vouchers, each number once, and
receipts; each with the sale that charges it in the entry before."""

from gateway.audit.problems import Wrong
from gateway.audit.tally import Tally
from gateway.core.facts import Fact, SaleCompleted, SaleDeclared, VoucherEntered
from gateway.core.facts.declared import DECLARED_MODE
from gateway.core.facts.vouchers import VOUCHER_MODE
from gateway.core.paper_number import paper_number

_TAKEN = frozenset({SaleCompleted, SaleDeclared, VoucherEntered})
"""The facts that papers are about: nearly all others are passed over at once."""


class Papers:
    """Of one history. Holds the vouchers' numbers: they are few."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._serials: set[str] = set()
        self._sale: SaleCompleted | None = None
        """In the entry before, if a paper belongs to it."""

    def begin_at(self, serials: set[str]) -> None:
        """What a checkpoint says was entered before."""
        self._serials = serials

    def compare(self, serials: set[str], wrong: Wrong) -> None:
        """What a checkpoint says, with what was entered here."""
        for serial in sorted(serials ^ self._serials):
            wrong("voucher_differs", serial=serial)

    def take(self, fact: Fact, wrong: Wrong) -> None:
        """Every entry, in order."""
        sale, self._sale = self._sale, None
        if sale is None and type(fact) not in _TAKEN:
            return
        if isinstance(fact, VoucherEntered):
            self._entered(fact, sale, wrong)
        elif isinstance(fact, SaleDeclared):
            said = fact.sale, fact.pump, fact.subject, fact.volume_ml, fact.started
            if said != _of(sale, DECLARED_MODE):
                wrong("declared_sale", receipt=fact.receipt_no, sale=fact.sale)
        elif sale is not None:
            wrong("paper_missing", sale=sale.sale)
        if isinstance(fact, SaleCompleted) and fact.mode in (VOUCHER_MODE, DECLARED_MODE):
            self._sale = fact

    def _entered(self, fact: VoucherEntered, sale: SaleCompleted | None, wrong: Wrong) -> None:
        self._tally.vouchers += 1
        self._tally.vouchered_ml += fact.volume_ml
        number = paper_number(fact.serial)
        if number in self._serials:
            wrong("voucher_twice", serial=fact.serial)
        self._serials.add(number)
        said = fact.sale, fact.pump, fact.subject, fact.volume_ml, fact.sold
        if said != _of(sale, VOUCHER_MODE):
            wrong("voucher_sale", serial=fact.serial, sale=fact.sale)


def _of(sale: SaleCompleted | None, mode: str) -> tuple[str, int, str, int, str] | None:
    """What its paper must say; None where that is not the sale of one of this kind."""
    if sale is None or sale.mode != mode:
        return None
    return sale.sale, sale.pump, sale.subject, sale.volume_ml, sale.started
