"""Which of the two firmware folders runs: the proven one, or once the one to be tried.

A new firmware is tried at one start. It is proven when a host has greeted it; until then every
further start runs the proven one again.
"""

from firmware.guard.codec import Fields, Messages, Number, Word
from firmware.guard.port import Board
from firmware.guard.record import Slots

FOLDERS = ("a", "b")
RECORDS: Messages = {
    "boots": (("good", Word(FOLDERS)), ("trial", Word(("", "a", "b"))), ("tried", Number(0, 1)))
}
FIRST: Fields = {"good": "a", "trial": "", "tried": 0}


class Boots:
    """The record of it. Written with every valve shut only."""

    def __init__(self, board: Board) -> None:
        self._slots = Slots(board, 4, RECORDS, "boots")
        self._now: Fields = dict(self._slots.fields or FIRST)

    def choose(self) -> str:
        """At a start, before anything else: the folder to run."""
        if not self._now["trial"]:
            return str(self._now["good"])
        if self._now["tried"]:
            self._save(self._now["good"], "", 0)
            return str(self._now["good"])
        self._save(self._now["good"], self._now["trial"], 1)
        return str(self._now["trial"])

    @property
    def running(self) -> str:
        """The folder that `choose` named at this start."""
        return str(self._now["trial"] if self._now["tried"] else self._now["good"])

    @property
    def proven(self) -> bool:
        """What runs was greeted by a host once. Until then the spare folder is the good one."""
        return not self._now["tried"]

    @property
    def spare(self) -> str:
        """The folder that a new firmware goes into, once what runs is proven."""
        return "b" if self.running == "a" else "a"

    def try_spare(self) -> None:
        """Run the spare folder at the next start."""
        spare = self.spare
        self._save(self.running, spare, 0)

    def prove(self) -> None:
        """A host has greeted what runs."""
        if self._now["tried"]:
            self._save(self._now["trial"], "", 0)

    def _save(self, good: str, trial: str, tried: int) -> None:
        self._now = {"good": good, "trial": trial, "tried": tried}
        self._slots.save(dict(self._now))
