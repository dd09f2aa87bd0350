"""Which troubles of the database pass by themselves, so that the same work is worth repeating."""

import sqlite3

from sqlalchemy.exc import OperationalError

_PRIMARY = 0xFF
"""Of an extended result code: its primary one (sqlite.org/rescode.html)."""
_PASSING = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
    )
)

_TAKEN_BACK = "no such savepoint"
"""Full or failing, SQLite takes the whole transaction back by itself; going back to a savepoint
in it then says only this, in place of the cause (sqlite.org/lang_transaction.html)."""


def passes(error: Exception) -> bool:
    """Full, locked, or out of reach: not the fault of what was to be written.

    An error that SQLite gives no code for may pass too; any other comes again however often the
    same is tried, like a sum beyond its integers.
    """
    if not isinstance(error, OperationalError):
        return False
    if _TAKEN_BACK in str(error.orig):
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is None or code & _PRIMARY in _PASSING
