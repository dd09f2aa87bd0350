"""Wrong codes are counted by address and by name; too many lock both for a while."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE_FAILURES = 5
FIRST_LOCK_S = 60
LONGEST_LOCK_S = 3600
FORGOTTEN_S = 3600
"""After so long without a failure all is as if there had been none."""
MOST_REMEMBERED = 500


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_s: float = 0.0
    locked_until_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Locked:
    failures: int
    seconds: int


class Attempts:
    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._of: OrderedDict[str, _Failures] = OrderedDict()

    def locked_s(self, *keys: str) -> int:
        """Seconds until any of these may try again; 0: now."""
        now_s = self._now_s()
        until_s = max((self._of[key].locked_until_s for key in keys if key in self._of), default=0)
        return max(0, int(until_s - now_s + 0.999))

    def failed(self, *keys: str) -> Locked | None:
        """Count one more; what follows from it, if anything does."""
        now_s, locked = self._now_s(), None
        for key in keys:
            one = self._of.pop(key, _Failures())
            if now_s - one.last_s > FORGOTTEN_S:
                one = _Failures()
            one.count += 1
            one.last_s = now_s
            beyond = one.count - FREE_FAILURES
            if beyond >= 0:
                seconds = min(LONGEST_LOCK_S, FIRST_LOCK_S * 2 ** min(beyond, 10))
                one.locked_until_s = now_s + seconds
                locked = Locked(one.count, seconds)
            self._of[key] = one
            if len(self._of) > MOST_REMEMBERED:
                self._of.popitem(last=False)
        return locked

    def succeeded(self, *keys: str) -> None:
        for key in keys:
            self._of.pop(key, None)
