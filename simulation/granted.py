"""What central ever granted, read from its database by a connection of its own."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

Pool = tuple[str, str, str]
"""Kind of grant, who holds it, and the period: what a quota is for."""
GrantKey = tuple[str, str, int]
"""Gateway, its incarnation, and the grant's number there."""

_ALL = "SELECT gateway, incarnation, grant_no, volume_ml, kind, subject, period FROM grants"
_ONE = _ALL + " WHERE gateway = ? AND incarnation = ? AND grant_no = ?"


def grant_key(gateway: str, sale: str, grant_no: int) -> GrantKey:
    """The grant that a sale of a gateway draws on: `{incarnation}-{session number}` is its name."""
    return gateway, sale.partition("-")[0], grant_no


class Grant(NamedTuple):
    volume_ml: int
    pool: Pool


class Granted:
    """Whatever was granted once stays granted, also when central forgets it.

    Unless a restored central gave its number again: then it is the new grant's. A lost central may
    have numbered a grant whose directive never arrived; nobody is left who knows of that number,
    so the one that follows it cannot pass it by. That is no break of the protocol, in which a
    number rises strictly *for a gateway*: whatever a gateway has used stands in its ledger before
    its `epoch.adopted`, central mints nothing until it has read so far (mqtt/central/epochs.py,
    learning.py), and nothing that was sealed in an older epoch is taken up behind it. That this
    holds is taken_up.py's to see.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None
        self._known: dict[GrantKey, Grant] = {}
        self._former: dict[GrantKey, Grant] = {}
        """What databases said that are gone."""

    def find(self, key: GrantKey) -> Grant | None:
        if key not in self._known:
            self._read(_ONE, *key)
        return self._known.get(key) or self._former.get(key)

    def database_goes(self) -> None:
        """Note all that is in it: another one takes its place."""
        self._read(_ALL)
        self._former |= self._known
        self._known.clear()
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self, query: str, *values: str | int) -> None:
        if self._connection is None:
            self._connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)
        for *whose, volume_ml, kind, holder, period in self._connection.execute(query, values):
            gateway, incarnation, number = whose
            self._known[gateway, incarnation, number] = Grant(volume_ml, (kind, holder, period))
