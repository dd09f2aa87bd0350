"""One pump: its contact stays broken unless everything at once allows it to be made.

Made it is only by `make`, after `arm` of a new session, under a fresh lease, with the nozzle
lifted, the emergency stop healthy, the contact seen broken before and no fault. Whatever
changes that breaks it, and then only another `arm` and `make` lead back. It starts broken.

Times are cumulative µs, except an interrupt's. A method that can refuse returns why, or "".
"""

from firmware.guard import pulses
from firmware.guard.contact import Contact
from firmware.guard.lease import Lease
from firmware.guard.limiter import LIMIT_REACHED, Limiter
from firmware.guard.messages import FILL_MAX
from firmware.guard.stops import Stops
from firmware.guard.ticks import MASK, Ticks

NOZZLE_US = 30_000
"""A nozzle that reads hung for less is a switch that trembles."""
BOOT = "boot"


class Channel:
    """`contact.wanted` and `limiter.slow` are what the board is to be told."""

    def __init__(self, totaliser: int, ticks: Ticks) -> None:
        self._ticks = ticks
        self.counter: pulses.Single | pulses.Dual = pulses.Single()
        self._kind = "a"
        self._gap_us = 0
        self._seen = 0
        self._backwards = 0
        self.limiter = Limiter(totaliser)
        self.lease = Lease()
        self.contact = Contact()
        self.session = 0
        """The last that was armed."""
        self._opened = 0
        self._stops: Stops | None = None
        self.why = BOOT
        """Why the last session ended; the first reason stands."""
        self.fault = ""
        self.healthy = False
        self.lifted = False
        self._up = False
        self._lifted_us = 0
        self.stray = 0
        """Pulses when nothing should flow: cumulative since boot."""

    # What the interrupts call -------------------------------------------------------------

    def pulse(self, raw_us: int) -> int:
        """A pulse counted elsewhere, as by PIO: pulses.BREAK means break the contact now."""
        return self.counter.pulse(raw_us)

    def edge(self, raw_us: int, levels: int) -> int:
        """A change of A (bit 0) or B (bit 1): pulses.BREAK means break the contact now."""
        return self.counter.edge(raw_us, levels)

    # What the host asks -------------------------------------------------------------------

    def setup(self, kind: str, gap_us: int, levels: int) -> str:
        """One channel ("a") or two ("ab"), and the least time between pulses of real flow."""
        if self.contact.wanted:
            return "open"
        self._gap_us = gap_us
        if kind != self._kind:
            former = self.counter
            # First: an interrupt that comes in between counts in the new one already.
            self.counter = pulses.Dual(levels) if kind == "ab" else pulses.Single(levels)
            self._take(former)
            self._kind = kind
            self._seen = 0
            self._backwards += former.reversed
        return ""

    def arm(self, session: int, stops: Stops, hold_us: int, now_us: int) -> str:
        """Prepare a fill: its lease begins. The session must not have been open before."""
        total = self.limiter.pulses_total
        dose = stops.dose_pulses
        for wrong, why in (
            (self.contact.wanted, "open"),
            (self.fault, self.fault),
            (not self.healthy, "stop"),
            (session == self._opened, "session"),
            (not total < stops.limit_pulses <= total + FILL_MAX, "limit"),
            (dose is not None and dose <= total, "dose"),
        ):
            if wrong:
                return why
        self.session = session
        self._stops = stops
        self.lease.grant(session, hold_us, now_us)
        return ""

    def make(self, session: int, now_us: int) -> str:
        """Make the contact, if all allows it. Again for the same session changes nothing."""
        if self._stops is None or not self.lease.fresh(now_us):
            return "not_armed"
        if session != self.lease.session:
            self.shut("session", now_us)
            return "session"
        if self.contact.wanted:
            return ""
        for wrong, why in (
            (self.fault or self.counter.fault, self.fault or "fault"),
            (not self.healthy, "stop"),
            (not self._up, "nozzle"),
            (self.contact.made, "welded"),
        ):
            if wrong:
                return why
        self._count()
        try:
            self.limiter.open(self._stops)
        except ValueError:
            return "limit"
        self._opened = session
        self.counter.tripped = 0
        self.counter.gap_us = 0
        self._set_trips()
        self.contact.drive(now_us, wanted=True)
        return ""

    def raise_stops(self, session: int, stops: Stops, now_us: int) -> str:
        """Move the stops up; what would lower one is refused and changes nothing."""
        if self._stops is None or not self.lease.fresh(now_us):
            return "not_armed"
        if session != self.lease.session:
            self.shut("session", now_us)
            return "session"
        if stops.limit_pulses > self.limiter.pulses_total + FILL_MAX:
            return "limit"
        try:
            stops.check_raised_from(self._stops)
        except ValueError:
            return "lower"
        self._stops = stops
        if self.limiter.is_open:
            self.limiter.raise_limit(stops)
            self._set_trips()
            if self.counter.tripped:
                # The pulse that reached the former limit came in between and broke the contact.
                self._count()
                self.shut(LIMIT_REACHED, now_us)
                return "not_armed"
        return ""

    def renew(self, session: int, now_us: int) -> None:
        """Hold the lease on, unless it is another's: then shut."""
        if session == self.lease.session:
            self.lease.renew(now_us)
        elif self.lease.session:
            self.shut("session", now_us)

    def clear(self) -> str:
        """Forget a fault, after a technician; not while the contact is made or reads so."""
        if self.contact.wanted or self.contact.made:
            return "made"
        self.counter.forgive()
        self.fault = ""
        return ""

    def shut(self, why: str, now_us: int) -> None:
        """Break the contact and end the session; the first reason stands."""
        if self.lease.session:
            self.why = why
        self.limiter.shut(why)
        self.lease.give_up()
        self._stops = None
        self.counter.trip = self.counter.slow_trip = pulses.NEVER
        self.contact.drive(now_us, wanted=False)

    # What the main loop does --------------------------------------------------------------

    def look(self, now_us: int, *, made: bool, lifted: bool, healthy: bool) -> None:
        """Take the inputs' levels, and act on them."""
        self.healthy = healthy
        self._up = lifted
        if lifted:
            self._lifted_us = now_us
        self.lifted = lifted or (self.lifted and now_us - self._lifted_us < NOZZLE_US)
        if not healthy:
            self.shut("stop", now_us)
        elif self.contact.wanted and not self.lifted:
            self.shut("nozzle", now_us)
        wrong = self.contact.look(now_us, made=made)
        if wrong:
            self.fail(wrong, now_us)

    def turn(self, now_us: int) -> None:
        """Count what came, and shut for limit, dose, a lapsed lease or a fault of the pulser."""
        self._count()
        self.limiter.tick(now_us)
        if self.contact.wanted and not self.limiter.is_open:
            self.shut(self.limiter.shut_reason, now_us)
        if self.lease.session and not self.lease.fresh(now_us):
            self.shut("lease", now_us)
        if self.counter.fault:
            self.fail(pulses.FAULTS[self.counter.fault], now_us)
        if self.contact.wanted and self.counter.tripped:
            # What only one channel of two told may have reached the limit.
            self._count()
            self.shut(LIMIT_REACHED, now_us)
        self.counter.gap_us = 0 if self.contact.noisy(now_us) else self._gap_us

    def fail(self, fault: str, now_us: int) -> None:
        """Shut for a fault, which stays until it is cleared; the first one stands."""
        self.fault = self.fault or fault
        self.shut(fault, now_us)

    @property
    def backwards(self) -> int:
        """Whole pulses of reverse flow since boot; never subtracted from the count."""
        return self._backwards + self.counter.reversed

    def _count(self) -> None:
        self._take(self.counter)

    def _take(self, counter: "pulses.Single | pulses.Dual") -> None:
        counted, last_us = counter.counted, counter.last_us
        while counted != counter.counted:
            # An interrupt came between the two: once more, so that they belong together.
            counted, last_us = counter.counted, counter.last_us
        new = counted - self._seen & MASK
        if not new:
            return
        self._seen = counted
        at_us = self._ticks.place(last_us)
        if self.contact.settled(at_us):
            self.stray += new
        self.limiter.add(new, at_us)

    def _set_trips(self) -> None:
        """Tell the interrupt where to break by itself."""
        stops = self.limiter.stops
        if stops is None:
            return
        before = self._seen - self.limiter.pulses_total
        slow = stops.slow_pulses
        self.counter.slow_trip = pulses.NEVER if slow is None else before + slow & MASK
        self.counter.trip = before + stops.limit_pulses & MASK
