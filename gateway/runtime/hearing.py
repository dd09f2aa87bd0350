"""How long central has been silent, in time that can be trusted."""

from gateway.core.clock import NS_PER_DAY
from gateway.core.units import NS_PER_S
from gateway.runtime.wall import WallClock, utc_ns
from hardware.ports import Clock


class Hearing:
    """Only what central cannot have said before counts, so that nobody can replay it.

    That is a directive that continues ours, or an acknowledgement of entries not yet
    acknowledged.
    """

    def __init__(self, clock: Clock, wall: WallClock, last: str | None) -> None:
        """`last`: UTC text of a time since which central was heard before this boot, if known."""
        self._clock = clock
        self._wall = wall
        self._last = last
        self._began_ns = clock.monotonic_ns()
        self._heard_ns: int | None = None

    def heard(self) -> None:
        """Central has spoken just now. From any thread."""
        self._heard_ns = self._clock.monotonic_ns()

    def days(self) -> int:
        """Whole days since; only those of this boot while the clock is in doubt."""
        return self._silence_ns() // NS_PER_DAY

    def seconds(self) -> int:
        """The same in whole seconds."""
        return self._silence_ns() // NS_PER_S

    def _silence_ns(self) -> int:
        if self._heard_ns is not None:
            return self._clock.monotonic_ns() - self._heard_ns
        if self._last is None or self._wall.quality == "doubtful":
            return self._clock.monotonic_ns() - self._began_ns
        return max(0, utc_ns(self._wall.now()) - utc_ns(self._last))
