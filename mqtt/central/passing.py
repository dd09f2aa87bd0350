"""Which troubles of the database pass, so that the same work is worth repeating.

By themselves, or once a person has put a backup in the place of a damaged database: until then
nothing may be acknowledged, nor put into quarantine, for it is not the entry that is at fault.
"""

import sqlite3

from sqlalchemy.exc import DatabaseError, OperationalError

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
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )
)

_TAKEN_BACK = "no such savepoint"
"""Full or failing, SQLite takes the whole transaction back by itself; going back to a savepoint
in it then says only this, in place of the cause (sqlite.org/lang_transaction.html)."""


def passes(error: Exception) -> bool:
    """Full, locked, out of reach or damaged: not the fault of what was to be written.

    An error that SQLite gives no code for may pass too; any other comes again however often the
    same is tried, like a sum beyond its integers.
    """
    if not isinstance(error, DatabaseError):
        return False
    if _TAKEN_BACK in str(error.orig):
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is None:
        return isinstance(error, OperationalError)
    return code & _PRIMARY in _PASSING
