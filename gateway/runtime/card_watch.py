"""The watch on one reader: cards laid down and taken away, and a reader that has gone silent."""

import logging
from collections.abc import Callable

from gateway.core.events import (
    CardPresented,
    CardRemoved,
    CardUnreadable,
    DeviceFailed,
    DeviceRecovered,
    Event,
)
from gateway.core.reasons import Fault, Reason
from gateway.core.session import State
from gateway.core.units import NS_PER_MS, NS_PER_S
from gateway.runtime.promptness import Promptness
from hardware.ports import HardwareError, Tag, TagReader, TagTrouble
from hardware.tag_reader.presence import Presence, Presented, Removed, Trouble

log = logging.getLogger(__name__)

FIRST_POLLS_NS = 100 * NS_PER_MS
"""Until it is known whether a card lay there before, the reader is not kept waiting."""
SILENT_READER_NS = NS_PER_S
SILENT_POLLS = 2
"""One exchange that went wrong must not end somebody's fill."""


class CardWatch:
    """Polls a reader when it is due, and says what is news as events of the session."""

    def __init__(
        self,
        pump: int,
        reader: TagReader,
        is_technician: Callable[[str], bool],
        *,
        poll_ns: int,
        now_ns: int,
    ) -> None:
        self.next_poll_ns = now_ns
        self.promptness = Promptness()
        self._polled_ns = now_ns
        self.errors = 0
        """Polls that the reader did not answer, ever."""
        self.polls = 0
        """How many came back, with a card, without one, or with a fault that was stated."""
        self.is_taken: Callable[[str], bool] = lambda _uid: False
        """Asked first about a card that is laid down; True: it was meant for somebody else."""
        self._pump = pump
        self._reader = reader
        self._is_technician = is_technician
        self._poll_ns = poll_ns
        self._presence = Presence(watched_from_start=False)
        self._failed = False
        self._failed_polls = 0

    @property
    def looked(self) -> bool:
        """Whether a card laid down from now on is a tap: the reader has been watched, or fails."""
        return self._presence.watched or self._failed

    def poll(self, now_ns: int) -> list[Event]:
        """Ask the reader, if it is due."""
        if now_ns < self.next_poll_ns:
            return []
        pause_ns = self._poll_ns if self._presence.watched else min(self._poll_ns, FIRST_POLLS_NS)
        self.next_poll_ns, self._polled_ns = now_ns + pause_ns, now_ns
        try:
            result: Tag | TagTrouble | None = self._reader.poll()
        except HardwareError as error:
            self.polls += 1
            return self._silent(error, now_ns)
        self.polls += 1
        self._failed_polls = 0
        events: list[Event] = []
        if self._failed:
            self._failed = False
            events.append(DeviceRecovered(Fault.READER_SILENT))
        match self._presence.update(result):
            case Presented(tag):
                uid = tag.uid.hex().upper()
                if not self.is_taken(uid):
                    events.append(CardPresented(uid, self._is_technician(uid)))
            case Trouble(code):
                events.append(CardUnreadable(Reason(code.value)))
            case Removed():
                events.append(CardRemoved())
            case None:
                pass
        return events

    def stepped(self, event: Event, state: State, now_ns: int) -> None:
        """The session has taken an event, and is in this state now."""
        self.promptness.stepped(event, state, self._polled_ns, now_ns)

    def _silent(self, error: HardwareError, now_ns: int) -> list[Event]:
        self.errors += 1
        self._failed_polls += 1
        if self._failed_polls < SILENT_POLLS:
            return []
        self.next_poll_ns = now_ns + SILENT_READER_NS
        if self._failed:
            return []
        self._failed = True
        log.error(
            "pump %d: %s", self._pump, error, extra={"event": "reader_silent", "pump": self._pump}
        )
        return [DeviceFailed(Fault.READER_SILENT, str(error)[:200])]
