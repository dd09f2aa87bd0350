"""What a failed write means: no room, or a store that cannot be trusted any more."""

import errno
import sqlite3
from pathlib import Path

from gateway.core.reasons import Reason
from gateway.store.durable import free_bytes
from gateway.store.errors import StoreFailed

NO_ROOM_BYTES = 64 * 1024
"""SQLite calls a full disk an I/O error in some places, e.g. while growing `-shm`."""


def write_failed(
    error: sqlite3.Error | OSError,
    path: Path,
    *,
    committed: bool = False,
    otherwise: Reason = Reason.STORAGE_FAILED,
) -> StoreFailed:
    """The StoreFailed for an error while writing `path`: a full disk, or the code `otherwise`.

    After a full disk the write may be tried again. After any other failure the operating
    system may have dropped what it could not write, so only a re-opened ledger is believed.
    """
    if _disk_full(error, path):
        return StoreFailed(
            Reason.STORAGE_FULL,
            f"{path}: the disk is full ({error})",
            "Free some room on it; nothing recorded is lost",
            committed=committed,
            reopen=committed,
        )
    return StoreFailed(
        otherwise,
        f"{path}: cannot write ({error})",
        "Check the storage and start the gateway again",
        committed=committed,
        reopen=True,
    )


def _disk_full(error: sqlite3.Error | OSError, path: Path) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return True
    try:
        return free_bytes(path.parent) < NO_ROOM_BYTES
    except OSError:
        return False
