"""A pump's fuel and contacts, and the driver that the gateway has of it while it runs.

The flow is known in closed form, so nothing happens between two events. The totaliser here is
the truth that ledgers are compared with: no driver and no crash touches it.
"""

from collections.abc import Callable

from firmware.guard.limiter import Limiter
from firmware.guard.stops import Stops
from gateway.core.units import NS_PER_MS, NS_PER_US, Calibration
from gateway.core.valve import Contact
from hardware.ports import PumpReading
from simulation.world import World

NL_PER_ML = 1_000_000
_NS_PER_MIN_ML = 60_000
"""ml/min × ns / this = nl."""


class Physics:
    """Fuel flows while the valve is open and somebody squeezes, or where it leaks."""

    def __init__(self, world: World, calibration: Calibration, timer_hold_ms: int) -> None:
        self._world = world
        self.calibration = calibration
        self._hold_ns = timer_hold_ms * NS_PER_MS
        self.lag_ns = 100 * NS_PER_MS
        """From broken contacts until the valve is shut."""
        self.relay = False
        self._fed_until_ns = 0
        self._open = False
        self._squeezed_ml_per_min = 0
        self._leak_ml_per_min = 0
        self._since_ns = 0
        self._before_nl = 0
        self._change = 0
        self._pulses = (0, 0)
        """Of what had passed when they were last asked for."""
        self.flow_changed: Callable[[], None] = lambda: None
        """Whoever counts wants to know."""

    @property
    def rate_ml_per_min(self) -> int:
        return self._squeezed_ml_per_min if self._open else self._leak_ml_per_min

    @property
    def dispensed_nl(self) -> int:
        rate = self.rate_ml_per_min
        if not rate:
            return self._before_nl
        return self._before_nl + rate * (self._world.now_ns - self._since_ns) // _NS_PER_MIN_ML

    @property
    def pulses(self) -> int:
        dispensed_nl, ratio = self.dispensed_nl, self.calibration
        if dispensed_nl != self._pulses[0]:
            pulses = dispensed_nl * ratio.pulses // (ratio.litres * 1000 * NL_PER_ML)
            self._pulses = dispensed_nl, pulses
        return self._pulses[1]

    @property
    def pulsed_ml(self) -> int:
        return self.calibration.volume_ml(self.pulses)

    @property
    def limiter_made(self) -> bool:
        return self._world.now_ns < self._fed_until_ns

    def ns_until(self, dispensed_nl: int) -> int | None:
        """How long until that much has passed, at the present flow; None: it never does."""
        left_nl = dispensed_nl - self.dispensed_nl
        if left_nl <= 0:
            return 0
        rate = self.rate_ml_per_min
        return -(-left_nl * _NS_PER_MIN_ML // rate) if rate else None

    def squeeze(self, ml_per_min: int) -> None:
        self._flow_changes()
        self._squeezed_ml_per_min = ml_per_min
        self.flow_changed()

    def leak(self, ml_per_min: int) -> None:
        self._flow_changes()
        self._leak_ml_per_min = ml_per_min
        self.flow_changed()

    def make(self) -> None:
        self.relay = True
        self.feed()
        self._flow_changes()
        self._open = True
        self._change += 1
        self.flow_changed()

    def feed(self) -> None:
        """The timer's contact holds for as long as it is set to, and then lets the valve go."""
        self._fed_until_ns = fed_until_ns = self._world.now_ns + self._hold_ns

        def expire() -> None:
            if self._fed_until_ns == fed_until_ns and self._open:
                self.let_go()

        self._world.at(fed_until_ns, expire)

    def let_go(self) -> None:
        """A contact has broken: the valve is shut after its lag."""
        change = self._change

        def shut() -> None:
            if self._change == change:
                self._flow_changes()
                self._open = False
                self._change += 1
                self.flow_changed()

        self._world.after(self.lag_ns, shut)

    def power_cut(self) -> None:
        """Nothing is driven any more."""
        self.relay = False
        self._fed_until_ns = self._world.now_ns
        self.let_go()

    def _flow_changes(self) -> None:
        self._before_nl, self._since_ns = self.dispensed_nl, self._world.now_ns


class Driver:
    """Fits hardware.ports.Pump: counts and limits while the process that has it lives."""

    def __init__(
        self,
        world: World,
        physics: Physics,
        *,
        opens: Callable[[int, int], None],
        raises: Callable[[int, int], None],
    ) -> None:
        """`opens` and `raises` are told the limit before fuel may flow up to it, and the count at
        which the valve opened; both in pulses."""
        self._world, self._physics = world, physics
        self._opens, self._raises = opens, raises
        self._limiter = Limiter()
        self._base = physics.pulses
        self._watch = self._opened_at = 0
        self._dead = False
        physics.flow_changed = self._await_limit
        physics.relay = False
        physics.power_cut()

    def open(self, stops: Stops, first: Contact) -> None:  # noqa: ARG002 - both follow at once
        self._count()
        self._limiter.open(stops)
        self._opened_at = self._limiter.pulses_total
        self._opens(stops.limit_pulses, self._opened_at)
        self._physics.make()

    def raise_limit(self, stops: Stops) -> None:
        self._count()
        self._limiter.raise_limit(stops)
        self._raises(stops.limit_pulses, self._opened_at)
        self._await_limit()

    def renew(self) -> None:
        if self._limiter.is_open and not self._dead:
            self._physics.feed()

    def shut(self, first: Contact | None = None) -> None:  # noqa: ARG002 - both follow at once
        self._count()
        self._limiter.shut("commanded")
        self._break()

    def read(self) -> PumpReading:
        self._count()
        physics = self._physics
        return PumpReading(
            self._limiter.pulses_total, None, physics.relay, limiter_made=physics.limiter_made
        )

    def clear(self) -> None:
        """Contacts here never weld."""

    def close(self) -> None:
        self.shut()

    def die(self, *, power: bool) -> None:
        """The process is gone. Without power the contacts fall; else the timer lets go."""
        self._dead = True
        self._watch += 1
        self._physics.flow_changed = lambda: None
        if power:
            self._physics.power_cut()

    def _count(self) -> None:
        if self._dead:
            return
        new = self._physics.pulses - self._base - self._limiter.pulses_total
        if new and self._limiter.add(new, self._world.now_ns // NS_PER_US):
            self._break()

    def _break(self) -> None:
        if self._physics.relay:
            self._physics.relay = False
            self._physics.let_go()

    def _await_limit(self) -> None:
        """The very pulse that reaches the limit breaks the contacts."""
        self._watch += 1
        if not self._limiter.is_open or self._dead:
            return
        calibration, watch = self._physics.calibration, self._watch
        limit_nl = -(
            -(self._limiter.limit_pulses + self._base)
            * calibration.litres
            * 1000
            * NL_PER_ML
            // calibration.pulses
        )
        wait_ns = self._physics.ns_until(limit_nl)
        if wait_ns is not None:
            self._world.after(wait_ns, lambda: self._count() if watch == self._watch else None)
