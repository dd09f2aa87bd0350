"""N: a ledger takes up each number of a grant once, each above the one before, and central means
the same grant by it."""

import sqlite3
from collections import defaultdict
from typing import Any

import msgspec

from gateway.core.facts import GrantActivated
from simulation.granted import Grant
from simulation.truth import Truth

_GRANTS = (
    "SELECT grant_no, volume_ml, kind, subject, period FROM grants "
    "WHERE gateway = ? AND incarnation = ?"
)
Log = tuple[str, str]
"""A gateway and its incarnation."""


class TakenUp:
    """A restored central may give a number again that it has forgotten, and does. What keeps that
    from harm is looked at here: it waits for each ledger's `epoch.adopted`, before which all
    numbers stand that the gateway used, and behind which nothing of an older epoch counts. So a
    number that comes again is one that the gateway never heard of, and never will."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._grants: defaultdict[Log, dict[int, Grant]] = defaultdict(dict)

    def note(self, log: Log, data: dict[str, Any]) -> None:
        """A `grant.activated` of this ledger; in its order."""
        taken = msgspec.convert(data, GrantActivated)
        before = self._grants[log]
        highest = next(reversed(before), 0)
        if taken.grant_no <= highest:
            self._truth.violated(
                log[0], f"S: grant {taken.grant_no} is taken up, and {highest} was before"
            )
        pool = taken.kind, taken.subject, taken.period
        before[taken.grant_no] = Grant(taken.volume_ml, pool)

    def compare(self, connection: sqlite3.Connection, log: Log, *, whole: bool) -> None:
        """With central's database; `whole`: it holds all of this ledger."""
        central = {
            number: Grant(volume_ml, (kind, holder, period))
            for number, volume_ml, kind, holder, period in connection.execute(_GRANTS, log)
        }
        for number, taken in self._grants[log].items():
            self._truth.checks["S"] += 1
            given = central.get(number)
            if given != taken and (whole or given is not None):
                self._truth.violated(
                    log[0], f"S: grant {number} is {taken} in the ledger, and {given} at central"
                )
