"""What outlives a loss of power: totaliser, boot number and the witness of the host's ledger.

Flash is written only with every valve shut and settled, for writing stalls the chip; FRAM at
any time. Before a contact is first made, the record says that a fill is open; a boot that finds
it so has lost pulses that nobody counted, and adds one to `uncounted`.
"""

from firmware.guard.codec import Fields, Messages, Number, Word
from firmware.guard.messages import COUNT_MAX, NUMBER_32
from firmware.guard.port import Board
from firmware.guard.record import Slots

FRAM_US, FLASH_US = 50_000, 5_000_000
"""So long a changed count waits at most: flash wears, and a leak counts on for hours."""

_count, _number = Number(0, COUNT_MAX), Number(0, NUMBER_32)
RECORDS: Messages = {
    "kept": (
        ("boot", _number),
        ("open", Number(0, 1)),
        ("unc", _number),
        ("n1", _count),
        ("n2", _count),
        ("rev1", _count),
        ("rev2", _count),
    ),
    "seen": (("inc", Word()), ("seq", _count), ("hash", Word((), "", 16)), ("hwm", _count)),
}
NEW: Fields = {"boot": 0, "open": 0, "unc": 0, "n1": 0, "n2": 0, "rev1": 0, "rev2": 0}
NOT_SEEN: Fields = {"inc": "", "seq": 0, "hash": "", "hwm": 0}


class Keeper:
    """`counts` are what the host is told; `tend` writes them when that is safe."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._kept = Slots(board, 0, RECORDS, "kept")
        self._seen = Slots(board, 2, RECORDS, "seen")
        self.lost = self._kept.damaged
        """The totaliser cannot be read: it begins at 0, and a technician has to look."""
        self.counts: Fields = dict(self._kept.fields or NEW)
        self.counts["boot"] += 1
        if self.counts["open"] or self.lost:
            self.counts["unc"] += 1
        self.counts["open"] = 0
        self.witness: Fields = dict(self._seen.fields or NOT_SEEN)
        self._saved_us = -FLASH_US
        self._kept.save(dict(self.counts))

    @property
    def witness_kept(self) -> bool:
        """Whether the witness would outlive a loss of power now."""
        return self.witness == (self._seen.fields or NOT_SEEN)

    def see(self, fields: Fields) -> str:
        """Take a later place of the ledger as witnessed; why it is refused, or ""."""
        held = self.witness
        if fields["inc"] == held["inc"]:
            if fields["seq"] < held["seq"] or fields["hwm"] < held["hwm"]:
                return "behind"
            if fields["seq"] == held["seq"] and fields["hash"] != held["hash"]:
                return "fork"
        self.witness = dict(fields)
        return ""

    def open_fill(self) -> None:
        """Before a contact is made: every other one is shut, or the record says so already."""
        if not self.counts["open"]:
            self.counts["open"] = 1
            self._kept.save(dict(self.counts))

    def tend(self, now_us: int, *, settled: bool) -> None:
        """Write what has changed: at once into FRAM, into flash once every valve is settled."""
        fram = self._board.keeps == "fram"
        if settled:
            self.counts["open"] = 0
        if not settled and not fram:
            return
        if not self.witness_kept:
            self._seen.save(dict(self.witness))
        pause_us = FRAM_US if fram else FLASH_US
        if self.counts != self._kept.fields and now_us - self._saved_us >= pause_us:
            self._saved_us = now_us
            self._kept.save(dict(self.counts))

    def save_now(self) -> None:
        """Power fails and every valve is shut: write what there is."""
        self._kept.save(dict(self.counts))
        if not self.witness_kept:
            self._seen.save(dict(self.witness))
