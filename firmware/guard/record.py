"""Two slots that are written in turn: a write that power cuts short leaves the other whole.

A record is a line of the wire with its sequence and CRC, so that a memory dump can be read by
eye and the same bounds hold.
"""

from firmware.guard.codec import BadMessage, Fields, Messages, read, text
from firmware.guard.port import Board
from firmware.guard.protocol import SEQUENCES, frame, unframe


class Slots:
    """The board's slots `first` and `first + 1` for one kind of record."""

    def __init__(self, board: Board, first: int, messages: Messages, verb: str) -> None:
        self._board, self._first, self._messages, self._verb = board, first, messages, verb
        self._sequence = 0
        self._slot = 1
        """The one that holds the newest."""
        self.fields: Fields | None = None
        """What the newest holds; None if there is none."""
        self.damaged = False
        """Something was written here, and none of it can be read."""
        for slot in (0, 1):
            self._load(slot)

    def save(self, fields: Fields) -> None:
        """Replace the older one."""
        slot, sequence = 1 - self._slot, (self._sequence + 1) % SEQUENCES
        line = frame(sequence, text(self._messages, self._verb, fields))
        self._board.save(self._first + slot, line)
        self._slot, self._sequence, self.fields, self.damaged = slot, sequence, fields, False

    def _load(self, slot: int) -> None:
        line = self._board.load(self._first + slot)
        if not line:
            return
        found = unframe(line[:-1])
        try:
            verb, fields = read(self._messages, found[1]) if found else ("", {})
        except BadMessage:
            verb, fields = "", {}
        if found is None or verb != self._verb:
            self.damaged = self.fields is None
        elif self.fields is None or (found[0] - self._sequence) % SEQUENCES < SEQUENCES // 2:
            self._sequence, self._slot, self.fields, self.damaged = found[0], slot, fields, False
