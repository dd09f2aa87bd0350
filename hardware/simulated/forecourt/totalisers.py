"""What each pump has dispensed, in a file: a mechanical counter that no signal 9 turns back."""

import os
import struct
from pathlib import Path

_PUMPS = struct.Struct("<4Q")
_MOST = 4


class Totalisers:
    """Nanolitres by pump number, over all lives of the forecourt that used this file."""

    def __init__(self, path: Path) -> None:
        """Read what is there, or begin at 0. ValueError if it is another kind of file."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        found = os.read(self._file, _PUMPS.size + 1)
        if found and len(found) != _PUMPS.size:
            os.close(self._file)
            raise ValueError(f"{path}: expected totalisers in {_PUMPS.size} bytes, found others")
        counts = _PUMPS.unpack(found) if found else (0,) * _MOST
        self.start_nl = dict(enumerate(counts, start=1))
        """As this life found them."""
        self._written = counts

    def keep(self, dispensed_nl: dict[int, int]) -> None:
        """Add what was dispensed in this life. One write, which a killed process has done or not.

        Not synced: this outlives the process, not the machine.
        """
        counts = tuple(
            start_nl + dispensed_nl.get(pump, 0) for pump, start_nl in self.start_nl.items()
        )
        if counts != self._written:
            os.pwrite(self._file, _PUMPS.pack(*counts), 0)
            self._written = counts
