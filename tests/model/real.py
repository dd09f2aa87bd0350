"""A gateway of the model played by the real code: balance, grants, settle, completed, recovery.

The model writes one number where the ledger has entries. This keeps the entries and folds
them with the real rules; after each move both must say the same.
"""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec

from gateway.core.balance import Balance, apply
from gateway.core.chain import GENESIS
from gateway.core.facts import TYPE_OF, Charge, Fact, SaleCompleted
from gateway.core.grants import closed_with, expired, may_reserve, taken_up
from gateway.core.log import Entry
from gateway.core.open_session import OpenSession, add_charges
from gateway.core.recovery import close_estimated
from gateway.core.sale import completed
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, grant, session
from tests.model.states import Move, Side

UNIT_ML = 1000
WITA = ZoneInfo("Asia/Makassar")
PERIOD = "2026-11"
AFTER = "2026-12-01T00:00:00.000Z"


def subject(grant_no: int) -> str:
    """One for each grant: a fill of the model draws on a grant that it names."""
    return f"vehicle-{grant_no}"


@dataclass
class RealGateway:
    """The ledger's fold, the open row, and what memory has asked for."""

    balance: Balance = field(default_factory=lambda: Balance(WITA))
    row: OpenSession | None = None
    asked: list[Charge] = field(default_factory=list)
    entries: int = 0

    def follow(self, move: Move, before: Side) -> None:
        """Do for real what the model's gateway does in this move."""
        fill = before.gateway.fill
        if move.kind == "Grant arrives":
            volume_ml = before.minted[move.grant - 1].volume * UNIT_ML
            given = grant(move.grant, volume_ml, subject(move.grant))
            self.write(*taken_up(self.balance, [given], (), self.reserved))
        elif move.kind == "Recall arrives":
            self.write(*taken_up(self.balance, (), [move.grant], self.reserved))
        elif move.kind == "expire":
            over = expired(self.balance, AFTER, self.reserved, len(before.minted))
            (close,) = [one for one in over if one.grant_no == move.grant]
            self.write(close)
        elif move.kind in ("ask", "ask more"):
            more = self.balance.split(subject(move.grant), UNIT_ML, TIME, PERIOD, self.asked)
            self.asked = add_charges(self.asked, more)
        elif move.kind == "reserve":
            assert may_reserve(self.balance, self.asked, self.reserved, [])
            opened = session(1, *self.asked, metered_ml=fill.dispensed * UNIT_ML)
            self.row = msgspec.structs.replace(opened, subject=subject(move.grant))
        elif move.kind == "refuse":
            assert not may_reserve(self.balance, self.asked, self.reserved, [])
            self.asked = self.reserved
        elif move.kind == "hang":
            self.end(fill.dispensed * UNIT_ML)
        elif move.kind == "crash":
            self.asked = []
        elif move.kind == "start":
            self.recover()
        elif move.kind == "restore":
            self.balance, self.row, self.entries = Balance(WITA), None, 0

    def end(self, volume_ml: int) -> None:
        assert self.row is not None
        self.settle(
            completed(
                self.row,
                volume_ml,
                totaliser_start_ml=0,
                totaliser_end_ml=volume_ml,
                metered_ml=volume_ml,
                estimated=False,
                ended_by="nozzle_hung",
                offline=True,
                clock="good",
                boot=1,
                uptime_ms=1,
            )
        )
        self.asked = []

    def recover(self) -> None:
        if self.row is None:
            return
        facts = close_estimated(
            self.row, boot=2, uptime_ms=1, clock="good", counted=False, single_channel=False
        )
        self.settle(*facts)

    def settle(self, *facts: Fact) -> None:
        """The open row's end, with the close that may be due with it."""
        sold = [c for fact in facts if isinstance(fact, SaleCompleted) for c in fact.charges]
        self.write(*facts, *closed_with(self.balance, self.reserved, sold, []))
        self.row = None

    def write(self, *facts: Fact) -> None:
        for fact in facts:
            self.entries += 1
            entry = Entry(
                id=f"{INCARNATION}/{self.entries}",
                source=f"takar/{GATEWAY}",
                type=TYPE_OF[type(fact)],
                time=TIME,
                data=msgspec.to_builtins(fact),
                sequence=self.entries,
                prevhash=GENESIS,
            )
            self.balance = apply(self.balance, entry)

    @property
    def reserved(self) -> list[Charge]:
        """By the open row, as it is on disk."""
        return self.row.reserved if self.row is not None else []

    def spent_ml(self, grant_no: int) -> int:
        held = self.balance.grant(grant_no)
        assert held is not None, f"grant {grant_no} is not open"
        return held.spent_ml

    def remaining_ml(self, grant_no: int) -> int:
        return self.balance.remaining_ml(subject(grant_no), TIME, PERIOD, self.reserved)

    def overrun_ml(self, grant_no: int) -> int:
        return self.balance.account(subject(grant_no)).overrun_ml
