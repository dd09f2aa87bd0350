"""What has been learned of each pump's valve: beside the ledger, in the same commits as its sales.

Nothing rests on it but how near a fill ends to what was asked for, so it is not hashed: what is not
as it was written is forgotten, and learned again.
"""

import logging
import sqlite3
from contextlib import suppress

import msgspec

from gateway.core.lag import KEPT, LEAST_US, OCTAVES, Lags
from gateway.store.state import Statement

log = logging.getLogger(__name__)

MOST_US = 1_000_000
"""The slowest valve that a configuration allows."""


def put_lags(pump: int, lags: Lags) -> Statement:
    body = msgspec.json.encode(lags.samples).decode()
    return "INSERT OR REPLACE INTO lags VALUES (?, ?)", (pump, body)


def read_lags(connection: sqlite3.Connection) -> dict[int, Lags]:
    """By pump; without those that are not as they were written."""
    found = {}
    for pump, body in connection.execute("SELECT pump, CAST(body AS BLOB) FROM lags").fetchall():
        with suppress(ValueError, TypeError):
            samples = msgspec.json.decode(body, type=tuple[tuple[int, ...], ...])
            if _believed(samples):
                found[pump] = Lags(samples)
                continue
        log.warning(
            "pump %s: what was learned of its valve is damaged; learning again",
            pump,
            extra={"event": "valve_lags_damaged"},
        )
    return found


def _believed(samples: tuple[tuple[int, ...], ...]) -> bool:
    return len(samples) == OCTAVES and all(
        len(row) <= KEPT and all(LEAST_US <= sample <= MOST_US for sample in row) for row in samples
    )
