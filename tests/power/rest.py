"""Moments of a recorded day at which everything is synced, and a fill is open."""

from copy import deepcopy
from dataclasses import dataclass

from tests.power.harness import Run
from tests.power.promises import Promised
from tests.power.replay import Player
from tests.power.survivors import MEMORY, Content

DATABASE, LOG = "ledger.sqlite3", "ledger.sqlite3-wal"
ANCHOR, CACHE = "ledger.anchor", "allocation.json"


@dataclass
class Rest:
    """A gateway's files, and what it had promised."""

    content: Content
    promised: Promised


def rests_of(day: Run) -> dict[str, Rest]:
    """`log`: with the longest one of the day; `no log`: all is in the database."""
    ((state, place),) = day.places().items()
    found: dict[str, Rest] = {}
    before = ""
    for _, call in Player({state: place}).play(day.calls):
        files = {name: file for name, file in place.disk.names.items() if MEMORY not in name}
        rows = [line["rows"] for line in place.said if line.get("done") == "commit"]
        anchored, before = before == f"sync of {ANCHOR}", call
        if any(file.pending for file in files.values()) or not rows or not rows[-1]:
            continue
        rest = Rest(
            {name: file.now for name, file in files.items()},
            deepcopy(day.start[state][1]).hear(place.said),
        )
        log = len(rest.content.get(LOG, b""))
        if log == 0:
            found["no log"] = rest
        elif anchored and ("log" not in found or log > len(found["log"].content[LOG])):
            found["log"] = rest
    return found
