"""Who is signed in, in memory: a restart of the console signs everybody out."""

import asyncio
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

IDLE_S = 30 * 60
"""Nobody pressed anything for so long. An open page that only shows does not count."""
ABSOLUTE_S = 12 * 3600
"""A long shift."""
MOST_SESSIONS = 50
MOST_SENT = 50
"""Forms of a session that are remembered as done."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a form, for the next page."""

    text: str
    bad: bool = False
    href: str | None = None
    """Where there is more of it."""


@dataclass(slots=True)
class SignedIn:
    name: str
    """As the ledger names them."""
    began_s: float
    used_s: float
    told: list[Told] = field(default_factory=list)
    sent: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_SENT))
    """The forms that were done, so that one that is sent twice is done once."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while one of its forms is on its way."""


class Sessions:
    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._of: OrderedDict[str, SignedIn] = OrderedDict()

    def begin(self, name: str) -> str:
        """A new token, for a cookie; the oldest session makes room where there are too many."""
        token = secrets.token_urlsafe(32)
        now_s = self._now_s()
        self._of[token] = SignedIn(name, now_s, now_s)
        if len(self._of) > MOST_SESSIONS:
            self._of.popitem(last=False)
        return token

    def of(self, token: str | None, *, used: bool) -> SignedIn | None:
        """None where it has ended. `used`: a person did something."""
        one = self._of.get(token) if token is not None else None
        if one is None or token is None:
            return None
        now_s = self._now_s()
        if now_s - one.used_s > IDLE_S or now_s - one.began_s > ABSOLUTE_S:
            del self._of[token]
            return None
        if used:
            one.used_s = now_s
        return one

    def end(self, token: str | None) -> None:
        if token is not None:
            self._of.pop(token, None)
