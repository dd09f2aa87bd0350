"""A pump, a driver and a store around a session: only what physics and the ports allow."""

from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

from gateway.core import actions as a
from gateway.core import events as e
from gateway.core.reasons import Fault, Reason
from gateway.core.session import Session
from gateway.core.step import step
from gateway.core.units import NS_PER_MS, NS_PER_S
from tests.core.bench import TECHNICIAN_UID, make_rules

NS_PER_MIN = 60 * NS_PER_S


@dataclass
class Pump:
    """Fuel flows while the valve is open, and a little longer. The meter only counts up."""

    session: Session
    passed_ml: Fraction = Fraction(0)
    """All that ever came through the nozzle."""
    opened_at_ml: Fraction = Fraction(0)
    limit_pulses: int | None = None
    """None: the driver has the valve shut."""
    lag_ns: int = 0
    """The valve, told to shut, still lets fuel pass this long."""
    welded: bool = False
    key_on: bool = False
    """Fuel flows past both contacts."""

    @property
    def pulses(self) -> int:
        calibration = self.session.rules.dosing.calibration
        return int(self.passed_ml * calibration.pulses / (1000 * calibration.litres))

    def open(self, limit_pulses: int) -> None:
        assert limit_pulses > self.pulses, "the driver takes no limit at its own count"
        assert self.limit_pulses is None
        self.limit_pulses, self.opened_at_ml = limit_pulses, self.passed_ml

    def shut(self) -> None:
        if self.limit_pulses is not None:
            self.limit_pulses = None
            self.lag_ns = self.session.rules.dosing.valve_lag_ms * NS_PER_MS

    def run(self, duration_ns: int, flow_ml_per_min: int) -> None:
        """The driver shuts the valve at the very pulse that reaches the limit."""
        if self.key_on:
            self.lag_ns = self.session.rules.dosing.valve_lag_ms * NS_PER_MS
            self.passed_ml += Fraction(duration_ns * flow_ml_per_min, NS_PER_MIN)
            return
        if self.limit_pulses is not None:
            calibration = self.session.rules.dosing.calibration
            limit_ml = Fraction(self.limit_pulses * 1000 * calibration.litres, calibration.pulses)
            to_limit_ns = (limit_ml - self.passed_ml) * NS_PER_MIN / max(flow_ml_per_min, 1)
            flowing_ns = min(Fraction(duration_ns), to_limit_ns)
            self.passed_ml += flowing_ns * flow_ml_per_min / NS_PER_MIN
            if self.passed_ml < limit_ml:
                return
            self.shut()
            duration_ns -= int(flowing_ns)
        lagging_ns = min(duration_ns, self.lag_ns)
        self.lag_ns -= lagging_ns
        self.passed_ml += Fraction(lagging_ns * flow_ml_per_min, NS_PER_MIN)

    def reading(self) -> e.Metered:
        made = self.limit_pulses is not None
        return e.Metered(self.pulses, made or self.welded, made)


Request = a.Reserve | a.RecordSale | a.Release


@dataclass
class Store:
    """Answers in order, when the test lets it; remembers what is durable."""

    asked: deque[Request] = field(default_factory=deque)
    reserved_ml: int = 0
    sold_ml: list[int] = field(default_factory=list)
    unauthorised_ml: list[int] = field(default_factory=list)
    bypassed_ml: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)

    def ask(self, request: Request) -> None:
        assert not self.asked, f"{request} while {self.asked[0]} is not answered"
        self.asked.append(request)

    def answer(self, *, works: bool) -> e.Event:
        request = self.asked.popleft()
        if not works:
            return e.StoreFailed(Reason.STORAGE_FULL)
        if isinstance(request, a.Reserve):
            assert request.reserved_ml > self.reserved_ml
            self.reserved_ml = request.reserved_ml
            return e.ReservationDurable(request.reserved_ml)
        self.closed.append(request.fill.began_ns)
        self.reserved_ml = 0
        if isinstance(request, a.RecordSale):
            self.sold_ml.append(request.volume_ml)
        return e.SaleRecorded()


