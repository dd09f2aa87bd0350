"""One pump's desk with devices made by hand, and an office that answers as it is told."""

from dataclasses import replace

import msgspec

from gateway.core import actions as a
from gateway.core.decision import Allowed, Denied
from gateway.core.events import ReservationDurable, SaleRecorded
from gateway.core.lag import Lags
from gateway.core.reasons import Reason
from gateway.core.session import Rules, State
from gateway.core.units import NS_PER_MS, NS_PER_S
from gateway.runtime.desk import Desk
from gateway.runtime.noting import Note
from gateway.runtime.office import Decision
from tests.gateway.runtime.devices import HandClock, HandUnit
from tests.gateway.runtime.samples import CAR, CARD, PRICE, RULES, TECHNICIAN_UID, UID
from tests.gateway.store.samples import SUBJECT

POLL_NS = 100 * NS_PER_MS


class Clerk:
    """Allows everything up to `stop_ml`; answers at once while `prompt`."""

    def __init__(self) -> None:
        self.stop_ml = 20_000
        self.prompt = True
        self.denies: Reason | None = None
        self.asked: list[str] = []
        self.presets: list[int | None] = []
        self.reserved: list[a.Reserve] = []
        self.sold: list[a.RecordSale] = []
        self.released: list[a.Release] = []
        self.notes: list[Note] = []

    def is_technician(self, uid: str) -> bool:
        return uid == TECHNICIAN_UID

    def decide(self, desk: Desk, action: a.Decide) -> tuple[Decision, str | None]:
        self.asked.append(action.uid)
        self.presets.append(action.preset_ml)
        if self.denies is not None:
            return Denied(self.denies), SUBJECT
        card = msgspec.structs.replace(CARD, uid=action.uid)
        return Allowed(card, CAR, PRICE, self.stop_ml, Reason.LIMIT_FILL, 40_000), SUBJECT

    def reserve(self, desk: Desk, action: a.Reserve) -> None:
        self.reserved.append(action)
        if self.prompt:
            desk.follow(ReservationDurable(action.reserved_ml))

    def record_sale(self, desk: Desk, action: a.RecordSale) -> None:
        self.sold.append(action)
        desk.follow(SaleRecorded())

    def release(self, desk: Desk, action: a.Release) -> None:
        self.released.append(action)
        desk.follow(SaleRecorded())

    def note(self, desk: Desk, note: Note) -> None:
        self.notes.append(note)

    def keep_lags(self, desk: Desk, lags: Lags) -> None:
        self.lags = lags

    @property
    def faults(self) -> list[str]:
        return [note.fault.value for note in self.notes if isinstance(note, a.RecordFault)]


class Counter:
    def __init__(self, rules: Rules = RULES, pump: int = 1, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock()
        self.hand = HandUnit(self.clock)
        self.pump = self.hand.pump
        self.clerk = Clerk()
        self.desk = Desk(replace(rules, pump=pump), self.hand.unit, self.clock, self.clerk, POLL_NS)
        while not self.desk.looked:  # the reader's field is seen to be empty
            self.desk.turn()
            self.clock.now_ns = self.desk.next_due_ns()

    @property
    def state(self) -> State:
        return self.desk.session.state

    def run(self, seconds: float) -> None:
        """Turn whenever the desk wants to, for so long, as the loop does."""
        end_ns = self.clock.now_ns + round(seconds * NS_PER_S)
        self.desk.turn()
        while (due_ns := self.desk.next_due_ns()) < end_ns:
            assert due_ns > self.clock.now_ns, "the desk wants a turn at once, again and again"
            self.clock.now_ns = due_ns
            self.desk.turn()
        self.clock.now_ns = end_ns
        self.desk.turn()

    def nozzle(self, *, lifted: bool) -> None:
        """The switch moves, and its edge arrives."""
        self.hand.nozzle.on = lifted
        self.desk.nozzle_changed(lifted=lifted)

    def authorised(self) -> "Counter":
        self.hand.reader.lay(UID)
        self.run(0.2)
        self.hand.reader.there = None
        assert self.state is State.AUTHORISED
        return self

    def open(self) -> "Counter":
        self.authorised().nozzle(lifted=True)
        assert self.state is State.DISPENSING
        return self

    def flowing(self, pulses: int = 100) -> "Counter":
        self.open().run(0.5)
        self.pour(pulses)
        return self

    def pour(self, pulses: int) -> None:
        """At half the pump's highest flow."""
        for _ in range(pulses):
            self.pump.flow(1)
            self.run(0.02)
