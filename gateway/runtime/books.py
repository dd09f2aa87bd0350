"""What the pumps need to know of ledger and allocation, and whether a card may take fuel."""

import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path

from gateway.core.allocation import PutCard, PutSubject
from gateway.core.balance import Balance, fold
from gateway.core.decision import Allowed, Armed, Denied, Question, decide, decide_override
from gateway.core.draws import Draw, Moment, available_ml, draws_of, override_draw
from gateway.core.facts import Charge
from gateway.core.grants import last_begun
from gateway.core.log import Entry
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Reason
from gateway.core.topping_up import usual_fill_ml
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
        gateway: str,
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
        """`gateway`: its name, which holds the station's override grants.

        `last_heard`: UTC text of a time since which central was heard, before this boot."""
        self.balance = balance
        self.allocation = allocation
        self._gateway = gateway
        self._ended: Reason | None = None
        self._start_blocked: Reason | None = None
        self._store_blocked: Reason | None = None
        self._allocation_blocked: Reason | None = None
        self._unconfirmed_through: int | None = None
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

    def committed(self, entries: list[Entry]) -> None:
        """New entries are durable."""
        self.balance = fold(self.balance, entries)
        for entry in entries:
            self.head = entry.sequence
        self._wall.recorded(entries)

    @property
    def blocked(self) -> Reason | None:
        """Why no pump sells, if so."""
        codes = (
            self._ended,
            self._start_blocked,
            self._store_blocked,
            self._allocation_blocked,
            Reason.NOT_CONFIRMED if self._unconfirmed_through is not None else None,
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

    def unconfirmed(self, through: int) -> None:
        """No pump sells before central has acknowledged an entry beyond this one."""
        self._unconfirmed_through = through

    def acknowledged(self, through: int) -> None:
        """Central holds our ledger up to here."""
        beyond = self._unconfirmed_through
        if beyond is not None and through > beyond:
            log.info("central has confirmed this start")
            self._unconfirmed_through = None

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

    def decide(
        self, desk: Desk, uid: str, override_by: str | None = None
    ) -> tuple[Allowed | Denied | Armed, str | None]:
        """Whatever is wrong with what is on disk: an answer, for the other pumps go on."""
        blocked = self.cannot_sell()
        if blocked is not None or self.allocation is None:
            return Denied(blocked or Reason.ALLOCATION_DAMAGED), None
        try:
            return self._decide(desk, uid, self.allocation, override_by)
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

    def draws(self, subject: PutSubject, override_by: str | None, pump: int) -> list[Draw]:
        """What a fill of this vehicle at this pump may draw on, in this order."""
        override = None if override_by is None else self._override(pump)
        return draws_of(subject, override)

    def _override(self, pump: int) -> Draw:
        policy = self.allocation.policy if self.allocation is not None else None
        reserved = {number: row.reserved for number, row in self.rows.items()}
        return override_draw(self.balance, self._gateway, policy, self._good_day(), reserved, pump)

    def needs(self, desk: Desk, name: str, override_by: str | None) -> tuple[list[Draw], int]:
        """What a fill of this vehicle may draw on, and how much one can need of it."""
        try:
            subject = self.allocation.subject(name) if self.allocation is not None else None
            policy = self.allocation.policy if self.allocation is not None else None
        except (StoreError, ValueError) as error:
            self._cannot_look_up(error)
            return [], 0
        if subject is None or policy is None:
            return [], 0
        stop_bound_ml = desk.session.rules.dosing.stop_bound_ml
        fill_ml = usual_fill_ml(subject, policy, stop_bound_ml)
        return self.draws(subject, override_by, desk.number), fill_ml

    def _arm(self, desk: Desk, card: PutCard) -> Armed | Denied:
        left_ml = available_ml(
            self.balance, [self._override(desk.number)], self.moment(), self.reserved()
        )
        return decide_override(card, left_ml, desk.session.rules.dosing.stop_bound_ml)

    def _decide(
        self, desk: Desk, uid: str, allocation: Allocation, override_by: str | None
    ) -> tuple[Allowed | Denied | Armed, str | None]:
        card = allocation.card(uid)
        if card is not None and card.card == "supervisor":
            return self._arm(desk, card), None
        subject = allocation.subject(card.holder) if card is not None else None
        if subject is None:
            return Denied(Reason.UNKNOWN_CARD), None
        name = subject.subject
        unusable = allocation.blocked_by(name)
        if unusable is not None:
            log.error("%s is refused: %s", name, unusable)
            return Denied(Reason.ALLOCATION_DAMAGED), name
        day = self.balance.today(name, self._good_day())
        product = self._products[desk.number]
        question = Question(
            card=card,
            subject=subject,
            price=allocation.price(product),
            policy=allocation.policy,
            product=product,
            remaining_ml=available_ml(
                self.balance,
                self.draws(subject, override_by, desk.number),
                self.moment(),
                self.reserved(),
            ),
            stop_bound_ml=desk.session.rules.dosing.stop_bound_ml,
            run_on_ml=desk.session.rules.dosing.run_on_ml,
            day_volume_ml=day.volume_ml if day is not None else 0,
            day_visits=day.visits if day is not None else 0,
            local_hour=self._wall.local().hour if self._wall.quality == "good" else None,
            period_known=self.moment()[1] in self.balance.periods,
            central_heard_days=self.hearing.days(),
            in_use=any(name == row.subject for row in self.rows.values()),
            online=self.online,
            override_by=override_by,
        )
        return decide(question), name

    def _good_day(self) -> date | None:
        """Today in the city's zone; None while the clock is in doubt."""
        return self._wall.local().date() if self._wall.quality == "good" else None

    def moment(self) -> Moment:
        """UTC text and period for which grants serve now.

        While the clock is in doubt that is the newest period known to have begun: its grants
        serve beyond their end, and early ones of the next do not serve.
        """
        now_utc = self._wall.now()
        if self._wall.quality == "doubtful":
            last_known = last_begun(self.balance, now_utc)
            if last_known is not None:
                return last_known
        return now_utc, self._wall.local().strftime("%Y-%m")

    def reserved(self) -> list[Charge]:
        return [charge for row in self.rows.values() for charge in row.reserved]

    def moment_of(self, row: OpenSession) -> Moment:
        """The same for a fill's top-ups. When it began may have been in doubt: ask its grants."""
        held = [self.balance.grant(charge.grant_no) for charge in row.reserved]
        grants = [grant for grant in held if grant is not None]
        return max(grant.not_before for grant in grants), grants[0].period
