"""How the rows of entries, seals and open sessions are written."""

from gateway.core.open_session import OpenSession
from gateway.store.chaining import Chained, text_of
from gateway.store.state import Statement
from mqtt.seals import Seal


def put_entry(link: Chained) -> Statement:
    return "INSERT INTO entries VALUES (?, ?, ?)", (link.entry.sequence, link.hash, link.body)


def put_seal(seal: Seal) -> Statement:
    return "INSERT OR REPLACE INTO seals VALUES (?, ?)", (seal.sequence, text_of(seal))


def change_sessions(
    sessions: dict[int, bytes], put: OpenSession | None, drop: int | None
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
