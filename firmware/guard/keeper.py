"""What outlives a loss of power: totaliser, boot number and the witness of the host's ledger.

Flash is written only with every valve shut and settled, for writing stalls the chip; FRAM at
any time. Before a contact is first made, the record says that a fill is open, and as soon as
pulses come with every valve shut, that the count moves; a boot that finds it so may have lost
pulses that nobody counted, and adds one to `unc`. What the valves shut may have lost is bounded
by how often it is written: `gap` says in ms for how long. `lost` has a bit for each pump whose
totaliser could not be read, and began at 0, until a technician has looked.
"""

from firmware.guard.codec import Fields, Messages, Number, Word
from firmware.guard.messages import COUNT_MAX, NUMBER_32, PUMPS
from firmware.guard.port import Board
from firmware.guard.record import Slots

FRAM_US, FLASH_US = 50_000, 5_000_000
"""So long a changed count waits at most: flash wears, and a leak counts on for hours."""
QUIET = 2
"""So many of these without a pulse, and the record says that the count rests again: a drip that
wakes it each time writes as often as a leak."""
WRITE_MS = 200
"""What a look and a write to flash take at most, on top."""
GAP_MAX_MS = 60_000

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
        ("lost", Number(0, sum(PUMPS), 0)),
        ("moves", Number(0, 1, 0)),
        ("gap", Number(0, GAP_MAX_MS, 0)),
    ),
    "seen": (("inc", Word()), ("seq", _count), ("hash", Word((), "", 16)), ("hwm", _count)),
}
COUNTS = ("n1", "n2", "rev1", "rev2")
NEW: Fields = {"boot": 0, "open": 0, "unc": 0, "lost": 0, "moves": 0, "gap": 0}
NEW.update(dict.fromkeys(COUNTS, 0))
NOT_SEEN: Fields = {"inc": "", "seq": 0, "hash": "", "hwm": 0}


class Keeper:
    """`counts` are what the host is told; `tend` writes them when that is safe."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._kept = Slots(board, 0, RECORDS, "kept")
        self._seen = Slots(board, 2, RECORDS, "seen")
        self.missing = "memory_missing" if board.memory == "missing" else ""
        """Why nothing may be opened, cleared or witnessed: what was kept cannot be reached."""
        self.counts: Fields = dict(self._kept.fields or NEW)
        self.counts["boot"] += 1
        lost = self._kept.damaged or (board.memory == "known" and not self._kept.fields)
        if lost:
            self.counts["lost"] = sum(PUMPS)
        if self.counts["open"] or self.counts["moves"] or lost:
            self.counts["unc"] += 1
        self._pause_us = FRAM_US if board.keeps == "fram" else FLASH_US
        if self.counts["moves"] and not self.counts["open"]:
            gap_ms = self.counts["gap"] + self._pause_us // 1000 + WRITE_MS
            self.counts["gap"] = min(gap_ms, GAP_MAX_MS)
        self.counts["open"] = self.counts["moves"] = 0
        self.witness: Fields = dict(self._seen.fields or NOT_SEEN)
        self._counted = self._count()
        self._counted_us = 0
        self._saved_us = -FLASH_US
        self._save()

    def wrong(self, pump: int) -> str:
        """Why nothing may be opened there until somebody has looked, or ""."""
        if self.missing:
            return self.missing
        return "totaliser_lost" if self.counts["lost"] & pump else ""

    def looked(self, pump: int) -> None:
        """A technician has: the totaliser goes on from what it is."""
        self.counts["lost"] &= ~pump

    @property
    def witness_kept(self) -> bool:
        """Whether the witness would outlive a loss of power now."""
        return self.witness == (self._seen.fields or NOT_SEEN)

    def see(self, fields: Fields) -> str:
        """Take a later place of the ledger as witnessed; why it is refused, or ""."""
        if self.missing:
            return self.missing
        held = self.witness
        if fields["inc"] == held["inc"]:
            if fields["seq"] < held["seq"] or fields["hwm"] < held["hwm"]:
                return "behind"
            if fields["seq"] == held["seq"] and fields["hash"] != held["hash"]:
                return "fork"
        self.witness = dict(fields)
        return ""

    def open_fill(self) -> None:
        """Before a contact is made: every other one is shut, or the record says so already.

        A host that opens a fill has heard of the gap.
        """
        if not self.counts["open"]:
            self.counts["open"] = 1
            self.counts["moves"] = self.counts["gap"] = 0
            self._save()

    def tend(self, now_us: int, *, settled: bool) -> None:
        """Write what has changed: at once into FRAM, into flash once every valve is settled."""
        self._watch(now_us, settled=settled)
        if settled:
            self.counts["open"] = 0
        elif self._board.keeps != "fram":
            return
        if not self.witness_kept:
            self._seen.save(dict(self.witness))
        kept = self._kept.fields or NEW
        wakes = self.counts["moves"] > kept["moves"]
        due = now_us - self._saved_us >= self._pause_us
        if self.counts != kept and (wakes or due):
            self._saved_us = now_us
            self._save()

    def save_now(self, *, settled: bool) -> None:
        """Power fails, or the chip is to start anew, and every valve is shut: write what there is.
        What flows on, if it does, is not in it."""
        if settled and self._counted != self._count():
            self.counts["moves"] = 1
        self._save()
        if not self.witness_kept:
            self._seen.save(dict(self.witness))

    def _watch(self, now_us: int, *, settled: bool) -> None:
        """See whether pulses come though nothing should flow."""
        counted = self._count()
        if counted != self._counted:
            self._counted, self._counted_us = counted, now_us
            if settled:
                self.counts["moves"] = 1
        elif now_us - self._counted_us >= QUIET * self._pause_us:
            self.counts["moves"] = 0

    def _count(self) -> "list[int]":
        return [self.counts[name] for name in COUNTS]

    def _save(self) -> None:
        self._kept.save(dict(self.counts))
