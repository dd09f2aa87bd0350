"""The chip's timer unit (data sheet, section 8.5), counting in time that is passed in."""

from dataclasses import dataclass

_CARRIER_HZ = 13_560_000
_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class TimerSettings:
    prescaler: int
    reload: int
    restart: bool
    even: bool
    """TPrescalEven: a tick is 2 × prescaler + 2 carrier periods instead of + 1."""

    @property
    def tick_cycles(self) -> int:
        return 2 * self.prescaler + (2 if self.even else 1)

    @property
    def period_ns(self) -> int:
        return (self.reload + 1) * self.tick_cycles * _NS_PER_S // _CARRIER_HZ


class Timer:
    """Counts down from `reload`; at zero it has expired once, or starts over with `restart`."""

    def __init__(self) -> None:
        self._settings = TimerSettings(0, 0, restart=False, even=False)
        self._started_ns = 0
        self._stopped_value = 0
        self.running = False

    @property
    def expires_ns(self) -> int | None:
        return self._started_ns + self._settings.period_ns if self.running else None

    def start(self, settings: TimerSettings, now_ns: int) -> None:
        self._settings = settings
        self._started_ns = now_ns
        self.running = True

    def stop(self, now_ns: int) -> None:
        self._stopped_value = self.value(now_ns)
        self.running = False

    def expire(self) -> None:
        """Take note that `expires_ns` has come."""
        expired_ns = self.expires_ns
        if expired_ns is None:
            return
        if self._settings.restart:
            self._started_ns = expired_ns
        else:
            self._stopped_value = 0
            self.running = False

    def value(self, now_ns: int) -> int:
        if not self.running:
            return self._stopped_value
        cycles = (now_ns - self._started_ns) * _CARRIER_HZ // _NS_PER_S
        return max(0, self._settings.reload - cycles // self._settings.tick_cycles)
