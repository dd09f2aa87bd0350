"""Space held back: given up when the disk is full, so that a fill under way is still recorded."""

import os
from pathlib import Path

from gateway.store.durable import free_bytes, sync_folder

BALLAST_BYTES = 4 * 1024 * 1024
"""A fill needs a few commits of some 40 kB each; this is for all pumps, many times over."""


class Ballast:
    """A file of allocated blocks beside the ledger."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def hold(self, floor_bytes: int) -> bool:
        """Take the space, if so much is left free after it; True if it is held now."""
        try:
            if self._path.exists() and self._path.stat().st_size == BALLAST_BYTES:
                return True
            if free_bytes(self._path.parent) < floor_bytes + BALLAST_BYTES:
                return False
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)
                os.fsync(file.fileno())
        except OSError:
            self.release()
            return False
        return True

    def release(self) -> bool:
        """Give the space to whoever writes next; False if there was none to give."""
        try:
            self._path.unlink()
            sync_folder(self._path.parent)
        except OSError:
            return False
        return True


def ballast_of(ledger: Path) -> Ballast:
    """The one beside that ledger's database."""
    return Ballast(ledger.with_name("ballast"))