class World:
    def __init__(self, pulses: int, litres: int) -> None:
        self.now_ns = NS_PER_S
        self.session = Session(make_rules(pulses, litres), since_ns=self.now_ns)
        self.wake_at_ns: int | None = None
        self.pump = Pump(self.session)
        self.store = Store()
        self.decisions: deque[str] = deque()
        self.opened: list[int] = []
        """When the fills began for which the valve was opened."""
        self.leaked_ml = 0
        """To the whole pulse above."""

    def tell(self, event: e.Event) -> None:
        """As the control loop does it: the meter first, then the event, then what is due."""
        self.now_ns += 1
        self._step(self.pump.reading())
        self._step(event)
        if self.wake_at_ns is not None and self.wake_at_ns <= self.now_ns:
            self._step(e.Woken())
            assert self.wake_at_ns is None or self.wake_at_ns > self.now_ns

    def wait(self, duration_ns: int, flow_ml_per_min: int) -> None:
        """Time passes in turns, none longer than the session wants."""
        until_ns = self.now_ns + duration_ns
        while self.now_ns < until_ns:
            turn_ns = until_ns - self.now_ns
            if self.wake_at_ns is not None:
                turn_ns = min(turn_ns, max(1, self.wake_at_ns - self.now_ns))
            self.pump.run(turn_ns, flow_ml_per_min)
            self.now_ns += turn_ns
            self.tell(self.pump.reading())

    def turn_key(self, *, on: bool) -> None:
        self.pump.key_on = on
        self.tell(e.BypassTurned(on))

    def leave_alone(self) -> None:
        """The nozzle is hung up, the store answers, time passes, nobody does anything."""
        self.tell(e.NozzleHung())
        for _ in range(100):
            while self.decisions:
                self.decisions.popleft()
                self.tell(e.DecisionDenied(Reason.LIMIT_VISITS, None))
            while self.store.asked:
                self.tell(self.store.answer(works=True))
            if self.wake_at_ns is None:
                return
            self.wait(max(1, self.wake_at_ns - self.now_ns), 0)
        raise AssertionError(f"still busy: {self.session}")

    def put_right(self) -> None:
        """Whatever was wrong is repaired, and a technician says so."""
        self.pump.welded = False
        self.turn_key(on=False)
        self.tell(e.EmergencyReleased())
        self.tell(e.DeviceRecovered(Fault.READER_SILENT))
        self.leave_alone()
        self.tell(e.CardPresented(TECHNICIAN_UID, technician=True))
        self.leave_alone()

    def leak(self, volume_ml: int) -> None:
        self.pump.passed_ml += volume_ml
        self.leaked_ml += volume_ml + self.session.rules.dosing.calibration.pulse_ml
        self.tell(self.pump.reading())

    def _step(self, event: e.Event) -> None:
        outcome = step(self.session, event, self.now_ns)
        self.session, self.wake_at_ns = outcome.session, outcome.wake_at_ns
        for action in outcome.actions:
            self._perform(action)

    def _perform(self, action: a.Action) -> None:
        match action:
            case a.OpenValve(stop_at):
                self.pump.open(stop_at.limit_pulses)
                self.opened.append(self.session.the_fill.began_ns)
            case a.RaiseLimit(stop_at):
                assert self.pump.limit_pulses is not None
                assert stop_at.limit_pulses >= self.pump.limit_pulses
                self.pump.limit_pulses = stop_at.limit_pulses
            case a.ShutValve():
                self.pump.shut()
            case a.Decide(uid):
                self.decisions.append(uid)
            case a.Reserve() | a.RecordSale() | a.Release():
                self.store.ask(action)
            case a.RecordBypassed(volume_ml):
                self.store.bypassed_ml.append(volume_ml)
            case a.RecordUnauthorised(volume_ml):
                self.store.unauthorised_ml.append(volume_ml)
