"""How the rows of entries, seals and open sessions are written."""

import sqlite3
from collections.abc import Iterator

from gateway.core.open_draw import OpenFill
from gateway.store.chaining import Chained, text_of
from gateway.store.state import Statement
from mqtt.seal import Seal
from mqtt.seals import Signer

SEAL_EVERY = 50
"""Entries: half of what a message may carry."""


def put_entry(link: Chained) -> Statement:
    return "INSERT INTO entries VALUES (?, ?, ?)", (link.entry.sequence, link.hash, link.body)


def put_seal(seal: Seal) -> Statement:
    return "INSERT OR REPLACE INTO seals VALUES (?, ?)", (seal.sequence, text_of(seal))


def missing_seals(connection: sqlite3.Connection, signer: Signer) -> Iterator[Statement]:
    """A seal every SEAL_EVERY entries where there is none: a message is cut where one stands."""
    last = None
    rows = connection.execute(
        "SELECT e.sequence, e.hash, s.sequence IS NOT NULL FROM entries e "
        "LEFT JOIN seals s USING (sequence) ORDER BY e.sequence"
    )
    for sequence, entry_hash, sealed in rows.fetchall():
        last = sequence - 1 if last is None else last
        if not sealed and sequence - last >= SEAL_EVERY:
            yield put_seal(signer.seal("ledger", sequence, entry_hash))
            last = sequence
        elif sealed:
            last = sequence


def change_sessions(
    sessions: dict[int, bytes], put: OpenFill | None, drop: int | None
) -> list[Statement]:
    """Put one, drop that of a pump, or neither; `sessions`, which the state hash covers, too."""
    statements: list[Statement] = []
    if put is not None:
        body = text_of(put)
        sessions[put.pump] = body.encode()
        statements.append(("INSERT OR REPLACE INTO open_session VALUES (?, ?)", (put.pump, body)))
    if drop is not None:
        sessions.pop(drop, None)
        statements.append(("DELETE FROM open_session WHERE pump = ?", (drop,)))
    return statements
