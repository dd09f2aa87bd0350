"""Since when nothing could be recorded, and why: for the entry that says so when it can be."""

from collections.abc import Callable

from gateway.core.facts import StorageBlocked
from gateway.core.reasons import Reason


class Outage:
    """Lives in the writer's thread."""

    def __init__(self, now: Callable[[], str]) -> None:
        """`now` is UTC text."""
        self.now = now
        self._code: Reason | None = None
        self._since = ""
        self._over = False

    def began(self, code: Reason, since: str) -> None:
        """Something could not be written, or was too slow; an outage has its first reason."""
        if self._code is None:
            self._code, self._since = code, since
        self._over = False

    def ended(self) -> None:
        """Something has been written."""
        self._over = self._code is not None

    def facts(self) -> list[tuple[StorageBlocked, str]]:
        """What is to be written about it, once; with the time."""
        if not self._over or self._code is None:
            return []
        fact = StorageBlocked(code=self._code.value, since=self._since)
        self._code, self._over = None, False
        return [(fact, self.now())]
