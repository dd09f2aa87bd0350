"""Wall time for entries, and how far it can be trusted. No safety rests on it."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from gateway.core.clock import ClockTrust, trusted_time
from gateway.core.log import Entry
from gateway.core.units import NS_PER_MS, NS_PER_S
from hardware.ports import Clock

log = logging.getLogger(__name__)

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
    """The machine's UTC as far as gateway.core.clock believes it. One thread gives evidence."""

    def __init__(self, clock: Clock, zone: str) -> None:
        self._clock = clock
        self.zone = ZoneInfo(zone)
        self._trust = ClockTrust()

    def began(self, text: str) -> None:
        """When this boot began, its ledger proved that this time (UTC text) had been."""
        self._trust = self._trust.known(utc_ns(text), self._clock.monotonic_ns())

    def recorded(self, entries: Iterable[Entry]) -> None:
        """This boot has written these entries."""
        for entry in entries:
            if (text := trusted_time(entry)) is not None:
                self._trust = self._trust.recorded(utc_ns(text), self._clock.monotonic_ns())

    def witness(self, text: str) -> None:
        """Central's newest directive, its seal verified, bears this time (UTC text)."""
        before = self._trust
        self._trust = before.told(utc_ns(text), *self._reading())
        if self._trust is before:
            log.warning(
                "central's directive of %s is not believed: here it is %s", text, self.now()
            )

    @property
    def quality(self) -> ClockQuality:
        return "good" if self._trust.is_good(*self._reading()) else "doubtful"

    def now(self) -> str:
        return utc_text(self._now_ns())

    def local(self) -> datetime:
        """The city's time."""
        return datetime.fromtimestamp(self._now_ns() // NS_PER_S, self.zone)

    def _now_ns(self) -> int:
        return self._trust.now_ns(*self._reading())

    def _reading(self) -> tuple[int, int]:
        return self._clock.utc_ns(), self._clock.monotonic_ns()
