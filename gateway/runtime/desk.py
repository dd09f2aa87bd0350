"""One pump: its session, its devices, and what `step` says is to be done with them."""

import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from gateway.core import actions as a
from gateway.core.decision import Allowed, Armed, Awaited, Denied
from gateway.core.events import (
    CardPresented,
    CardRemoved,
    CardUnreadable,
    DecisionAllowed,
    DecisionAwaited,
    DecisionDenied,
    DeviceFailed,
    DeviceRecovered,
    Event,
    GrantsChanged,
    Metered,
    NozzleHung,
    NozzleLifted,
    OverrideArmed,
    StopRequested,
    Woken,
)
from gateway.core.reasons import Fault, Reason, Status
from gateway.core.session import Rules, Session, State
from gateway.core.step import step
from gateway.core.units import NS_PER_MS, NS_PER_S
from gateway.runtime.lamps import Lamps
from hardware.assemble import PumpUnit
from hardware.ports import Clock, HardwareError, Tag, TagTrouble
from hardware.tag_reader.presence import Presence, Presented, Removed, Trouble

log = logging.getLogger(__name__)

METERING_NS = 500 * NS_PER_MS
"""A reading that has not changed is still judged this often, so that a welded contact shows."""
OPEN_METERING_NS = 50 * NS_PER_MS
"""The same while the valve is open, where time-outs of contacts count."""
FIRST_POLLS_NS = 100 * NS_PER_MS
"""Until it is known whether a card lay there before, the reader is not kept waiting."""
SILENT_READER_NS = NS_PER_S
SILENT_POLLS = 2
"""One exchange that went wrong must not end somebody's fill."""
RENEWALS_PER_HOLD = 3
"""The timer is fed this often within its hold, so that one late turn does not shut the valve."""


Decision = Allowed | Denied | Armed | Awaited


class Office(Protocol):
    """What a pump needs of the rest of the gateway; answers come back as events."""

    def is_technician(self, uid: str) -> bool: ...
    def decide(self, desk: "Desk", action: a.Decide) -> tuple[Decision, str | None]:
        """The decision, and the subject if the card has one. Awaited only if not the last time."""

    def reserve(self, desk: "Desk", action: a.Reserve) -> None: ...
    def record_sale(self, desk: "Desk", action: a.RecordSale) -> None: ...
    def release(self, desk: "Desk", action: a.Release) -> None: ...
    def note(
        self,
        desk: "Desk",
        action: a.RecordRefusal | a.RecordFault | a.RecordCleared | a.RecordUnauthorised,
    ) -> None: ...


