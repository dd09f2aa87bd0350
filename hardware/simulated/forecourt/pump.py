"""One pump: contacts in series, valve, meter and pulser, nozzle and lever.

Everything between two events is a closed form of time (flow.py), so advancing in one step or
in many gives the same nanolitres and the same edges.
"""

import random

from gateway.core.units import NS_PER_MS
from hardware.simulated.forecourt import channels
from hardware.simulated.forecourt.channels import A, Channels
from hardware.simulated.forecourt.contact import Contact
from hardware.simulated.forecourt.edges import Edges
from hardware.simulated.forecourt.flow import NL_PER_ML, Segment
from hardware.simulated.forecourt.inputs import Inputs
from hardware.simulated.forecourt.pulser import Disc
from hardware.simulated.forecourt.settings import PumpPhysics
from hardware.simulated.forecourt.valve import PPM, Valve
from hardware.wiring import PumpPins

NEVER = 2**63 - 1
CONTACT_NS = 10 * NS_PER_MS
"""A small relay's operate and release time."""
RUNDOWN_NS = 400 * NS_PER_MS
"""How long the motor still delivers once switched off; longer than the valve takes to shut."""


class SimulatedPump:
    def __init__(
        self,
        pins: PumpPins | None,
        physics: PumpPhysics,
        rng: random.Random,
        edges: Edges,
        *,
        now_ns: int = 0,
        with_pico: bool = False,
    ) -> None:
        """`pins` None: a third party's, which flows without a gateway.

        `with_pico`: pulser, second contact and slow stage are a co-processor's, no pin's."""
        self.pins = pins
        self.physics = physics
        self.now_ns = now_ns
        self.next_ns = NEVER
        """Next instant at which something other than a pulse happens."""
        self.dispensed_nl = 0
        """The integral of the flow at `now_ns`, taken before any driver."""
        self.pulses = 0
        """Rising edges put on the pulser's (first) line."""
        self.pico_edges: list[channels.Edge] = []
        """Of the pulser's lines, for the co-processor to take; empty without one."""
        self.lifted = self.squeezed = self.bypassed = False
        self._lever_percent = 100
        self.flowing = False
        """Fuel comes out of the nozzle (a leak does not count)."""
        self.faults: dict[str, int] = {}
        self.enable = Contact(CONTACT_NS, CONTACT_NS, closed=pins is None)
        self.with_pico = with_pico
        no_timer = pins is None or pins.timer_feed is None
        self.limiter = (
            Contact(CONTACT_NS, CONTACT_NS)
            if with_pico
            else Contact(CONTACT_NS, 0, closed=no_timer)
        )
        """The second contact in series: the co-processor's relay, or the timer's output."""
        self._motor = Contact(0, RUNDOWN_NS)
        self._valve, self._valve_to_ppm = Valve.shut(now_ns), 0
        self._slow, self._stop_healthy, self._feed_level = False, True, 0
        self._timer_until_ns = NEVER
        self._release_at_nl: int | None = None
        self._rng = rng
        self._inputs = Inputs(pins, edges)
        self._inputs.begin(limiter=self.limiter.made)
        self.channels = Channels(Disc(physics.calibration), physics.channels)
        self._segment = Segment(now_ns, 0, 0)
        self._event_ns = NEVER
        self._settle()

    @property
    def levels(self) -> dict[int, int]:
        """What the gateway would read on this pump's input pins."""
        return self._inputs.levels

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
        return self.channels.next_ns(self._segment)

    def advance(self, to_ns: int) -> bool:
        """Let time pass, at most to `next_ns`. True when something other than pulses happened."""
        volume_nl = self._segment.volume_at(to_ns)
        self._tell(self.channels.turn(self._segment, volume_nl))
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
        if not rising or self.with_pico:
            return
        held = self._timer_until_ns != NEVER
        self._timer_until_ns = self.now_ns + self.physics.timer_hold_ms * NS_PER_MS
        if held:
            self.next_ns = min(self._event_ns, self._timer_until_ns)
        else:
            self.limiter.drive(self.now_ns, energised=True)
            self._settle()

    def drive_pico(self, at_ns: int, *, contact: bool, slow: bool) -> None:
        """The co-processor's outputs since `at_ns`, not longer ago than a relay needs to move."""
        self.limiter.drive(at_ns, energised=contact)
        self._slow = slow
        self._settle()

    def lift(self) -> None:
        self.lifted = True
        self._settle()

    def hang(self) -> None:
        self.lifted = self.squeezed = False
        self._settle()

    def squeeze(self, free_ml: int | None = None, percent: int = 100) -> None:
        """Squeeze the lever so far; it clicks off by itself when the vehicle took `free_ml`."""
        self.squeezed, self._lever_percent = True, percent
        self._release_at_nl = None if free_ml is None else self.dispensed_nl + free_ml * NL_PER_ML
        self._settle()

    def release(self) -> None:
        self.squeezed = False
        self._settle()

    def turn_bypass(self, *, on: bool) -> None:
        """Current past both contacts, behind the stop; sensed where a pin is wired to it."""
        self.bypassed = on
        self._settle()

    def set_stop(self, *, healthy: bool) -> None:
        """Our emergency stop is not wired to what is not ours."""
        self._stop_healthy = healthy or self.pins is None
        self._settle()

    def set_fault(self, name: str, value: int | None) -> None:
        """Break something (`faults.py` lists the names and checks values), or mend it: None."""
        if value is None:
            self.faults.pop(name, None)
        else:
            self.faults[name] = value
        self.enable.welded = "enable_welded" in self.faults
        self.limiter.welded = "limiter_welded" in self.faults
        self._settle()
        self._tell(self.channels.rewire(self.now_ns, self.dispensed_nl, self.faults))

    def _tell(self, edges: list[channels.Edge]) -> None:
        for at_ns, channel, level in edges:
            if channel == A:
                self.pulses += level
                if not self.with_pico:
                    self._inputs.pulse(at_ns, level)
        if self.with_pico:
            self.pico_edges += edges

    def _settle(self) -> None:
        """Let every part take the place that the time and the inputs of this instant give it."""
        now_ns = self.now_ns
        if now_ns >= self._timer_until_ns:
            self._timer_until_ns = NEVER
            self.limiter.drive(now_ns, energised=False)
        self._motor.drive(now_ns, energised=self.lifted and self._stop_healthy)
        for contact in (self.enable, self.limiter, self._motor):
            contact.pass_time(now_ns)
        if self._release_at_nl is not None and self.dispensed_nl >= self._release_at_nl:
            self.squeezed = False
            self._release_at_nl = None
        self._inputs.tell(
            now_ns,
            lifted=self.lifted,
            enable=self.enable.made,
            limiter=self.limiter.made,
            bypassed=self.bypassed,
        )
        self._move_valve()
        self._flow()

    def _move_valve(self) -> None:
        fed = self.bypassed or (self.enable.made and self.limiter.made)
        to_ppm = self._open_ppm if fed and self._stop_healthy else 0
        stuck = to_ppm < self._valve_to_ppm and "valve_stuck_open" in self.faults
        if stuck or to_ppm == self._valve_to_ppm:
            return
        self._valve_to_ppm = to_ppm
        slower_ns = self.faults.get("valve_slow", 0) * NS_PER_MS
        lag_ns = self.physics.drawn_lag_ns(self._rng) + slower_ns
        self._valve = self._valve.command(self.now_ns, to_ppm=to_ppm, lag_ns=lag_ns)

    @property
    def _open_ppm(self) -> int:
        """How far a valve with current opens: the key feeds both stages, where there are two."""
        slow, full = self.physics.slow_flow_ml_per_min, self.physics.flow_ml_per_min
        slowly = self._slow and not self.bypassed
        return slow * PPM // full if slow is not None and slowly else PPM

    def _flow(self) -> None:
        """Work out the stretch of flow that starts now, and when it ends."""
        now_ns, valve = self.now_ns, self._valve
        full = self.physics.flow_ml_per_min * self._lever_percent // 100
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
        if not (self.flowing or leak) and self.dispensed_nl:
            leak = -self.faults.get("reverse_flow", 0) * NL_PER_ML
        self._segment = Segment(now_ns, self.dispensed_nl, rate + leak, change, span_ns)
        moments = [
            self.enable.due_ns,
            self.limiter.due_ns,
            self._motor.due_ns,
            valve.next_change_ns(now_ns),
            None if self._release_at_nl is None else self._segment.when(self._release_at_nl),
            None if not tank_nl else self._segment.when(self.dispensed_nl + tank_nl),
            self._segment.when_below(1) if leak < 0 else None,
        ]
        self._event_ns = min((at for at in moments if at is not None), default=NEVER)
        self.next_ns = min(self._event_ns, self._timer_until_ns)
