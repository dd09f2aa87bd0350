"""One process runs central's database, or restores it: a lock beside it says so."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mqtt.central.database import DatabaseRefused


@contextmanager
def held_alone(database: Path) -> Iterator[None]:
    """Hold the database until the block ends; DatabaseRefused while another process does."""
    lock = database.with_name(database.name + ".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseRefused(
                f"{database}: another process runs this central; stop that one first"
            ) from None
        yield
