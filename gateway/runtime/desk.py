"""One pump: its session, its devices, and what `step` says is to be done with them."""

import dataclasses
from collections import deque

from msgspec.structs import replace

from gateway.core import actions as a
from gateway.core.dosing import LEAST_FILL_ML, MOST_PRESET_ML
from gateway.core.events import (
    BypassTurned,
    Event,
    GrantsChanged,
    Metered,
    NozzleHung,
    NozzleLifted,
    PresetChosen,
    Woken,
)
from gateway.core.facts import CounterReading
from gateway.core.lag import Lags
from gateway.core.reasons import Reason, Status
from gateway.core.session import Rules, Session, State
from gateway.core.step import step
from gateway.core.units import NS_PER_MS, Calibration
from gateway.runtime.card_watch import CardWatch
from gateway.runtime.lamps import Lamps
from gateway.runtime.noting import log_note
from gateway.runtime.office import Office, as_event
from gateway.runtime.switches import Switches
from gateway.runtime.valve import Valve, counted_from, is_known, metered
from hardware.assemble import PumpUnit
from hardware.ports import Clock

METERING_NS = 500 * NS_PER_MS
"""A reading that has not changed is still judged this often, so that a welded contact shows."""
OPEN_METERING_NS = 50 * NS_PER_MS
"""The same while the valve is open, where time-outs of contacts count."""
ASKING = (State.DECIDING, State.PROMPTING)


