"""What the pumps need to know of ledger and allocation, and whether a card may take fuel."""

import logging
from datetime import date
from pathlib import Path

from gateway.core.allocation import PutPolicy, PutSubject
from gateway.core.balance import Balance
from gateway.core.decision import Denied
from gateway.core.draws import Draw, Moment, draws_of, override_draw
from gateway.core.facts import Charge
from gateway.core.given import NOTHING, Given
from gateway.core.grants import last_begun
from gateway.core.log import Entry
from gateway.core.open_draw import OpenFill
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Reason
from gateway.core.topping_up import usual_fill_ml
from gateway.runtime.allocating import Allocating
from gateway.runtime.cards_due import CardsDue
from gateway.runtime.desk import Desk
from gateway.runtime.folded import Folded
from gateway.runtime.hearing import Hearing
from gateway.runtime.judging import Answer, Tap, judge_tap
from gateway.runtime.stoppage import Stoppage
from gateway.runtime.wall import WallClock
from gateway.store.allocation import Allocation
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
        folded: Folded | None = None,
    ) -> None:
        """`gateway`: its name, which holds the station's override grants.

        `last_heard`: UTC text of a time since which central was heard, before this boot. `folded`:
        what the writer has folded of this balance already."""
        self.balance = balance
        self._folded = folded or Folded()
        self.allocation = allocation
        self._gateway = gateway
        self.stoppage = Stoppage(state_dir, free_floor_bytes)
        self.online = False
        self.due = CardsDue()
        self.granting: set[int] = set()
        """Pumps whose override is on its way to the disk."""
        self.rows: dict[int, OpenFill] = {}
        """Open sessions by pump, as they are or are about to be on disk."""
        self._wall = wall
        self.hearing = Hearing(clock, wall, last_heard)
        self.head = head
        """Sequence of the newest entry."""
        self._products = products
        self._base_ml = dict(balance.totaliser_ml)
        """What each meter had counted before this boot."""

    def committed(self, entries: list[Entry]) -> None:
        """New entries are durable."""
        self.balance = self._folded.again(self.balance, entries)
        for entry in entries:
            self.head = entry.sequence
        self._wall.recorded(entries)

    def start_blocked(self, code: Reason | None) -> None:
        """No pump sells while what was open at the last end is not closed; None: it is now."""
        self.stoppage.start_blocked(code)
        self._base_ml = dict(self.balance.totaliser_ml)

    def allocation_changed(self, allocating: Allocating) -> None:
        """Other directives are in force."""
        self.allocation = allocating.allocation
        self.stoppage.allocation_blocked(allocating.blocked)

    def totaliser_ml(self, pump: int, volume_ml: int) -> int:
        """The pump's totaliser when it has counted `volume_ml` since this boot."""
        return self._base_ml.get(pump, 0) + volume_ml

    def now(self) -> str:
        """UTC text."""
        return self._wall.now()

    def product(self, pump: int) -> str:
        return self._products[pump]

    def remaining_ml(self, subject: str) -> int:
        return self.balance.remaining_ml(subject, *self.moment(), self.reserved())

    def is_technician(self, uid: str) -> bool:
        try:
            card = self.allocation.card(uid) if self.allocation is not None else None
        except (StoreError, ValueError) as error:
            self.cannot_look_up(error)
            return False
        return card is not None and card.card == "technician" and card.status == "active"

    def decide(
        self,
        desk: Desk,
        uid: str,
        override_by: str | None = None,
        preset_ml: int | None = None,
        given: Given = NOTHING,
    ) -> tuple[Answer, str | None]:
        """Whatever is wrong with what is on disk: an answer, for the other pumps go on."""
        blocked = self.stoppage.cannot_sell()
        if blocked is not None or self.allocation is None:
            return Denied(blocked or Reason.ALLOCATION_DAMAGED), None
        try:
            tap = Tap(uid, override_by, preset_ml, given)
            return judge_tap(self, desk, self.allocation, tap)
        except (StoreError, ValueError) as error:
            return Denied(self.cannot_look_up(error)), None

    def cannot_look_up(self, error: StoreError | ValueError) -> Reason:
        """Nothing more is sold from a cache that does not read; why not."""
        code = error.code if isinstance(error, StoreError) else Reason.ALLOCATION_DAMAGED
        self.stoppage.allocation_unusable(code, error)
        return code

    def draws(self, subject: PutSubject, override_by: str | None, pump: int) -> list[Draw]:
        """What a fill of this vehicle at this pump may draw on, in this order."""
        override = None if override_by is None else self.override(pump)
        return draws_of(subject, override)

    def override(self, pump: int) -> Draw:
        """The station's grant, as far as an override at this pump may go."""
        reserved: dict[int | str, list[Charge]] = {
            each.sale: each.reserved for each in self.balance.reservations.values()
        }
        reserved |= {number: row.reserved for number, row in self._rows_alone().items()}
        day = self.good_day()
        return override_draw(self.balance, self._gateway, self.policy, day, reserved, pump)

    @property
    def policy(self) -> PutPolicy | None:
        return self.allocation.policy if self.allocation is not None else None

    @property
    def overrides_today(self) -> int:
        """Granted, or being written."""
        day, today = self.balance.overrides, self.good_day()
        granted = day.visits if day is not None and today in (None, day.day) else 0
        return granted + len(self.granting)

    def needs(self, desk: Desk, name: str, override_by: str | None) -> tuple[list[Draw], int]:
        """What a fill of this vehicle may draw on, and how much one can need of it."""
        try:
            subject = self.allocation.subject(name) if self.allocation is not None else None
            policy = self.policy
        except (StoreError, ValueError) as error:
            self.cannot_look_up(error)
            return [], 0
        if subject is None or policy is None:
            return [], 0
        stop_bound_ml = desk.session.rules.stop_bound_ml
        fill_ml = usual_fill_ml(subject, policy, stop_bound_ml)
        return self.draws(subject, override_by, desk.number), fill_ml

    def recounted(self, pump: int, volume_ml: int) -> None:
        """At another ratio its count since this boot comes to so much less than it did."""
        self._base_ml[pump] = self._base_ml.get(pump, 0) + volume_ml

    def local_hour(self) -> int | None:
        """In the city's zone; None while the clock is in doubt."""
        return self._wall.local().hour if self._wall.quality != "doubtful" else None

    def good_day(self) -> date | None:
        """Today in the city's zone; None while the clock is in doubt."""
        return self._wall.local().date() if self._wall.quality != "doubtful" else None

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
        local = self._wall.local()
        return now_utc, f"{local.year:04}-{local.month:02}"

    def reserved(self) -> list[Charge]:
        under_way = [charge for row in self._rows_alone().values() for charge in row.reserved]
        return self.balance.reserved + under_way

    def _rows_alone(self) -> dict[int, OpenFill]:
        """Without those that the ledger has as reservations already."""
        held = self.balance.reservations
        return {
            number: row
            for number, row in self.rows.items()
            if not (isinstance(row, OpenSession) and row.sale in held)
        }

    def is_undeclared(self, subject: str) -> bool:
        """What it took at a third party's pump waits for its declaration."""
        return any(each.subject == subject for each in self.balance.reservations.values())

    def moment_of(self, row: OpenSession) -> Moment:
        """The same for a fill's top-ups. When it began may have been in doubt: ask its grants."""
        held = [self.balance.grant(charge.grant_no) for charge in row.reserved]
        grants = [grant for grant in held if grant is not None]
        return max(grant.not_before for grant in grants), grants[0].period
