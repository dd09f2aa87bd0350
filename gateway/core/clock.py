"""How far the machine's wall clock can be believed. Pure: readings and evidence are passed in.

No safety rests on it: a grant holds its litres whatever the time. Three kinds of evidence bound
the clock: entries of our ledger written while it was good, the times of central's sealed
directives, and the time that central seals into an acknowledgement of what we have just written.
Only the last can take back what was believed: a directive may have come late, while an
acknowledgement cannot have been made before the entry that it covers. Before any evidence the
clock is in doubt: one without a battery says 1970, or 2066. A clock with a battery vouches for
more than the evidence does, and is none itself: entries by it prove nothing to the next boot.

Instants are UTC in ns since 1970; monotonic time is of this boot, in ns.
"""

from msgspec import Struct
from msgspec.structs import replace

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
CARRIED_NS = 31 * NS_PER_DAY
"""So far ahead of the evidence a clock with a battery is believed, and no further: it reaches the
next month at most."""
CENTRAL_AHEAD_NS = 180 * NS_PER_DAY
"""What central says from further ahead of clock and evidence alike is its mistake, such as a
year typed wrongly. Within it a station with an empty battery finds the date again."""
WRONG_NS = 3600 * NS_PER_S
"""Evidence so far ahead of central's word is wrong, and a clock so far behind it. Clocks differ by
seconds, and an entry may have been on its way to the disk for minutes."""


class ClockTrust(Struct, frozen=True):
    """What is known about time at one gateway; each piece of evidence makes the next one."""

    floor_ns: int = 0
    """The newest evidence: wall time is never behind it."""
    known_offset_ns: int | None = None
    """UTC less monotonic time of the newest evidence that this boot did not give to itself:
    where the clock's lead is counted from. None: no evidence yet, so the clock is in doubt."""
    going_offset_ns: int | None = None
    """UTC less monotonic time of the newest evidence: how time goes on while in doubt."""
    carried_offset_ns: int | None = None
    """UTC less monotonic time that a clock with a battery had when this boot began."""
    told_offset_ns: int | None = None
    """UTC less monotonic time of central's newest word alone: it is this late at least."""
    directive_ns: int = 0
    """Of central's newest directive: what it says later is not earlier."""

    def is_good(self, utc_ns: int, monotonic_ns: int) -> bool:
        """The clock is not behind the evidence, nor further ahead than time can have gone."""
        if utc_ns < self.floor_ns:
            return False
        known_ns = self.known_offset_ns
        return known_ns is not None and utc_ns <= known_ns + monotonic_ns + AHEAD_NS

    def is_carried(self, utc_ns: int, monotonic_ns: int) -> bool:
        """A clock with a battery vouches for this time, whatever else is known."""
        carried_ns = self.carried_offset_ns
        return (
            carried_ns is not None
            and self.floor_ns <= utc_ns <= carried_ns + monotonic_ns + AHEAD_NS
        )

    def now_ns(self, utc_ns: int, monotonic_ns: int) -> int:
        """The clock while it is believed; else the newest evidence, and what passed since."""
        reading = utc_ns, monotonic_ns
        believed = self.is_good(*reading) or self.is_carried(*reading)
        if believed or self.going_offset_ns is None:
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

    def carried(self, at_ns: int, monotonic_ns: int) -> "ClockTrust":
        """A clock with a battery says that it is `at_ns`. Unchanged where there is no evidence to
        compare it with, and where it is behind that or too far ahead: it was set wrong, or its
        battery is empty."""
        known_ns = self.known_offset_ns
        if known_ns is None or not (self.floor_ns <= at_ns <= known_ns + monotonic_ns + CARRIED_NS):
            return self
        return replace(self, carried_offset_ns=at_ns - monotonic_ns)

    def at_least_ns(self, monotonic_ns: int) -> int | None:
        """It is this late at least, by central's word and not by this machine's clock."""
        told_ns = self.told_offset_ns
        return None if told_ns is None else told_ns + monotonic_ns

    def told(self, at_ns: int, utc_ns: int, monotonic_ns: int) -> "ClockTrust":
        """Central sealed a directive at `at_ns`. Unchanged where that is wildly ahead."""
        if self._is_wild(at_ns, utc_ns, monotonic_ns):
            return self
        return replace(self.said(at_ns, monotonic_ns), directive_ns=at_ns)

    def heard(self, at_ns: int, within_ns: int, utc_ns: int, monotonic_ns: int) -> "ClockTrust":
        """Central has just said that it was `at_ns`; that is `within_ns` ago at most.

        What was believed and is later than that can be is taken back. Unchanged where central
        contradicts its own directives, or is wildly ahead.
        """
        if at_ns < self.directive_ns or self._is_wild(at_ns, utc_ns, monotonic_ns):
            return self
        if self.is_wrong(at_ns, within_ns, monotonic_ns):
            cleared = ClockTrust(directive_ns=self.directive_ns)
            return cleared.said(at_ns, monotonic_ns)
        said = self.said(at_ns, monotonic_ns)
        if utc_ns < at_ns <= utc_ns + WRONG_NS:
            # Two clocks that are right differ a little: this one is not in doubt for it.
            return replace(said, floor_ns=max(self.floor_ns, utc_ns))
        return said

    def is_wrong(self, at_ns: int, within_ns: int, monotonic_ns: int) -> bool:
        """Later times were believed than central's word of `within_ns` ago leaves possible."""
        latest_ns = at_ns + within_ns + WRONG_NS
        offsets = (
            self.going_offset_ns,
            self.known_offset_ns,
            self.told_offset_ns,
            self.carried_offset_ns,
        )
        going = (offset + monotonic_ns for offset in offsets if offset is not None)
        return max((self.floor_ns, *going)) > latest_ns

    def said(self, at_ns: int, monotonic_ns: int) -> "ClockTrust":
        """Central said before now that it was `at_ns`."""
        told_ns = _newer(self.told_offset_ns, at_ns - monotonic_ns)
        return replace(self.known(at_ns, monotonic_ns), told_offset_ns=told_ns)

    def _is_wild(self, at_ns: int, utc_ns: int, monotonic_ns: int) -> bool:
        believed_ns = max(utc_ns, self.now_ns(utc_ns, monotonic_ns))
        return self.known_offset_ns is not None and at_ns > believed_ns + CENTRAL_AHEAD_NS


def is_trusted(quality: str) -> bool:
    """Whether days and hours may be counted by a clock that an entry says was of this quality."""
    return quality in ("good", "rtc")


def trusted_time(entry: Entry) -> str | None:
    """UTC text of an entry that says its clock was good; None of any other entry."""
    return entry.time if entry.data.get("clock") == "good" else None


def _newer(before_ns: int | None, offset_ns: int) -> int:
    return offset_ns if before_ns is None else max(before_ns, offset_ns)
