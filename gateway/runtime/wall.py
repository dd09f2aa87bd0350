"""Wall time for entries, and how far it can be trusted. No safety rests on it."""

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from gateway.core.units import NS_PER_MS, NS_PER_S
from hardware.ports import Clock

ClockQuality = Literal["good", "doubtful"]


def utc_text(utc_ns: int) -> str:
    """RFC 3339 in UTC with milliseconds, as entries carry it."""
    seconds, rest_ns = divmod(utc_ns, NS_PER_S)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest_ns // NS_PER_MS:03d}Z"


def utc_ns(text: str) -> int:
    """The inverse of `utc_text`."""
    moment = datetime.fromisoformat(text)
    milliseconds = moment.microsecond // 1000
    return int(moment.replace(microsecond=0).timestamp()) * NS_PER_S + milliseconds * NS_PER_MS


class WallClock:
    """The machine's UTC, never behind the newest entry or sealed directive seen so far."""

    def __init__(self, clock: Clock, zone: str) -> None:
        self._clock = clock
        self.zone = ZoneInfo(zone)
        self._floor_ns = 0

    def witness(self, text: str) -> None:
        """Something trustworthy bears this time; the clock is doubtful while it is behind."""
        self._floor_ns = max(self._floor_ns, utc_ns(text))

    @property
    def quality(self) -> ClockQuality:
        return "good" if self._clock.utc_ns() >= self._floor_ns else "doubtful"

    def now(self) -> str:
        return utc_text(max(self._clock.utc_ns(), self._floor_ns))

    def local(self) -> datetime:
        """The city's time."""
        seconds = max(self._clock.utc_ns(), self._floor_ns) // NS_PER_S
        return datetime.fromtimestamp(seconds, self.zone)
