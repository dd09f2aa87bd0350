"""Books over a real ledger and cache, and desks that only listen."""

from dataclasses import replace
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core import actions as a
from gateway.core.allocation import Directive, PutSubject
from gateway.core.balance import Balance, fold
from gateway.core.decision import Allowed, Question
from gateway.core.events import Event
from gateway.core.facts import SaleCompleted
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Reason
from gateway.core.session import Fill
from gateway.runtime.asking import Asking
from gateway.runtime.books import Books
from gateway.runtime.desk import Desk
from gateway.runtime.holdings import Holdings
from gateway.runtime.keeper import Keeper
from gateway.runtime.till import Till
from gateway.runtime.vouching import Vouch, at_once
from gateway.store.allocation import Allocation
from gateway.store.ledger import Ledger
from tests.gateway.runtime.devices import HandClock, HandUnit, hand_wall
from tests.gateway.runtime.samples import (
    CITY,
    OTHER,
    PRICE,
    RULES,
    UID,
    directives,
    grant,
)
from tests.gateway.runtime.writing import Writing
from tests.gateway.store.samples import GATEWAY, INCARNATION, SUBJECT, TIME


class Listener(Desk):
    """A desk that writes down what it is told, and does nothing."""

    def __init__(self, number: int, clock: HandClock, till: Till) -> None:
        rules = replace(RULES, pump=number)
        super().__init__(rules, HandUnit(clock).unit, clock, till, 100_000_000)
        self.heard: list[Event] = []

    def take(self, event: Event) -> None:
        self.heard.append(event)

    follow = take

    def count(self, pulses: int) -> None:
        self.session = msgspec.structs.replace(
            self.session, pulses_total=self.session.pulses_total + pulses
        )


class Office:
    """Books over a real ledger and cache, with two pumps."""

    def __init__(self, folder: Path, writing: Writing) -> None:
        private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.clock = HandClock()
        self.wall = hand_wall(self.clock)
        self.folder = folder
        self.ledger = Ledger.create(
            folder / "ledger.sqlite3", private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1
        )
        Allocation.create(folder / "allocation.json", self.ledger.seals)
        self.allocation = Allocation.open(folder / "allocation.json", self.ledger.seals)
        self.writing = writing
        self.questions: list[Question] = []
        self.vouch: Vouch = at_once

    def open(
        self, *more: Directive, free_floor_bytes: int = 1, sold: list[SaleCompleted] | None = None
    ) -> Books:
        """With a grant of 40 L for the first car, and what `more` says; `sold` before this boot."""
        given = directives(*CITY, grant(1), *more)
        self.allocation.apply(given)
        grants = [one.activation for one in self.allocation.grants_after(0)]
        self.ledger.commit([(fact, TIME) for fact in [*grants, *(sold or [])]])
        balance = fold(Balance(self.wall.zone), self.ledger.every_entry())
        self.books = Books(
            gateway=GATEWAY,
            balance=balance,
            allocation=self.allocation,
            wall=self.wall,
            clock=self.clock,
            head=self.ledger.head.sequence,
            state_dir=self.folder,
            free_floor_bytes=free_floor_bytes,
            products={1: "pertamax", 2: "pertamax"},
        )
        self.holdings = Holdings(balance, self.ledger.open_sessions(), self.wall)
        self.keeper: Keeper = self.writing.keeper(
            self.ledger,
            self.books.committed,
            holdings=self.holdings,
            retry_s=0.001,
            blocked=lambda code: self.blocked(code),
        )
        self.asking = Asking(self.books, self.keeper, self.wall, self.clock)
        self.till = Till(
            self.books,
            self.keeper,
            asking=self.asking,
            wall=self.wall,
            clock=self.clock,
            incarnation=INCARNATION,
            boot=2,
            next_session_no=self.ledger.next_session_no,
            vouch=lambda done, failed: self.vouch(done, failed),
        )
        self.desk, self.second = (Listener(n, self.clock, self.till) for n in (1, 2))
        return self.books

    def blocked(self, code: Reason | None) -> None:
        self.books.stoppage.store_blocked(code)

    def settle(self) -> None:
        self.writing.settle(self.keeper)

    def fill(self, stop_ml: int = 20_000, uid: str = UID) -> Fill:
        subject = self.allocation.subject(SUBJECT if uid == UID else OTHER)
        assert subject is not None
        allowed = self.allowed(subject, stop_ml, uid)
        return Fill(allowed, self.desk.session.pulses_total, self.clock.now_ns)

    def allowed(self, subject: PutSubject, stop_ml: int = 20_000, uid: str = UID) -> Allowed:
        card = self.allocation.card(uid)
        assert card is not None
        return Allowed(card, subject, PRICE, stop_ml, Reason.LIMIT_FILL, 40_000)

    def reserve(self, fill: Fill, reserved_ml: int, metered_ml: int = 0) -> None:
        self.till.reserve(self.desk, a.Reserve(fill, reserved_ml, metered_ml))
        self.settle()

    def sell(self, fill: Fill, volume_ml: int, ended_by: str = "nozzle_hung") -> SaleCompleted:
        """Pulses flow and the sale is recorded; what the ledger then says of it."""
        self.desk.count(volume_ml // 10)
        ended = msgspec.structs.replace(
            fill, opened=True, end_pulses=self.desk.session.pulses_total
        )
        self.till.record_sale(self.desk, a.RecordSale(ended, volume_ml, ended_by))
        self.settle()
        return self.sales[-1]

    @property
    def sales(self) -> list[SaleCompleted]:
        entries = self.ledger.every_entry()
        return [
            msgspec.convert(e.data, SaleCompleted) for e in entries if e.type == "sale.completed"
        ]

    @property
    def rows(self) -> dict[int, OpenSession]:
        """As they are on disk."""
        return {
            row.pump: row for row in self.ledger.open_sessions() if isinstance(row, OpenSession)
        }

    def newest(self) -> tuple[str, dict[str, object]]:
        *_, entry = self.ledger.every_entry()
        return entry.type, entry.data
