"""Third parties' pumps as a ledger tells of them: every tap's reservation is covered by its grants
until it ends once, by a sale that takes from it first, or by a cancellation; each receipt once."""

from gateway.audit.grants import Grants
from gateway.audit.numbers import Numbers
from gateway.audit.problems import Wrong
from gateway.audit.tally import Tally
from gateway.core.balance import Balance
from gateway.core.declaring import MOST_RECEIPTS, receipt_of, row_of
from gateway.core.facts import (
    Fact,
    GrantClosed,
    SaleCancelled,
    SaleCompleted,
    SaleDeclared,
    SaleReserved,
)
from gateway.core.facts.declared import DECLARED_MODE
from gateway.core.open_session import settle

_TAKEN = frozenset({SaleReserved, SaleCompleted, SaleDeclared, SaleCancelled, GrantClosed})
_OF_THE_TAP = (
    *("pump", "card", "subject", "department", "product", "price_idr_per_l", "price_version"),
    *("started", "override_by", "driver", "meter"),
)
"""What a sale must say as its reservation did."""


class Declarations:
    """Of one history. Holds its receipts: they are few."""

    def __init__(self, tally: Tally, grants: Grants, *, whole: bool) -> None:
        """`grants` have taken each entry before this has."""
        self._tally = tally
        self._grants = grants
        self._whole = whole
        self._numbers = Numbers()
        self._open: dict[str, SaleReserved] = {}
        self._ended: SaleReserved | None = None
        """By the sale in the entry before."""
        self._receipts: dict[str, int] = {}

    def begin_at(self, balance: Balance) -> None:
        """What a checkpoint says."""
        self._whole = True
        self._open, self._receipts = dict(balance.reservations), dict(balance.receipts)

    def compare(self, balance: Balance, wrong: Wrong) -> None:
        """What a checkpoint says, with what the entries before it come to."""
        held = balance.reservations
        for sale in sorted(held.keys() | self._open.keys()):
            if held.get(sale) != self._open.get(sale):
                wrong("reservation_differs", sale=sale)
        newest = sorted(self._receipts.items(), key=lambda one: one[1])[-MOST_RECEIPTS:]
        for receipt, _ in sorted(set(newest) ^ set(balance.receipts.items())):
            wrong("receipt_differs", receipt=receipt)

    def take(self, fact: Fact, sequence: int, wrong: Wrong) -> None:
        """Every entry, in order."""
        ended, self._ended = self._ended, None
        if type(fact) not in _TAKEN:
            return
        match fact:
            case SaleReserved():
                if not self._numbers.add(int(fact.sale.partition("-")[2])):
                    wrong("reserved_twice", sale=fact.sale)
                self._open[fact.sale] = fact
                self._look_at({charge.grant_no for charge in fact.reserved}, wrong)
            case SaleCompleted():
                if fact.mode == DECLARED_MODE:
                    self._sold(fact, wrong)
                self._look_at({charge.grant_no for charge in fact.charges}, wrong)
            case SaleDeclared():
                self._declared(fact, ended, sequence, wrong)
            case SaleCancelled():
                self._cancelled(fact, wrong)
            case GrantClosed() if fact.why != "never_held" and self._reserved_ml(fact.grant_no):
                wrong("closed_reserved", grant=fact.grant_no)
            case _:
                pass

    def close(self) -> None:
        """After the last entry: what is still open."""
        self._tally.undeclared += len(self._open)
        self._tally.undeclared_ml += sum(one.reserved_ml for one in self._open.values())

    def _sold(self, sale: SaleCompleted, wrong: Wrong) -> None:
        reserved = self._ended = self._open.pop(sale.sale, None)
        if reserved is None:
            if self._whole:
                wrong("declared_unreserved", sale=sale.sale)
            return
        row = row_of(reserved)
        if any(getattr(sale, name) != getattr(row, name) for name in _OF_THE_TAP):
            wrong("declared_other", sale=sale.sale)
        from_it, _ = settle(reserved.reserved, sale.volume_ml)
        taken = {charge.grant_no: charge.volume_ml for charge in sale.charges}
        beyond = sale.volume_ml > reserved.reserved_ml
        wanted = {charge.grant_no: charge.volume_ml for charge in from_it}
        first = all(taken.get(grant_no, 0) >= ml for grant_no, ml in wanted.items())
        if not first or (not beyond and taken != wanted):
            wrong("declared_charges", sale=sale.sale)

    def _declared(
        self, fact: SaleDeclared, reserved: SaleReserved | None, sequence: int, wrong: Wrong
    ) -> None:
        said = fact.station, fact.reserved_ml
        if reserved is not None and said != (reserved.station, reserved.reserved_ml):
            wrong("declared_other", sale=fact.sale)
        self._tally.beyond_ml += max(0, fact.volume_ml - fact.reserved_ml)
        receipt = receipt_of(fact.station, fact.receipt_no)
        if receipt in self._receipts:
            wrong("receipt_twice", receipt=receipt)
        self._receipts.setdefault(receipt, sequence)

    def _cancelled(self, fact: SaleCancelled, wrong: Wrong) -> None:
        reserved = self._open.pop(fact.sale, None)
        if reserved is None:
            if self._whole:
                wrong("cancelled_unreserved", sale=fact.sale)
            return
        said = fact.pump, fact.station, fact.subject, fact.reserved_ml
        if said != (reserved.pump, reserved.station, reserved.subject, reserved.reserved_ml):
            wrong("cancelled_other", sale=fact.sale)

    def _look_at(self, grants: set[int], wrong: Wrong) -> None:
        """What is reserved of a grant is still there."""
        if not self._open:
            return
        for grant_no in sorted(grants):
            reserved_ml, left_ml = self._reserved_ml(grant_no), self._grants.left_ml(grant_no)
            if reserved_ml and left_ml is not None and reserved_ml > left_ml:
                wrong("reserved_exceeds", grant=grant_no, left=left_ml, reserved=reserved_ml)

    def _reserved_ml(self, grant_no: int) -> int:
        return sum(
            charge.volume_ml
            for one in self._open.values()
            for charge in one.reserved
            if charge.grant_no == grant_no
        )
