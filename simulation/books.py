"""S as central keeps it: what its grants are charged, against quotas and against what passed."""

import sqlite3
from collections import Counter
from collections.abc import Callable

from simulation.granted import Pool
from simulation.truth import Truth

_GRANTS = (
    "SELECT gateway, incarnation, grant_no, kind, subject, period, volume_ml, closed_ml FROM grants"
)
_AWAITED = "SELECT count(*) FROM gateways WHERE epoch < (SELECT epoch FROM identity)"
_CAUTIOUS = "SELECT count(*) FROM former_ledgers WHERE (SELECT epoch FROM identity) > 1"


def check_books(
    connection: sqlite3.Connection, truth: Truth, quota_ml: Callable[[Pool], int]
) -> None:
    """No closed grant is charged less than what passed; no quota is charged more than it is.

    The latter not while a restored central waits for the ledgers: a close may still come. Nor
    where a card was replaced too: a close that only the lost central and the lost card knew is
    charged in full, although its litres were given to another gateway since. Nobody takes more.
    """
    charged_ml: Counter[Pool] = Counter()
    for gateway, incarnation, number, *pool, volume_ml, closed_ml in connection.execute(_GRANTS):
        truth.checks["S"] += 1
        passed_ml = truth.passed_ml[gateway, incarnation, number]
        if closed_ml is not None and passed_ml > closed_ml:
            truth.violated(
                "central",
                f"S: grant {number} of {gateway} is closed at {closed_ml} ml, and {passed_ml} ml "
                "have passed",
            )
        kind, holder, period = pool
        charged_ml[kind, holder, period] += volume_ml if closed_ml is None else closed_ml
    if any(connection.execute(query).fetchone()[0] for query in (_AWAITED, _CAUTIOUS)):
        return
    for one, ml in charged_ml.items():
        if ml > quota_ml(one):
            truth.violated(
                "central", f"S: {ml} ml of {one} are granted, the quota: {quota_ml(one)} ml"
            )
