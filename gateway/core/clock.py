"""How far the machine's wall clock can be believed. Pure: readings and evidence are passed in.

No safety rests on it: a grant holds its litres whatever the time. Two kinds of evidence bound
the clock: entries of our ledger written while it was good, and the times of central's sealed
directives. Instants are UTC in ns since 1970; monotonic time is of this boot, in ns.
"""

from dataclasses import dataclass, replace

from gateway.core.log import Entry
from gateway.core.units import NS_PER_S

NS_PER_DAY = 24 * 3600 * NS_PER_S

AHEAD_NS = 5 * NS_PER_DAY
"""So far, in sum over a boot, the clock may be or step ahead of the evidence and still be good.

Less would doubt every Raspberry Pi, which has no battery: it starts where it was switched off,
and the network's time moves it ahead by a night or a long weekend. More would let it reach a
month whose grants are not here: central sends them five days early. Whoever was off for longer
is in doubt until central's next directive.
"""
CENTRAL_AHEAD_NS = 180 * NS_PER_DAY
"""A directive from further ahead of clock and evidence alike is central's mistake, such as a
year typed wrongly. Within it a station with an empty battery finds the date again."""


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """What is known about time at one gateway; each piece of evidence makes the next one."""

    floor_ns: int = 0
    """The newest evidence: wall time is never behind it."""
    known_offset_ns: int | None = None
    """UTC less monotonic time of the newest evidence that this boot did not give to itself:
    where the clock's lead is counted from. None: no evidence yet, the machine is believed."""
    going_offset_ns: int | None = None
    """UTC less monotonic time of the newest evidence: how time goes on while in doubt."""

    def is_good(self, utc_ns: int, monotonic_ns: int) -> bool:
        """The clock is not behind the evidence, nor further ahead than time can have gone."""
        if utc_ns < self.floor_ns:
            return False
        known_ns = self.known_offset_ns
        return known_ns is None or utc_ns <= known_ns + monotonic_ns + AHEAD_NS

    def now_ns(self, utc_ns: int, monotonic_ns: int) -> int:
        """The clock while it is good; else the newest evidence, and what passed since."""
        if self.is_good(utc_ns, monotonic_ns) or self.going_offset_ns is None:
            return max(utc_ns, self.floor_ns)
        return max(self.floor_ns, self.going_offset_ns + monotonic_ns)

    def recorded(self, at_ns: int, monotonic_ns: int) -> "ClockTrust":
        """This boot wrote an entry at `at_ns` by a good clock. It lends the clock no more lead."""
        return replace(
            self,
            floor_ns=max(self.floor_ns, at_ns),
            going_offset_ns=_newer(self.going_offset_ns, at_ns - monotonic_ns),
        )

    def known(self, at_ns: int, monotonic_ns: int) -> "ClockTrust":
        """It was `at_ns` before now, by evidence from outside this boot."""
        return replace(
            self.recorded(at_ns, monotonic_ns),
            known_offset_ns=_newer(self.known_offset_ns, at_ns - monotonic_ns),
        )

    def told(self, at_ns: int, utc_ns: int, monotonic_ns: int) -> "ClockTrust":
        """Central sealed a directive at `at_ns`. Unchanged where that is wildly ahead."""
        believed_ns = max(utc_ns, self.now_ns(utc_ns, monotonic_ns))
        if self.known_offset_ns is not None and at_ns > believed_ns + CENTRAL_AHEAD_NS:
            return self
        return self.known(at_ns, monotonic_ns)


def trusted_time(entry: Entry) -> str | None:
    """UTC text of an entry that says its clock was good; None of any other entry."""
    return entry.time if entry.data.get("clock") == "good" else None


def _newer(before_ns: int | None, offset_ns: int) -> int:
    return offset_ns if before_ns is None else max(before_ns, offset_ns)
