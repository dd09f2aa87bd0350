"""From polls to presentations: one tap a card, one complaint an attempt."""

from dataclasses import dataclass

from hardware.ports import Tag, TagTrouble


@dataclass(frozen=True, slots=True)
class Presented:
    """A card was laid on the reader."""

    tag: Tag


@dataclass(frozen=True, slots=True)
class Trouble:
    """An attempt failed; `code` is the reason shown to the driver."""

    code: TagTrouble


@dataclass(frozen=True, slots=True)
class Removed:
    """The card presented before has left the field."""


class Presence:
    """Turns the results of `TagReader.poll` into what the gateway acts on.

    A card counts once until it has been gone for `empty_polls` polls in a row; another UID counts
    at once. Trouble counts when it is still there in the next poll, or when the field is empty
    then: a card on its way into the field is often torn once and read 100 ms later, and that is
    no refusal. Each code counts once an attempt. With a card presented already, RETRY is that card
    leaving and says nothing.

    What already lies there at the start was not laid down now: after a restart nothing resumes
    by itself, so it counts as resting until it has gone. Another card counts at once.
    """

    def __init__(self, empty_polls: int = 3, *, watched_from_start: bool = True) -> None:
        """`watched_from_start` False: nobody knows since when the first card lies there."""
        if empty_polls < 1:
            raise ValueError(f"empty_polls is {empty_polls}, expected at least 1")
        self._empty_polls = empty_polls
        self._presented: Tag | None = None
        self._pending: TagTrouble | None = None
        self._told: set[TagTrouble] = set()
        self._empty = 0
        self.watched = watched_from_start
        """What comes now was laid down now."""

    def update(self, result: Tag | TagTrouble | None) -> Presented | Trouble | Removed | None:
        """Take one poll's result; at most one thing happened."""
        if result is None:
            seen = self._nothing_there()
            self.watched = self.watched or self._empty >= self._empty_polls
            return seen
        self._empty = 0
        if not self.watched:
            if isinstance(result, Tag):
                self._presented, self.watched = result, True
            return None
        if isinstance(result, Tag):
            return self._card(result)
        return self._trouble(result)

    def _card(self, tag: Tag) -> Presented | None:
        self._pending = None
        if self._presented is not None and self._presented.uid == tag.uid:
            return None
        self._presented = tag
        self._told.clear()
        return Presented(tag)

    def _trouble(self, trouble: TagTrouble) -> Trouble | None:
        if trouble in self._told or (self._presented and trouble is TagTrouble.RETRY):
            return None
        if self._pending is None:
            self._pending = trouble
            return None
        return self._tell(trouble)

    def _nothing_there(self) -> Trouble | Removed | None:
        self._empty += 1
        if self._pending is not None:
            return self._tell(self._pending)
        if self._empty < self._empty_polls:
            return None
        self._told.clear()
        if self._presented is None:
            return None
        self._presented = None
        return Removed()

    def _tell(self, trouble: TagTrouble) -> Trouble:
        self._pending = None
        self._told.add(trouble)
        return Trouble(trouble)
