"""Grants as a ledger tells of them: never exceeded, never charged before or after their life."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.audit.tally import Tally
from gateway.core.balance import Balance
from gateway.core.facts import GrantActivated, GrantClosed, GrantReported, SaleCompleted

Wrong = Callable[[object, object], None]
"""Takes what was expected and what was found."""


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

    def differ_from(self, balance: Balance) -> Iterator[tuple[object, object]]:
        """What a checkpoint says otherwise: its word, and what the entries before it come to."""
        if balance.high_water != self.high_water:
            yield f"a high-water mark of {balance.high_water}", self.high_water
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
            if said.get(grant_no) != here.get(grant_no):
                yield _stands(grant_no, said.get(grant_no)), _stands(grant_no, here.get(grant_no))

    def activated(self, fact: GrantActivated, wrong: Wrong) -> None:
        if fact.grant_no <= self._high_water:
            wrong(
                f"a grant above {self._high_water}, the highest so far",
                f"grant {fact.grant_no} activated again",
            )
            return
        self._high_water = fact.grant_no
        self.lowest = self.lowest or fact.grant_no
        self._grants[fact.grant_no] = _Grant(fact.kind, fact.subject, fact.volume_ml)
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
            if grant.kind == "override" and sale.override_by is None:
                wrong(f"a supervisor's card with grant {grant_no} of the station", "none")
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
            self._tally.override_ml += volume_ml if grant.kind == "override" else 0
            self._tally.emergency_ml += volume_ml if grant.kind == "emergency" else 0
            if grant.spent_ml > grant.volume_ml:
                wrong(
                    f"at most {grant.volume_ml} ml of grant {grant_no}",
                    f"{grant.spent_ml} ml after this sale",
                )

    def reported(self, fact: GrantReported, wrong: Wrong) -> None:
        grant = self._grants.get(fact.grant_no)
        if grant is None:
            self._unknown(fact.grant_no, wrong)
        elif grant.closed or fact.spent_ml != grant.spent_ml:
            state = "closed" if grant.closed else f"{grant.spent_ml} ml spent"
            wrong(f"grant {fact.grant_no} reported as it stands, {state}", f"{fact.spent_ml} ml")
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
        if grant.kind == "vehicle":
            return grant.subject == sale.subject
        holder = sale.department if grant.kind == "emergency" else self._gateway
        return grant.subject == holder

    def _unknown(self, grant_no: int, wrong: Wrong) -> None:
        if self._whole or grant_no > self._high_water > 0:
            wrong("a grant that was activated before", f"grant {grant_no}, which never was")
        else:
            self._tally.unknown_grants += 1


def _stands(grant_no: int, held: tuple[int, int] | None) -> str:
    if held is None:
        return f"no open grant {grant_no}"
    return f"grant {grant_no} of {held[0]} ml with {held[1]} ml spent"
