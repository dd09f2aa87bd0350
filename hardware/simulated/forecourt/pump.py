"""One pump: contacts in series, valve, meter and pulser, nozzle and lever.

Everything between two events is a closed form of time (flow.py), so advancing in one step or
in many gives the same nanolitres and the same edges.
"""

import random

from gateway.core.units import NS_PER_MS
from hardware.simulated.forecourt.contact import Contact
from hardware.simulated.forecourt.edges import Edges
from hardware.simulated.forecourt.flow import NL_PER_ML, Segment
from hardware.simulated.forecourt.pulser import CHATTER, CLEAN, SILENT, Disc, Pattern
from hardware.simulated.forecourt.settings import PumpPhysics
from hardware.simulated.forecourt.valve import Valve
from hardware.wiring import PumpPins

NEVER = 2**63 - 1
CONTACT_NS = 10 * NS_PER_MS
"""A small relay's operate and release time."""
RUNDOWN_NS = 400 * NS_PER_MS
"""How long the motor still delivers once switched off; longer than the valve takes to shut."""
SHORTEST_LAG_NS = 50 * NS_PER_MS


class SimulatedPump:
    def __init__(
        self,
        pins: PumpPins,
        physics: PumpPhysics,
        rng: random.Random,
        edges: Edges,
        *,
        now_ns: int = 0,
    ) -> None:
        self.pins = pins
        self.physics = physics
        self.now_ns = now_ns
        self.next_ns = NEVER
        """Next instant at which something other than a pulse happens."""
        self.dispensed_nl = 0
        """The integral of the flow at `now_ns`, taken before any driver."""
        self.pulses = 0
        """Rising edges put on the pulser's line."""
        self.lifted = False
        self.squeezed = False
        self.flowing = False
        """Fuel comes out of the nozzle (a leak does not count)."""
        self.faults: dict[str, int] = {}
        self.enable = Contact(CONTACT_NS, CONTACT_NS)
        self.timer = Contact(CONTACT_NS, 0, closed=pins.timer_feed is None)
        self._motor = Contact(0, RUNDOWN_NS)
        self._valve = Valve.shut(now_ns)
        self._valve_open = False
        self._stop_healthy = True
        self._feed_level = 0
        self._timer_until_ns = NEVER
        self._release_at_nl: int | None = None
        self._rng = rng
        self._edges = edges
        self._levels = {pins.nozzle: 0, pins.pulser: 0, pins.enable_readback: 0}
        if pins.timer_readback is not None:
            self._levels[pins.timer_readback] = int(self.timer.made)
        self._disc = Disc(physics.calibration)
        self._pattern: Pattern = CLEAN
        self._segment = Segment(now_ns, 0, 0)
        self._told_nl = 0
        self._next_edge_nl = self._disc.next_edge(0, CLEAN)
        self._event_ns = NEVER
        self._settle()

    @property
    def levels(self) -> dict[int, int]:
        """What the gateway would read on this pump's input pins."""
        return self._levels

    @property
    def flow_ml_per_min(self) -> int:
        return self._segment.rate_at(self.now_ns) // NL_PER_ML

    @property
    def fuel_left_nl(self) -> int | None:
        if self.physics.station_tank_ml is None:
            return None
        return max(0, self.physics.station_tank_ml * NL_PER_ML - self.dispensed_nl)

    def next_edge_ns(self) -> int:
        """When the pulser's line next changes if nothing else happens before."""
        if self._next_edge_nl is None:
            return NEVER
        at_ns = self._segment.when(self._next_edge_nl)
        return NEVER if at_ns is None else at_ns

    def advance(self, to_ns: int) -> bool:
        """Let time pass, at most to `next_ns`. True when something other than pulses happened."""
        volume_nl = self._segment.volume_at(to_ns)
        if self._next_edge_nl is not None and volume_nl >= self._next_edge_nl:
            self._tell_pulses(volume_nl)
        self.now_ns = to_ns
        self.dispensed_nl = volume_nl
        if to_ns < self.next_ns:
            return False
        self._settle()
        return True

    def drive_enable(self, level: int) -> None:
        self.enable.drive(self.now_ns, energised=bool(level))
        self._settle()

    def drive_timer_feed(self, level: int) -> None:
        """A rising edge feeds the timer; nothing else does."""
        rising = level > self._feed_level
        self._feed_level = level
        if not rising:
            return
        held = self._timer_until_ns != NEVER
        self._timer_until_ns = self.now_ns + self.physics.timer_hold_ms * NS_PER_MS
        if held:
            self.next_ns = min(self._event_ns, self._timer_until_ns)
        else:
            self.timer.drive(self.now_ns, energised=True)
            self._settle()

    def lift(self) -> None:
        self.lifted = True
        self._settle()

    def hang(self) -> None:
        self.lifted = self.squeezed = False
        self._settle()

    def squeeze(self, free_ml: int | None = None) -> None:
        """Squeeze the lever; it clicks off by itself when the vehicle took `free_ml`."""
        self.squeezed = True
        self._release_at_nl = None if free_ml is None else self.dispensed_nl + free_ml * NL_PER_ML
        self._settle()

    def release(self) -> None:
        self.squeezed = False
        self._settle()

    def set_stop(self, *, healthy: bool) -> None:
        self._stop_healthy = healthy
        self._settle()

    def set_fault(self, name: str, value: int | None) -> None:
        """Break something (`faults.py` lists the names and checks values), or mend it: None."""
        if value is None:
            self.faults.pop(name, None)
        else:
            self.faults[name] = value
        self.enable.welded = "enable_welded" in self.faults
        self.timer.welded = "limiter_welded" in self.faults
        self._settle()
        if "pulser_silent" in self.faults:
            self._turn_pulser_into(SILENT)
        else:
            self._turn_pulser_into(CHATTER if "pulser_chatter" in self.faults else CLEAN)

    def _turn_pulser_into(self, pattern: Pattern) -> None:
        self._pattern = pattern
        self._told_nl = self.dispensed_nl
        self._next_edge_nl = self._disc.next_edge(self.dispensed_nl, pattern)
        if pattern:
            self._set_pulser(self.now_ns, self._disc.level_at(self.dispensed_nl, pattern))

    def _tell_pulses(self, volume_nl: int) -> None:
        for at_ns, level in self._disc.edges(
            self._segment, self._told_nl, volume_nl, self._pattern
        ):
            self._set_pulser(at_ns, level)
        self._told_nl = volume_nl
        self._next_edge_nl = self._disc.next_edge(volume_nl, self._pattern)

    def _set_pulser(self, at_ns: int, level: int) -> None:
        pin = self.pins.pulser
        if self._levels[pin] != level:
            self._levels[pin] = level
            self._edges.pulses.append((at_ns, pin, level))
            self.pulses += level

    def _settle(self) -> None:
        """Let every part take the place that the time and the inputs of this instant give it."""
        now_ns = self.now_ns
        if now_ns >= self._timer_until_ns:
            self._timer_until_ns = NEVER
            self.timer.drive(now_ns, energised=False)
        self._motor.drive(now_ns, energised=self.lifted and self._stop_healthy)
        for contact in (self.enable, self.timer, self._motor):
            contact.pass_time(now_ns)
        if self._release_at_nl is not None and self.dispensed_nl >= self._release_at_nl:
            self.squeezed = False
            self._release_at_nl = None
        self._signal(self.pins.nozzle, self.lifted)
        self._signal(self.pins.enable_readback, self.enable.made)
        if self.pins.timer_readback is not None:
            self._signal(self.pins.timer_readback, self.timer.made)
        self._move_valve()
        self._flow()

    def _signal(self, pin: int, level: bool) -> None:  # noqa: FBT001 - a level, not an option
        if self._levels[pin] != level:
            self._levels[pin] = int(level)
            self._edges.signals.append((self.now_ns, pin, int(level)))

    def _move_valve(self) -> None:
        current = self.enable.made and self.timer.made and self._stop_healthy
        opened = current or (self._valve_open and "valve_stuck_open" in self.faults)
        if opened == self._valve_open:
            return
        self._valve_open = opened
        jitter_ns = self.physics.lag_jitter_ms * NS_PER_MS
        lag_ns = self.physics.valve_lag_ms * NS_PER_MS + self._rng.randint(-jitter_ns, jitter_ns)
        slower_ns = self.faults.get("valve_slow", 0) * NS_PER_MS
        self._valve = self._valve.command(
            self.now_ns, opened=opened, lag_ns=max(SHORTEST_LAG_NS, lag_ns) + slower_ns
        )

    def _flow(self) -> None:
        """Work out the stretch of flow that starts now, and when it ends."""
        now_ns, full, valve = self.now_ns, self.physics.flow_ml_per_min, self._valve
        tank_nl = self.fuel_left_nl
        wet = tank_nl is None or tank_nl > 0
        leak = self.faults.get("flow_while_closed", 0) * NL_PER_ML if wet else 0
        rate, change, span_ns = 0, 0, 1
        if wet and self.lifted and self.squeezed and self._motor.made:
            opening_ppm = valve.opening_at(now_ns)
            rate = full * opening_ppm  # ml/min in parts per million are nl/min
            if valve.from_ns <= now_ns < valve.to_ns:
                change = full * (valve.to_ppm - opening_ppm)
                span_ns = valve.to_ns - now_ns
        self.flowing = bool(rate or change)
        self._segment = Segment(now_ns, self.dispensed_nl, rate + leak, change, span_ns)
        moments = [
            self.enable.due_ns,
            self.timer.due_ns,
            self._motor.due_ns,
            valve.next_change_ns(now_ns),
            None if self._release_at_nl is None else self._segment.when(self._release_at_nl),
            None if not tank_nl else self._segment.when(self.dispensed_nl + tank_nl),
        ]
        self._event_ns = min((at for at in moments if at is not None), default=NEVER)
        self.next_ns = min(self._event_ns, self._timer_until_ns)
