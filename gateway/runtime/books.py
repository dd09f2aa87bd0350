"""What the pumps need to know of ledger and allocation, and whether a card may take fuel."""

import logging
from collections.abc import Callable
from pathlib import Path

from gateway.core.balance import Balance, fold
from gateway.core.decision import Allowed, Denied, Question, decide
from gateway.core.facts import (
    Charge,
)
from gateway.core.log import Entry
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Reason
from gateway.runtime.allocating import Allocating
from gateway.runtime.desk import Desk
from gateway.runtime.hearing import Hearing
from gateway.runtime.wall import WallClock
from gateway.store.allocation import Allocation
from gateway.store.durable import free_bytes
from gateway.store.errors import StoreError
from hardware.ports import Clock

log = logging.getLogger(__name__)


class Books:
    """Lives in the control loop's thread, and only reads; the till writes."""

    def __init__(
        self,
        *,
        balance: Balance,
        allocation: Allocation | None,
        wall: WallClock,
        clock: Clock,
        head: int,
        state_dir: Path,
        free_floor_bytes: int,
        products: dict[int, str],
        last_heard: str | None = None,
    ) -> None:
        """`last_heard`: UTC text of a time since which central was heard, before this boot."""
        self.balance = balance
        self.allocation = allocation
        self._ended: Reason | None = None
        self._start_blocked: Reason | None = None
        self._store_blocked: Reason | None = None
        self._allocation_blocked: Reason | None = None
        self._room_unknown = False
        self._store_is_slow: Callable[[], bool] = lambda: False
        self.online = False
        self.rows: dict[int, OpenSession] = {}
        """Open sessions by pump, as they are or are about to be on disk."""
        self._wall = wall
        self.hearing = Hearing(clock, wall, last_heard)
        self.head = head
        """Sequence of the newest entry."""
        self._state_dir = state_dir
        self._free_floor_bytes = free_floor_bytes
        self._products = products
        self._base_ml = dict(balance.totaliser_ml)
        """What each meter had counted before this boot."""
        self._begins: dict[str, str] = {}
        """First instant, UTC text, at which all grants of a period serve."""
        for held in balance.accounts.values():
            for grant in held.grants:
                self._note_period(grant.period, grant.not_before)

    def committed(self, entries: list[Entry]) -> None:
        """New entries are durable."""
        self.balance = fold(self.balance, entries)
        for entry in entries:
            self.head = entry.sequence
            if entry.type == "grant.activated":
                self._note_period(entry.data["period"], entry.data["not_before"])
        self._wall.recorded(entries)

    @property
    def blocked(self) -> Reason | None:
        """Why no pump sells, if so."""
        codes = (
            self._ended,
            self._start_blocked,
            self._store_blocked,
            self._allocation_blocked,
        )
        return next((code for code in codes if code is not None), None)

    def block(self, code: Reason) -> None:
        """From now on no pump sells, until the gateway is started again."""
        self._ended = code

    def start_blocked(self, code: Reason | None) -> None:
        """No pump sells while what was open at the last end is not closed; None: it is now."""
        self._start_blocked = code
        self._base_ml = dict(self.balance.totaliser_ml)

    def store_blocked(self, code: Reason | None) -> None:
        """No pump sells while the ledger cannot be written; None: it can again."""
        self._store_blocked = code

    def watch_store(self, is_slow: Callable[[], bool]) -> None:
        """No pump begins a fill while the disk does not answer."""
        self._store_is_slow = is_slow

    def allocation_changed(self, allocating: Allocating) -> None:
        """Other directives are in force."""
        self.allocation = allocating.allocation
        self._allocation_blocked = allocating.blocked

    def totaliser_ml(self, pump: int, volume_ml: int) -> int:
        """The pump's totaliser when it has counted `volume_ml` since this boot."""
        return self._base_ml.get(pump, 0) + volume_ml

    def product(self, pump: int) -> str:
        return self._products[pump]

    def remaining_ml(self, subject: str) -> int:
        return self.balance.remaining_ml(subject, *self.moment(), self.reserved())

    def is_technician(self, uid: str) -> bool:
        try:
            card = self.allocation.card(uid) if self.allocation is not None else None
        except (StoreError, ValueError) as error:
            self._cannot_look_up(error)
            return False
        return card is not None and card.card == "technician" and card.status == "active"

    def decide(self, desk: Desk, uid: str) -> tuple[Allowed | Denied, str | None]:
        """Whatever is wrong with what is on disk: an answer, for the other pumps go on."""
        blocked = self.cannot_sell()
        if blocked is not None or self.allocation is None:
            return Denied(blocked or Reason.ALLOCATION_DAMAGED), None
        try:
            return self._decide(desk, uid, self.allocation)
        except (StoreError, ValueError) as error:
            return Denied(self._cannot_look_up(error)), None

    def cannot_sell(self) -> Reason | None:
        """Why no card would be accepted now, whosever it is: also for want of room or time."""
        if self.blocked is not None:
            return self.blocked
        if self._store_is_slow():
            return Reason.STORAGE_SLOW
        try:
            room = free_bytes(self._state_dir)
        except OSError as error:
            if not self._room_unknown:
                log.error("%s: cannot ask for its free room: %s", self._state_dir, error)
            self._room_unknown = True
            return Reason.STORAGE_FAILED
        self._room_unknown = False
        return Reason.STORAGE_FULL if room < self._free_floor_bytes else None

    def _cannot_look_up(self, error: StoreError | ValueError) -> Reason:
        """Nothing more is sold from this cache; the next directive may put it right."""
        code = error.code if isinstance(error, StoreError) else Reason.ALLOCATION_DAMAGED
        if self._allocation_blocked is None:
            log.error("the allocation cache cannot be used: %s", error)
            self._allocation_blocked = code
        return code

    def _decide(
        self, desk: Desk, uid: str, allocation: Allocation
    ) -> tuple[Allowed | Denied, str | None]:
        card = allocation.card(uid)
        subject = allocation.subject(card.holder) if card is not None else None
        if subject is None:
            return Denied(Reason.UNKNOWN_CARD), None
        name = subject.subject
        unusable = allocation.blocked_by(name)
        if unusable is not None:
            log.error("%s is refused: %s", name, unusable)
            return Denied(Reason.ALLOCATION_DAMAGED), name
        good_clock = self._wall.quality == "good"
        local = self._wall.local()
        day = self.balance.today(name, local.date() if good_clock else None)
        product = self._products[desk.number]
        question = Question(
            card=card,
            subject=subject,
            price=allocation.price(product),
            policy=allocation.policy,
            product=product,
            remaining_ml=self.remaining_ml(name),
            stop_bound_ml=desk.session.rules.dosing.stop_bound_ml,
            run_on_ml=desk.session.rules.dosing.run_on_ml,
            day_volume_ml=day.volume_ml if day is not None else 0,
            day_visits=day.visits if day is not None else 0,
            local_hour=local.hour if good_clock else None,
            period_known=self.moment()[1] in self._begins,
            central_heard_days=self.hearing.days(),
            in_use=any(name == row.subject for row in self.rows.values()),
            online=self.online,
        )
        return decide(question), name

    def moment(self) -> tuple[str, str]:
        """UTC text and period for which grants serve now.

        While the clock is in doubt that is within the newest period of which there are grants.
        """
        if self._wall.quality == "good" or not self._begins:
            return self._wall.now(), self._wall.local().strftime("%Y-%m")
        newest = max(self._begins)
        return self._begins[newest], newest

    def _note_period(self, period: str, not_before: str) -> None:
        self._begins[period] = max(not_before, self._begins.get(period, ""))

    def reserved(self) -> list[Charge]:
        return [charge for row in self.rows.values() for charge in row.reserved]

    def moment_of(self, row: OpenSession) -> tuple[str, str]:
        """The same for a fill's top-ups. When it began may have been in doubt: ask its grants."""
        numbers = {charge.grant_no for charge in row.reserved}
        grants = [g for g in self.balance.account(row.subject).grants if g.grant_no in numbers]
        return max(g.not_before for g in grants), grants[0].period