class Desk:
    def __init__(
        self,
        rules: Rules,
        unit: PumpUnit,
        clock: Clock,
        office: Office,
        poll_ns: int,
        *,
        bypass_on: bool = False,
    ) -> None:
        """`bypass_on`: the ledger says so."""
        now_ns = clock.monotonic_ns()
        lifted = unit.nozzle.lifted
        self.session = Session(
            rules,
            since_ns=now_ns,
            valve_since_ns=now_ns,
            state=State.BYPASSED if bypass_on else State.IDLE,
            nozzle_lifted=lifted,
            must_hang=lifted,
            bypass_on=bypass_on,
            bypass_ns=now_ns,
        )
        self.unit = unit
        self.code: Status | Reason = Reason.BYPASS_ON if bypass_on else Status.READY
        self.wake_ns: int | None = None
        self._clock = clock
        self._office = office
        self.card_watch = CardWatch(
            rules.pump, unit.reader, office.is_technician, poll_ns=poll_ns, now_ns=now_ns
        )
        self._next_meter_ns = now_ns
        self._events: deque[Event] = deque()
        self._valve = Valve(
            rules.pump, unit.pump, rules.dosing.timer_hold_ms, clock, self._events.append
        )
        self._switches = Switches(self._valve.is_silent)
        self._counts_from: CounterReading | None = None
        """What the co-processor's count was when the driver's was 0."""
        self.uncounted_ms = 0  # as PumpReading has it
        self._lamps = Lamps(unit.indicator, rules.pump)
        self._lamps.tell(self.code)

    def knows(self, lags: Lags) -> None:
        """What earlier fills have taught of this pump's valve; before the first turn."""
        self.session = replace(self.session, lags=lags)

    def recalibrated(self, ratio: Calibration) -> None:
        """Another ratio is in force; no fill is open."""
        rules = self.session.rules
        dosing = dataclasses.replace(rules.dosing, calibration=ratio)
        rules = dataclasses.replace(rules, dosing=dosing)
        self.session = replace(self.session, rules=rules)

    @property
    def number(self) -> int:
        return self.session.rules.pump

    @property
    def at_rest(self) -> bool:
        """No fill is open and nothing is being decided or asked for."""
        return self.session.fill is None and self.session.state not in ASKING

    @property
    def armed(self) -> int | None:
        """As Session.armed has it, now."""
        return self.session.armed(self._clock.monotonic_ns())

    @property
    def looked(self) -> bool:
        """Whether a card laid down from now on is a tap: the reader has been watched, or fails."""
        return self.card_watch.looked

    def counter_at(self, pulses: int) -> CounterReading | None:
        """The co-processor's count when the driver's was this, by the latest reading."""
        start = self._counts_from
        return None if start is None else CounterReading(start.run, max(0, start.pulses + pulses))

    def take(self, event: Event) -> None:
        """Step through an event and all that follows from it at once."""
        if not isinstance(event, Metered):
            # What the meter says now comes before what anything else says: a stray pulse must not
            # become part of a fill that begins after it.
            self._meter(self._clock.monotonic_ns())
        self._run(event)

    def follow(self, event: Event) -> None:
        """An answer that is known at once: taken after the step that asked for it."""
        self._events.append(event)

    def turn(self) -> None:
        """One turn of the control loop: card, meter, deadlines; then renew the lease."""
        for event in self.card_watch.poll(self._clock.monotonic_ns()):
            self.take(event)
        now_ns = self._clock.monotonic_ns()
        self._meter(now_ns)
        if self.wake_ns is not None and now_ns >= self.wake_ns:
            self._run(Woken())
        if self.session.valve_open:
            self._valve.feed(now_ns)
        self._drain()

    def next_due_ns(self) -> int:
        """When `turn` is next needed."""
        due = (self.card_watch.next_poll_ns, self.next_deadline_ns(), self.next_feed_ns())
        return min(at_ns for at_ns in due if at_ns is not None)

    def next_deadline_ns(self) -> int | None:
        """The same, but for the reader and the lease; None: not before something comes."""
        due = []
        if self.wake_ns is not None:
            due.append(self.wake_ns)
        if self._valve.read_again_ns is not None:
            due.append(self._valve.read_again_ns)
        if (lamp_ns := self._lamps.tick()) is not None:
            due.append(lamp_ns)
        return min(due, default=None)

    def next_feed_ns(self) -> int | None:
        """When the lease of an open valve is to be renewed; None: it is shut, or needs none."""
        return self._valve.next_feed_ns if self.session.valve_open else None

    def nozzle_changed(self, *, lifted: bool) -> None:
        if lifted != self.session.nozzle_lifted:
            self.take(NozzleLifted() if lifted else NozzleHung())

    def bypass_turned(self, *, on: bool) -> None:
        """Off is believed when it has stayed so for a while."""
        if on:
            self._switches.key_is_on()
            self.take(BypassTurned(on))

    def choose(self, preset_ml: int | None) -> None:
        """The next card here takes so much and no more; None: as much as there is.

        ValueError out of bounds, which the driver's limiter would refuse too."""
        if preset_ml is not None and not LEAST_FILL_ML <= preset_ml <= MOST_PRESET_ML:
            raise ValueError(
                f"preset {preset_ml} ml: expected {LEAST_FILL_ML} to {MOST_PRESET_ML} ml"
            )
        self.take(PresetChosen(preset_ml))

    def grants_changed(self) -> None:
        """Central has given more; who waits for that is answered anew."""
        if self.session.awaiting:
            self.take(GrantsChanged())

    def _run(self, event: Event) -> None:
        self._events.append(event)
        while self._events:
            event, now_ns = self._events.popleft(), self._clock.monotonic_ns()
            outcome = step(self.session, event, now_ns)
            self.card_watch.stepped(event, outcome.session.state, now_ns)
            if self.session.fault is not None and outcome.session.fault is None:
                self._valve.fault_cleared()
            self.session, self.wake_ns = outcome.session, outcome.wake_at_ns
            for action in outcome.actions:
                self._perform(action)

    def _perform(self, action: a.Action) -> None:
        match action:
            case a.ShutValve(first):
                self._valve.shut(first)
            case a.OpenValve(stop_at, first):
                self._valve.open(stop_at, first)
            case a.RaiseLimit(stop_at):
                self._valve.raise_limit(stop_at)
            case a.ClearFound():
                self._valve.clear()
            case a.KeepLags(lags):
                self._office.keep_lags(self, lags)
            case a.Decide():
                self._decide(action)
            case a.Reserve():
                self._office.reserve(self, action)
            case a.RecordSale():
                self._office.record_sale(self, action)
            case a.Release():
                self._office.release(self, action)
            case a.Tell(code):
                self.code = code
                self._lamps.tell(code)
            case _:
                log_note(action, self.number)
                self._office.note(self, action)

    def _decide(self, action: a.Decide) -> None:
        event = as_event(action.uid, *self._office.decide(self, action))
        if event is not None:
            self._events.append(event)

    def _meter(self, now_ns: int) -> None:
        reading = self._valve.read()
        if reading is None:
            self._events += self._switches.key_turned(self.unit, self.session, now_ns)
            self._drain()
            self._valve.break_what_can_be()
            return
        self._counts_from, self.uncounted_ms = counted_from(reading), reading.uncounted_ms
        if is_known(reading, self.session) and now_ns < self._next_meter_ns:
            return
        open_now = self.session.valve_open
        self._next_meter_ns = now_ns + (OPEN_METERING_NS if open_now else METERING_NS)
        self._run(metered(reading))
        self._events += self._switches.moved(self.unit, self.session, now_ns)
        self._drain()

    def _drain(self) -> None:
        if self._events:
            self._run(self._events.popleft())
