"""Central's work, whatever its database says: a disk may be full, another process hold it, or a
backup be needed.

Nothing is dropped and central does not end: each trouble is one line, and so is its end.
"""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DatabaseError

from mqtt.central.passing import passes

T = TypeVar("T")

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 1.0
DATABASE = "central's database"


class Enduring:
    def __init__(self, stopping: Callable[[], threading.Event]) -> None:
        """`stopping`: what ends a wait for the database."""
        self._stopping = stopping
        self._said: dict[str, str] = {}

    def until_durable(self, work: Callable[[], T]) -> T | None:
        """Do it until the database takes it; None if stopped before.

        DatabaseError for what does not pass by itself: to repeat it at once would be no use.
        """
        while not self._stopping().is_set():
            try:
                done = work()
            except DatabaseError as error:
                if not passes(error):
                    raise
                self.trouble(DATABASE, f"{error.orig}; tried again until it is taken")
                self._stopping().wait(AGAIN_AFTER_S)
            else:
                self.over(DATABASE)
                return done
        return None

    def attempt(self, what: str, work: Callable[[], T]) -> T | None:
        """The same for what comes again by itself; None also where it could not be done now."""
        try:
            done = self.until_durable(work)
        except DatabaseError as error:
            self.trouble(what, f"not done: {error.orig}")
            return None
        self.over(what)
        return done

    def trouble(self, what: str, why: str) -> None:
        """Say it, once while it stays the same."""
        if self._said.get(what) != why:
            self._said[what] = why
            log.error(
                "%s: %s", what, " ".join(why.split()), extra={"event": "central_database_failed"}
            )

    def over(self, what: str) -> None:
        """What it is about goes well again."""
        if self._said.pop(what, None) is not None:
            log.warning("%s: all is well again", what, extra={"event": "central_database_well"})
