"""Grants as a ledger tells of them: never exceeded, never charged before or after their life."""

from dataclasses import dataclass

from gateway.audit.problems import Wrong
from gateway.audit.tally import Tally
from gateway.core.balance import Balance
from gateway.core.facts import (
    GrantActivated,
    GrantClosed,
    GrantReported,
    GrantsSkipped,
    SaleCompleted,
    SaleCorrected,
)


@dataclass(slots=True)
class _Grant:
    kind: str
    subject: str
    volume_ml: int
    spent_ml: int = 0
    closed: bool = False


class Grants:
    """The grants of one history. Grows with them, not with entries."""

    def __init__(self, gateway: str, tally: Tally, *, whole: bool) -> None:
        """`whole`: the history begins at entry 1, so every grant is in it."""
        self._gateway = gateway
        self._tally = tally
        self._whole = whole
        self._grants: dict[int, _Grant] = {}
        self._high_water = 0
        self.lowest: int | None = None
        """The first that is activated here; all after it have higher numbers."""

    @property
    def high_water(self) -> int:
        """Highest grant ever activated, or closed unheld."""
        return self._high_water

    def left_ml(self, grant_no: int) -> int | None:
        """What sales have not taken of a grant; of a closed one nothing is left. None where
        nothing is known of it."""
        grant = self._grants.get(grant_no)
        if grant is None:
            return None
        return 0 if grant.closed else grant.volume_ml - grant.spent_ml

    def begin_at(self, balance: Balance) -> None:
        """What a checkpoint says of grants. Of closed ones it knows the high-water mark."""
        self._whole = True
        self._high_water = balance.high_water
        for name, account in balance.accounts.items():
            kind, between, holder = name.partition("/")
            if not between:
                kind, holder = "vehicle", name
            for held in account.grants:
                self._grants[held.grant_no] = _Grant(kind, holder, held.volume_ml, held.spent_ml)

    def compare(self, balance: Balance, wrong: Wrong) -> None:
        """What a checkpoint says, with what the entries before it come to."""
        if balance.high_water != self.high_water:
            wrong("high_water", expected=balance.high_water, found=self.high_water)
        said = {
            held.grant_no: (held.volume_ml, held.spent_ml)
            for account in balance.accounts.values()
            for held in account.grants
        }
        here = {
            grant_no: (grant.volume_ml, grant.spent_ml)
            for grant_no, grant in self._grants.items()
            if not grant.closed
        }
        for grant_no in sorted(said.keys() | here.keys()):
            _compare(grant_no, said.get(grant_no), here.get(grant_no), wrong)

    def activated(self, fact: GrantActivated, wrong: Wrong) -> None:
        if fact.grant_no <= self._high_water:
            wrong("grant_order", highest=self._high_water, grant=fact.grant_no)
            return
        self._high_water = fact.grant_no
        self.lowest = self.lowest or fact.grant_no
        self._grants[fact.grant_no] = _Grant(fact.kind, fact.subject, fact.volume_ml)
        self._tally.grants += 1
        self._tally.granted_ml += fact.volume_ml

    def station_ml(self, sale: SaleCompleted) -> int:
        """What it was charged to the station's own grants."""
        return sum(
            one.volume_ml
            for one in sale.charges
            if one.grant_no in self._grants and self._grants[one.grant_no].kind == "override"
        )

    def charged(self, sale: SaleCompleted, order: Wrong, wrong: Wrong) -> None:
        """`order` takes charges to grants that are closed or were never active."""
        for grant_no, volume_ml in ((one.grant_no, one.volume_ml) for one in sale.charges):
            grant = self._grants.get(grant_no)
            if grant is None:
                self._unknown(grant_no, order)
                continue
            if grant.closed:
                order("grant_after_close", grant=grant_no, volume=volume_ml)
            if grant.kind == "override" and sale.override_by is None:
                wrong("grant_without_card", grant=grant_no)
            if not self._may_draw(grant, sale):
                wrong(
                    "grant_holder",
                    grant=grant_no,
                    holder=grant.subject,
                    subject=sale.subject,
                    department=sale.department,
                )
            self._tally.grants_exceeded += (
                grant.spent_ml <= grant.volume_ml < grant.spent_ml + volume_ml
            )
            grant.spent_ml += volume_ml
            self._tally.spent_ml += volume_ml
            self._tally.override_ml += volume_ml if grant.kind == "override" else 0
            self._tally.emergency_ml += volume_ml if grant.kind == "emergency" else 0
            if grant.spent_ml > grant.volume_ml:
                volume_ml, spent_ml = grant.volume_ml, grant.spent_ml
                wrong("grant_exceeded", grant=grant_no, volume=volume_ml, spent=spent_ml)

    def returned(self, fact: SaleCorrected, wrong: Wrong) -> None:
        """Less was taken than a sale said. What is closed stays as it was closed."""
        for grant_no, volume_ml in ((one.grant_no, one.volume_ml) for one in fact.returned):
            grant = self._grants.get(grant_no)
            if grant is None:
                self._unknown(grant_no, wrong)
            elif not grant.closed:
                grant.spent_ml -= volume_ml
                self._tally.spent_ml -= volume_ml
                self._tally.override_ml -= volume_ml if grant.kind == "override" else 0
                self._tally.emergency_ml -= volume_ml if grant.kind == "emergency" else 0

    def reported(self, fact: GrantReported, wrong: Wrong) -> None:
        grant = self._grants.get(fact.grant_no)
        if grant is None:
            self._unknown(fact.grant_no, wrong)
        elif grant.closed:
            wrong("report_closed", grant=fact.grant_no, found=fact.spent_ml)
        elif fact.spent_ml != grant.spent_ml:
            spent_ml = grant.spent_ml
            wrong("report_spent", grant=fact.grant_no, spent=spent_ml, found=fact.spent_ml)
        elif fact.spent_ml + fact.reserved_ml > grant.volume_ml:
            wrong(
                "report_exceeded",
                grant=fact.grant_no,
                volume=grant.volume_ml,
                spent=fact.spent_ml,
                reserved=fact.reserved_ml,
            )

    def closed(self, fact: GrantClosed, wrong: Wrong) -> None:
        self._tally.closed += 1
        grant = self._grants.get(fact.grant_no)
        if fact.why == "never_held":
            if grant is not None or fact.spent_ml:
                wrong("never_held", grant=fact.grant_no)
            self._high_water = max(self._high_water, fact.grant_no)
        elif grant is None:
            self._unknown(fact.grant_no, wrong)
        else:
            if grant.closed:
                wrong("closed_twice", grant=fact.grant_no)
            if grant.spent_ml != fact.spent_ml:
                spent_ml = grant.spent_ml
                wrong("closed_spent", grant=fact.grant_no, spent=spent_ml, found=fact.spent_ml)
            grant.closed = True

    def skipped(self, fact: GrantsSkipped, wrong: Wrong) -> None:
        for grant_no in sorted(self._grants):
            if fact.first <= grant_no <= fact.last:
                wrong("never_held", grant=grant_no)
        self._high_water = max(self._high_water, fact.last)

    def _may_draw(self, grant: _Grant, sale: SaleCompleted) -> bool:
        if grant.kind == "vehicle":
            return grant.subject == sale.subject
        holder = sale.department if grant.kind == "emergency" else self._gateway
        return grant.subject == holder

    def _unknown(self, grant_no: int, wrong: Wrong) -> None:
        if self._whole or grant_no > self._high_water > 0:
            wrong("grant_unknown", grant=grant_no)
        else:
            self._tally.unknown_grants += 1


def _compare(
    grant_no: int, said: tuple[int, int] | None, here: tuple[int, int] | None, wrong: Wrong
) -> None:
    """Volume and litres spent of an open grant; None where it is not open."""
    if said == here:
        return
    if said is None and here is not None:
        wrong("grant_extra", grant=grant_no, volume=here[0], spent=here[1])
    elif said is not None and here is None:
        wrong("grant_absent", grant=grant_no, volume=said[0], spent=said[1])
    elif said is not None and here is not None:
        wrong(
            "grant_differs",
            grant=grant_no,
            volume=said[0],
            spent=said[1],
            volume_here=here[0],
            spent_here=here[1],
        )