class Desk:
    def __init__(
        self, rules: Rules, unit: PumpUnit, clock: Clock, office: Office, poll_ns: int
    ) -> None:
        now_ns = clock.monotonic_ns()
        lifted = unit.nozzle.lifted
        self.session = Session(
            rules,
            since_ns=now_ns,
            valve_since_ns=now_ns,
            nozzle_lifted=lifted,
            must_hang=lifted,
        )
        self.unit = unit
        self.code: Status | Reason = Status.READY
        self.wake_ns: int | None = None
        self._clock = clock
        self._office = office
        self._presence = Presence(watched_from_start=False)
        self._poll_ns = poll_ns
        self._next_poll_ns = now_ns
        self._renew_every_ns = rules.dosing.timer_hold_ms * NS_PER_MS // RENEWALS_PER_HOLD
        self._next_renew_ns = now_ns
        self._next_meter_ns = now_ns
        self._reader_failed = self._pump_failed = False
        self._failed_polls = 0
        self._events: deque[Event] = deque()
        self._lamps = Lamps(unit.indicator, rules.pump)
        self._lamps.tell(self.code)

    @property
    def number(self) -> int:
        return self.session.rules.pump

    @property
    def at_rest(self) -> bool:
        """No fill is open and nothing is being decided."""
        return self.session.fill is None and self.session.state is not State.DECIDING

    @property
    def looked(self) -> bool:
        """Whether a card laid down from now on is a tap: the reader has been watched, or fails."""
        return self._presence.watched or self._reader_failed

    @property
    def _feeds(self) -> bool:
        """The valve is open, and there is a timer to feed."""
        return self.session.valve_open and self._renew_every_ns > 0

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
        now_ns = self._clock.monotonic_ns()
        if now_ns >= self._next_poll_ns:
            self._poll(now_ns)
            now_ns = self._clock.monotonic_ns()
        self._meter(now_ns)
        if self.wake_ns is not None and now_ns >= self.wake_ns:
            self._run(Woken())
        if self._feeds and now_ns >= self._next_renew_ns - self._renew_every_ns // 2:
            # Early rather than late: most turns of the loop then feed every open pump.
            self._guarded(self.unit.pump.renew)
            self._next_renew_ns = now_ns + self._renew_every_ns
        self._drain()

    def next_due_ns(self) -> int:
        """When `turn` is next needed."""
        due = [self._next_poll_ns]
        if self.wake_ns is not None:
            due.append(self.wake_ns)
        if self._feeds:
            due.append(self._next_renew_ns)
        if (lamp_ns := self._lamps.tick()) is not None:
            due.append(lamp_ns)
        return min(due)

    def nozzle_changed(self, *, lifted: bool) -> None:
        if lifted != self.session.nozzle_lifted:
            self.take(NozzleLifted() if lifted else NozzleHung())

    def grants_changed(self) -> None:
        """Central has given more; who waits for that is answered anew."""
        if self.session.awaiting:
            self.take(GrantsChanged())

    def _run(self, event: Event) -> None:
        self._events.append(event)
        while self._events:
            outcome = step(self.session, self._events.popleft(), self._clock.monotonic_ns())
            if self.session.fault is not None and outcome.session.fault is None:
                self._pump_failed = False
            self.session, self.wake_ns = outcome.session, outcome.wake_at_ns
            for action in outcome.actions:
                self._perform(action)

    def _perform(self, action: a.Action) -> None:
        match action:
            case a.ShutValve():
                self._guarded(self.unit.pump.shut)
            case a.OpenValve(limit_pulses):
                self._open(limit_pulses)
                self._next_renew_ns = self._clock.monotonic_ns() + self._renew_every_ns
            case a.RaiseLimit(limit_pulses):
                self._raise_limit(limit_pulses)
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
                self._log(action)
                self._office.note(self, action)

    def _log(self, action: a.Action) -> None:
        """One line for the technician, without naming a person or a card."""
        match action:
            case a.RecordRefusal(code):
                log.info("pump %d: refused, %s", self.number, code)
            case a.RecordFault(fault, detail):
                log.error("pump %d: %s: %s", self.number, fault, detail)
            case a.RecordCleared(fault):
                log.info("pump %d: %s has ended", self.number, fault)
            case a.RecordUnauthorised(volume_ml):
                log.error("pump %d: %d ml flowed while the valve was shut", self.number, volume_ml)

    def _decide(self, action: a.Decide) -> None:
        decision, subject = self._office.decide(self, action)
        match decision:
            case Allowed():
                self._events.append(DecisionAllowed(decision))
            case Denied(code):
                self._events.append(DecisionDenied(code, subject))
            case Armed(uid):
                self._events.append(OverrideArmed(uid))
            case Awaited():
                self._events.append(DecisionAwaited())

    def _open(self, limit_pulses: int) -> None:
        """Pulses since the last reading may have passed a tiny limit: then nothing is opened."""
        self._guarded(lambda: self.unit.pump.open(limit_pulses), refused="limit_passed")

    def _raise_limit(self, limit_pulses: int) -> None:
        """The old limit may have been reached before the new one was durable."""
        self._guarded(lambda: self.unit.pump.raise_limit(limit_pulses), refused="reservation_late")

    def _guarded(self, use: Callable[[], None], refused: str = "refused") -> None:
        try:
            use()
        except ValueError as error:
            log.warning("pump %d: %s", self.number, error)
            self._events.append(StopRequested(refused))
        except HardwareError as error:
            self._pump_silent(error)

    def _pump_silent(self, error: HardwareError) -> None:
        if not self._pump_failed:
            self._pump_failed = True
            log.error("pump %d: %s", self.number, error)
            self._events.append(DeviceFailed(Fault.PUMP_SILENT, str(error)[:200]))

    def _meter(self, now_ns: int) -> None:
        try:
            reading = self.unit.pump.read()
        except HardwareError as error:
            self._pump_silent(error)
            self._drain()
            # Whatever could not be broken before is tried again until it can.
            with suppress(HardwareError):
                self.unit.pump.shut()
            return
        self._pump_failed = False
        session = self.session
        same = (
            reading.pulses_total == session.pulses_total
            and reading.enable_made == session.enable_made
            and reading.timer_made == session.timer_made
        )
        if same and now_ns < self._next_meter_ns:
            return
        self._next_meter_ns = now_ns + (OPEN_METERING_NS if session.valve_open else METERING_NS)
        self._run(Metered(reading.pulses_total, reading.enable_made, reading.timer_made))
        self._look_at_nozzle()
        self._drain()

    def _look_at_nozzle(self) -> None:
        """Its edges come as events; this is for one that was lost."""
        try:
            lifted = self.unit.nozzle.lifted
        except HardwareError as error:
            self._pump_silent(error)
            return
        if lifted != self.session.nozzle_lifted:
            self._events.append(NozzleLifted() if lifted else NozzleHung())

    def _poll(self, now_ns: int) -> None:
        pause_ns = self._poll_ns if self._presence.watched else min(self._poll_ns, FIRST_POLLS_NS)
        self._next_poll_ns = now_ns + pause_ns
        try:
            result: Tag | TagTrouble | None = self.unit.reader.poll()
        except HardwareError as error:
            self._failed_polls += 1
            if self._failed_polls < SILENT_POLLS:
                return
            self._next_poll_ns = now_ns + SILENT_READER_NS
            if not self._reader_failed:
                self._reader_failed = True
                log.error("pump %d: %s", self.number, error)
                self.take(DeviceFailed(Fault.READER_SILENT, str(error)[:200]))
            return
        self._failed_polls = 0
        if self._reader_failed:
            self._reader_failed = False
            self.take(DeviceRecovered(Fault.READER_SILENT))
        match self._presence.update(result):
            case Presented(tag):
                uid = tag.uid.hex().upper()
                self.take(CardPresented(uid, self._office.is_technician(uid)))
            case Trouble(code):
                self.take(CardUnreadable(Reason(code.value)))
            case Removed():
                self.take(CardRemoved())
            case None:
                pass

    def _drain(self) -> None:
        if self._events:
            self._run(self._events.popleft())
