"""Grants and open fills as the disk has them, where the ledger is written.

The control loop hears of each commit a little later. Whatever was decided meanwhile is judged
here once more, so that a recall and a reservation can never both win.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from gateway.core.accounts import Balance
from gateway.core.declaring import ended_by
from gateway.core.draws import Draw, Moment, split_up_to
from gateway.core.facts import (
    Charge,
    Fact,
    GrantActivated,
    GrantClosed,
    SaleCompleted,
    SaleReserved,
)
from gateway.core.grants import closed_with, expired, is_answered, may_reserve, taken_up
from gateway.core.log import Entry
from gateway.core.open_draw import OpenFill
from gateway.runtime.folded import Folded
from gateway.runtime.jobs import Timed
from gateway.runtime.wall import WallClock

EXPIRED_AT_ONCE = 50
"""Closed in one commit: the next reservation waits for it."""


class Superseded(Exception):
    """A reservation rests on grants that have been closed or recalled since it was worked out."""


class Holdings:
    """Lives in the writer's thread; `balance` is replaced, never changed in place."""

    def __init__(self, balance: Balance, rows: Iterable[OpenFill], wall: WallClock) -> None:
        self.balance = balance
        self.folded = Folded()
        self._rows = {row.pump: row for row in rows}
        self._wall = wall

    def commit(
        self,
        write: Callable[[list[Timed]], list[Entry]],
        facts: Sequence[Timed],
        *,
        put_session: OpenFill | None = None,
        drop_session: int | None = None,
    ) -> list[Entry]:
        """Let `write` make it durable, with the closes that follow from it in the same write.

        Superseded: not written; work the reservation out anew, after what was written before.
        """
        if put_session is not None:
            self._check(put_session)
        for fact, _ in facts:
            if isinstance(fact, SaleReserved):
                self._check_reserved(fact)
        entries = write([*facts, *self._closes(facts, drop_session)])
        self.balance = self.folded.first(self.balance, entries)
        if put_session is not None:
            self._rows[put_session.pump] = put_session
        if drop_session is not None:
            self._rows.pop(drop_session, None)
        return entries

    def taken_up(self, grants: Iterable[GrantActivated], recalled: Iterable[int]) -> list[Fact]:
        """What the ledger is to say of grants and recalls that have arrived."""
        return taken_up(self.balance, grants, frozenset(recalled), self._reserved())

    def is_answered(self, grant_no: int) -> bool:
        """A recall of this grant asks for nothing that is not in the ledger."""
        return is_answered(self.balance, grant_no)

    def expired(self) -> list[GrantClosed]:
        """A batch of closes of what has expired by central's word: whatever the clock here says,
        no grant ends before its time."""
        now = self._wall.at_least()
        if now is None:
            return []
        return expired(self.balance, now, self._reserved(), EXPIRED_AT_ONCE)

    def fills_began_at_ml(self) -> dict[int, int]:
        """By pump with an open fill: its totaliser when that began."""
        return {pump: row.totaliser_start_ml for pump, row in self._rows.items()}

    def split_up_to(self, draws: Sequence[Draw], volume_ml: int, moment: Moment) -> list[Charge]:
        """Of fuel that is gone already: as much of it as is held here and not reserved."""
        return split_up_to(self.balance, draws, volume_ml, moment, self._reserved())

    def _check(self, row: OpenFill) -> None:
        before = self._rows.get(row.pump)
        had = before.reserved if before is not None else []
        if not may_reserve(self.balance, row.reserved, had, self._reserved(but=row.pump)):
            raise Superseded

    def _check_reserved(self, fact: SaleReserved) -> None:
        if not may_reserve(self.balance, fact.reserved, [], self._reserved()):
            raise Superseded

    def _closes(self, facts: Sequence[Timed], dropped: int | None) -> list[Timed]:
        """Of recalled grants that nothing draws on any more."""
        row = self._rows.get(dropped) if dropped is not None else None
        ended = {*ended_by([fact for fact, _ in facts])}
        held = self.balance.reservations
        freed = [charge for sale in ended & held.keys() for charge in held[sale].reserved]
        freed += row.reserved if row is not None else []
        if not freed:
            return []
        sold = [
            charge
            for fact, _ in facts
            if isinstance(fact, SaleCompleted)
            for charge in fact.charges
        ]
        others = self._reserved(but=dropped, ended=ended)
        closes = closed_with(self.balance, freed, sold, others)
        now = self._wall.now()
        return [(close, now) for close in closes]

    def _reserved(self, but: int | None = None, ended: Collection[str] = ()) -> list[Charge]:
        """By all fills but that of a pump, and at third parties' but by these sales."""
        rows = [row.reserved for pump, row in self._rows.items() if pump != but]
        for sale, reserved in self.balance.reservations.items():
            if sale not in ended:
                rows.append(reserved.reserved)
        return [charge for row in rows for charge in row]
