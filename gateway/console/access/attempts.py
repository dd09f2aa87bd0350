"""Wrong codes are counted by address and by name; too many lock the address for a while, many more
the name."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE_FAILURES = 5
FREE_OF_A_NAME = 25
"""From whatever addresses: one stranger's own is locked long before, so that they cannot keep
somebody's code unusable; many addresses together still get a few codes an hour."""
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

    def failed(self, *keys: str, name: str | None = None) -> Locked | None:
        """Count one more of each; what follows from it, if anything does. A `name` has more free
        tries than an address."""
        now_s, locked = self._now_s(), None
        free = dict.fromkeys(keys, FREE_FAILURES) | ({name: FREE_OF_A_NAME} if name else {})
        for key, most in free.items():
            one = self._of.pop(key, _Failures())
            if now_s - one.last_s > FORGOTTEN_S:
                one = _Failures()
            one.count += 1
            one.last_s = now_s
            beyond = one.count - most
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
