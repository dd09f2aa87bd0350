"""Anything may happen in any order; fuel, money and time still add up."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from gateway.core import events as e
from gateway.core.dosing import flow_ml
from gateway.core.reasons import Fault, Reason
from gateway.core.session import State
from gateway.core.units import NS_PER_MS
from tests.core.bench import OTHER_UID, TECHNICIAN_UID, UID, allow
from tests.core.world import World

RESTING = (State.IDLE, State.FAULTED, State.BYPASSED, State.EMERGENCY_STOP)
FLOWS = st.sampled_from([0, 1000, 35_000, 60_000])
TROUBLE = [
    e.StopRequested("attendant"),
    e.EmergencyStopped(),
    e.DeviceFailed(Fault.PUMP_SILENT, ""),
    e.DeviceFailed(Fault.READER_SILENT, ""),
    e.DeviceRecovered(Fault.READER_SILENT),
    e.DeviceRecovered(Fault.READER_SILENT),
]


class AnythingMayHappen(RuleBasedStateMachine):
    @initialize(calibration=st.sampled_from([(100, 1), (7, 3), (250, 1), (1, 1), (333, 2)]))
    def begin(self, calibration: tuple[int, int]) -> None:
        self.world = World(*calibration)

    @rule(uid=st.sampled_from([UID, OTHER_UID]))
    def tap(self, uid: str) -> None:
        self.world.tell(e.CardPresented(uid))

    @precondition(lambda self: self.world.decisions)
    @rule(stop_ml=st.one_of(st.integers(100, 1000), st.integers(1000, 20_000)))
    def allow(self, stop_ml: int) -> None:
        uid = self.world.decisions.popleft()
        self.world.tell(e.DecisionAllowed(allow(stop_ml, uid)))

    @precondition(lambda self: self.world.decisions)
    @rule()
    def deny(self) -> None:
        self.world.decisions.popleft()
        self.world.tell(e.DecisionDenied(Reason.LIMIT_VISITS, None))

    @precondition(lambda self: self.world.store.asked)
    @rule(works=st.sampled_from([True, True, True, False]))
    def the_store_answers(self, works: bool) -> None:
        self.world.tell(self.world.store.answer(works=works))

    @rule(lifted=st.booleans())
    def move_the_nozzle(self, lifted: bool) -> None:
        self.world.tell(e.NozzleLifted() if lifted else e.NozzleHung())

    @rule(duration_ms=st.integers(1, 8000), flow_ml_per_min=FLOWS)
    def time_passes(self, duration_ms: int, flow_ml_per_min: int) -> None:
        self.world.wait(duration_ms * NS_PER_MS, flow_ml_per_min)

    @precondition(lambda self: not self.world.session.metering_fill)
    @rule(volume_ml=st.integers(1, 2000))
    def fuel_leaks(self, volume_ml: int) -> None:
        self.world.leak(volume_ml)

    @rule(stop_ml=st.integers(1000, 20_000), flow_ml_per_min=FLOWS)
    def a_driver_fills(self, stop_ml: int, flow_ml_per_min: int) -> None:
        world = self.world
        world.put_right()
        assert world.session.state is State.IDLE, world.session
        world.tell(e.CardPresented(UID))
        world.decisions.clear()
        world.tell(e.DecisionAllowed(allow(stop_ml)))
        world.tell(world.store.answer(works=True))
        world.tell(e.NozzleLifted())
        assert world.session.valve_open
        world.wait(1500 * NS_PER_MS, flow_ml_per_min)

    @precondition(lambda self: self.world.session.valve_open)
    @rule(seconds=st.integers(1, 10), flow_ml_per_min=FLOWS)
    def the_store_keeps_up_with_the_flow(self, seconds: int, flow_ml_per_min: int) -> None:
        for _ in range(4 * seconds):
            self.world.wait(250 * NS_PER_MS, flow_ml_per_min)
            if self.world.store.asked:
                self.world.tell(self.world.store.answer(works=True))

    @rule(trouble=st.sampled_from(TROUBLE))
    def trouble_comes_or_goes(self, trouble: e.Event) -> None:
        self.world.tell(trouble)

    @rule(welded=st.sampled_from([False, False, True]))
    def a_contact_welds_or_is_replaced(self, welded: bool) -> None:
        self.world.pump.welded = welded

    @precondition(lambda self: self.world.session.state is State.FAULTED)
    @rule()
    def a_technician_comes(self) -> None:
        self.world.pump.welded = False
        self.world.tell(e.CardPresented(TECHNICIAN_UID, technician=True))

    @rule(on=st.booleans())
    def somebody_turns_the_key(self, on: bool) -> None:
        self.world.turn_key(on=on)

    @precondition(lambda self: self.world.session.state is State.EMERGENCY_STOP)
    @rule()
    def the_emergency_stop_is_released(self) -> None:
        self.world.tell(e.EmergencyReleased())

    @invariant()
    def what_is_spent_is_reserved(self) -> None:
        session, store = self.world.session, self.world.store
        if session.fill is not None and session.fill.opened:
            assert session.fill.reserved_ml == store.reserved_ml
            assert session.delivered_ml <= store.reserved_ml

    @invariant()
    def a_crash_now_would_stay_within_what_is_durable(self) -> None:
        pump, dosing = self.world.pump, self.world.session.rules.dosing
        if pump.limit_pulses is not None:
            late_ms = dosing.valve_lag_ms + dosing.timer_hold_ms
            most_ml = flow_ml(dosing.max_flow_ml_per_min, late_ms)
            passed_ml = pump.passed_ml - pump.opened_at_ml
            assert passed_ml + most_ml <= self.world.store.reserved_ml

    @invariant()
    def every_pulse_is_accounted_for_once(self) -> None:
        session, store = self.world.session, self.world.store
        accounted_ml = (
            sum(store.sold_ml)
            + sum(store.unauthorised_ml)
            + sum(store.bypassed_ml)
            + session.stray_ml
            + session.bypassed_ml
            + session.delivered_ml
        )
        assert accounted_ml == session.rules.dosing.calibration.volume_ml(self.world.pump.pulses)

    @invariant()
    def only_leaks_are_unauthorised(self) -> None:
        """Whenever the key is turned and back, and whatever the pump does meanwhile."""
        world = self.world
        assert sum(world.store.unauthorised_ml) + world.session.stray_ml <= world.leaked_ml

    @invariant()
    def the_valve_is_as_the_session_thinks(self) -> None:
        if self.world.pump.limit_pulses is not None:
            assert self.world.session.valve_open
            assert self.world.pump.limit_pulses == self.world.session.limit_pulses

    def teardown(self) -> None:
        """Left alone with a store that answers, every pump comes to rest, every fill on disk."""
        if not hasattr(self, "world"):
            return
        world = self.world
        world.leave_alone()
        session = world.session
        assert session.state in RESTING
        assert session.fill is None
        assert session.bypassed_ml == 0
        if session.state is State.FAULTED:
            assert session.reader_silent or (session.fault is not None and session.fault.locks)
        closed = world.store.closed
        assert len(closed) == len(set(closed))
        assert set(world.opened) <= set(closed)


AnythingMayHappen.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None
)
TestAnythingMayHappen = AnythingMayHappen.TestCase
