"""Grants as a ledger tells of them: never exceeded, never charged before or after their life."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.audit.tally import Tally
from gateway.core.balance import Balance
from gateway.core.facts import GrantActivated, GrantClosed, GrantReported, SaleCompleted

Wrong = Callable[[object, object], None]
"""Takes what was expected and what was found."""


@dataclass(slots=True)
class _Grant:
    kind: str
    """Empty where a checkpoint does not tell."""
    subject: str
    department: str
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

    def begin_at(self, balance: Balance) -> None:
        """What a checkpoint says of grants; their departments it does not know."""
        self._whole = True
        self._high_water = balance.high_water
        for subject, account in balance.accounts.items():
            for held in account.grants:
                self._grants[held.grant_no] = _Grant("", subject, "", held.volume_ml, held.spent_ml)

    def activated(self, fact: GrantActivated, wrong: Wrong) -> None:
        if fact.grant_no <= self._high_water:
            wrong(
                f"a grant above {self._high_water}, the highest so far",
                f"grant {fact.grant_no} activated again",
            )
            return
        self._high_water = fact.grant_no
        self._grants[fact.grant_no] = _Grant(
            fact.kind, fact.subject, fact.department, fact.volume_ml
        )
        self._tally.grants += 1
        self._tally.granted_ml += fact.volume_ml

    def charged(self, sale: SaleCompleted, order: Wrong, wrong: Wrong) -> None:
        """`order` takes charges to grants that are closed or were never active."""
        for grant_no, volume_ml in ((one.grant_no, one.volume_ml) for one in sale.charges):
            grant = self._grants.get(grant_no)
            if grant is None:
                self._unknown(grant_no, order)
                continue
            if grant.closed:
                order(f"nothing of grant {grant_no}, which is closed", f"{volume_ml} ml charged")
            if not self._may_draw(grant, sale):
                wrong(
                    f"a sale to the holder of grant {grant_no}, {grant.subject}",
                    f"one to {sale.subject} of {sale.department}",
                )
            self._tally.grants_exceeded += (
                grant.spent_ml <= grant.volume_ml < grant.spent_ml + volume_ml
            )
            grant.spent_ml += volume_ml
            self._tally.spent_ml += volume_ml
            if grant.spent_ml > grant.volume_ml:
                wrong(
                    f"at most {grant.volume_ml} ml of grant {grant_no}",
                    f"{grant.spent_ml} ml after this sale",
                )

    def reported(self, fact: GrantReported, wrong: Wrong) -> None:
        grant = self._grants.get(fact.grant_no)
        if grant is None:
            self._unknown(fact.grant_no, wrong)
        elif fact.spent_ml + fact.reserved_ml > grant.volume_ml:
            wrong(
                f"at most {grant.volume_ml} ml of grant {fact.grant_no}",
                f"{fact.spent_ml} ml spent and {fact.reserved_ml} ml reserved",
            )

    def closed(self, fact: GrantClosed, wrong: Wrong) -> None:
        self._tally.closed += 1
        grant = self._grants.get(fact.grant_no)
        if fact.why == "never_held":
            if grant is not None or fact.spent_ml:
                wrong(f"grant {fact.grant_no} never held here", "its activation, or litres of it")
            self._high_water = max(self._high_water, fact.grant_no)
        elif grant is None:
            self._unknown(fact.grant_no, wrong)
        else:
            if grant.closed:
                wrong(f"grant {fact.grant_no} closed once", "closed again")
            if grant.spent_ml != fact.spent_ml:
                wrong(
                    f"grant {fact.grant_no} closed at what sales took, {grant.spent_ml} ml",
                    f"{fact.spent_ml} ml",
                )
            grant.closed = True

    def _may_draw(self, grant: _Grant, sale: SaleCompleted) -> bool:
        if not grant.kind:
            return True
        if grant.kind == "vehicle":
            return grant.subject == sale.subject
        holder = sale.department if grant.kind == "emergency" else self._gateway
        return grant.subject == holder

    def _unknown(self, grant_no: int, wrong: Wrong) -> None:
        if self._whole or grant_no > self._high_water > 0:
            wrong("a grant that was activated before", f"grant {grant_no}, which never was")
        else:
            self._tally.unknown_grants += 1
