"""Wall time for entries, and how far it can be trusted. No safety rests on it."""

import logging
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from gateway.core.clock import NS_PER_DAY, ClockTrust, trusted_time
from gateway.core.facts import ClockTold
from gateway.core.log import Entry
from gateway.core.units import NS_PER_MS, NS_PER_S
from hardware.ports import Clock

log = logging.getLogger(__name__)

ClockQuality = Literal["good", "rtc", "doubtful"]
"""By the evidence; only by a clock with a battery; by nothing."""

REMEMBERED = 200
"""Commits of this boot, the newest: by which of them an acknowledgement is dated."""


def utc_text(utc_ns: int) -> str:
    """RFC 3339 in UTC with milliseconds, as entries carry it."""
    seconds, rest_ns = divmod(utc_ns, NS_PER_S)
    return f"{_second(seconds)}.{rest_ns // NS_PER_MS:03d}Z"


@lru_cache(maxsize=16)  # a step asks several times
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


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
        self._written: deque[tuple[int, int]] = deque(maxlen=REMEMBERED)
        """Last entry of a commit, and the monotonic time by which it was made."""
        self._recorded_ns: int | None = None
        """Of central's newest word that is in the ledger."""
        self._doubted = ""

    def began(self, text: str) -> None:
        """When this boot began, its ledger proved that this time (UTC text) had been."""
        self._trust = self._trust.known(utc_ns(text), self._clock.monotonic_ns())

    def carried(self, utc_s: int | None) -> None:
        """A clock with a battery, if there is one, has just said that it is so late."""
        if utc_s is not None:
            self._trust = self._trust.carried(utc_s * NS_PER_S, self._clock.monotonic_ns())

    def said(self, text: str) -> None:
        """The ledger has that central said this time (UTC text) before this boot."""
        at_ns = self._recorded_ns = utc_ns(text)
        self._trust = self._trust.said(at_ns, self._clock.monotonic_ns())

    def recorded(self, entries: Iterable[Entry]) -> None:
        """This boot has written these entries."""
        for entry in entries:
            self._written.append((entry.sequence, self._clock.monotonic_ns()))
            if (text := trusted_time(entry)) is not None:
                self._trust = self._trust.recorded(utc_ns(text), self._clock.monotonic_ns())

    def witness(self, text: str) -> None:
        """Central's newest directive, its seal verified, bears this time (UTC text)."""
        before = self._trust
        self._trust = before.told(utc_ns(text), *self._reading())
        if self._trust is before:
            self._doubt("directive", text)

    def heard(self, through: int, text: str) -> ClockTold | None:
        """Central's acknowledgement of our entry `through` bears this time, sealed.

        What the ledger is to say of it; None where that is no news. It proves nothing where no
        entry of this boot is covered: then it may be as old as the broker likes.
        """
        since_ns = None
        while self._written and self._written[0][0] <= through:
            _, since_ns = self._written.popleft()
        if since_ns is None:
            return None
        at_ns, before, was = utc_ns(text), self._trust, self.now()
        reading, quality = self._reading(), self.quality
        within_ns = max(0, reading[1] - since_ns)
        self._trust = before.heard(at_ns, within_ns, *reading)
        if self._trust is before:
            if before.at_least_ns(reading[1]) != at_ns:
                self._doubt("acknowledgement", text)
            return None
        lowered = before.is_wrong(at_ns, within_ns, reading[1])
        if lowered:
            log.warning(
                "by central's word it is %s: the time here, %s, was wrong",
                text,
                was,
                extra={"event": "clock_set_right"},
            )
        said_ns = self._recorded_ns
        old = said_ns is not None and quality == self.quality and at_ns < said_ns + NS_PER_DAY
        if old and not lowered:
            return None
        self._recorded_ns = at_ns
        return ClockTold(
            through=through,
            time=text,
            within_ms=within_ns // NS_PER_MS,
            was=was,
            lowered=lowered,
        )

    def at_least(self) -> str | None:
        """UTC text: it is this late at least, by central's word; None where it said nothing."""
        at_ns = self._trust.at_least_ns(self._clock.monotonic_ns())
        return None if at_ns is None else utc_text(at_ns)

    def _doubt(self, what: str, text: str) -> None:
        """Once a day of central's is enough to say."""
        if self._doubted != text[:10]:
            self._doubted = text[:10]
            log.warning(
                "central's %s of %s is not believed: here it is %s",
                what,
                text,
                self.now(),
                extra={"event": "central_time_not_believed"},
            )

    @property
    def quality(self) -> ClockQuality:
        reading = self._reading()
        if self._trust.is_good(*reading):
            return "good"
        return "rtc" if self._trust.is_carried(*reading) else "doubtful"

    def now(self) -> str:
        return utc_text(self._now_ns())

    def at(self, monotonic_ns: int) -> str:
        """UTC text of a monotonic time of this boot, as it is known now."""
        return utc_text(self._now_ns() + monotonic_ns - self._clock.monotonic_ns())

    def local(self) -> datetime:
        """The city's time."""
        return datetime.fromtimestamp(self._now_ns() // NS_PER_S, self.zone)

    def _now_ns(self) -> int:
        return self._trust.now_ns(*self._reading())

    def _reading(self) -> tuple[int, int]:
        return self._clock.utc_ns(), self._clock.monotonic_ns()
