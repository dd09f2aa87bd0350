"""How long the control loop must wait while a directive is applied to a city of 1,008 vehicles.

Ours: the longest that another thread of the process stood still while one changed card went into
the allocation cache, from look-up to durable file. The reference: the same while `json.dumps`
wrote the same content in one go. Each is the shortest of several rounds, for what
else runs on the machine only makes a round longer.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.allocation import DIRECTIVE_TYPES, Directive, Grant, PutCard, PutSubject
from gateway.core.chain import GENESIS
from gateway.core.log import Entry
from gateway.store.allocation import Allocation
from gateway.store.own_seals import OwnSeals

BENCHMARK = "allocation"
VEHICLES = 1008
ROUNDS = 20
INCARNATION = "00112233445566aa"
TIME = "2026-07-10T04:00:00.000Z"


def run(as_json: bool = True) -> dict[str, object]:  # noqa: FBT001, FBT002
    """Measure, print the table unless `as_json`, and return it. `ratio` is reference / ours."""
    with tempfile.TemporaryDirectory(prefix="takar-allocation-") as folder:
        path = Path(folder) / "allocation.json"
        seals = OwnSeals(Ed25519PrivateKey.generate(), "gateway", INCARNATION, 1)
        allocation = Allocation.create(path, seals)
        given = _chained(_city(), None)
        allocation.apply(given)
        last = given[-1]
        content = json.loads(path.read_bytes())["content"]

        def apply_one() -> None:
            nonlocal last
            (last,) = _chained([_card(0)], last)
            allocation.apply([last], VEHICLES)

        ours_ms = min(_stall_ms(apply_one) for _ in range(ROUNDS))
        reference_ms = min(_stall_ms(lambda: json.dumps(content)) for _ in range(ROUNDS))
    row: dict[str, object] = {
        "what": f"longest stall of another thread, one directive, {VEHICLES:,} vehicles",
        "ours": round(ours_ms, 2),
        "reference": round(reference_ms, 2),
        "reference_name": "json.dumps of the content in one go",
        "ratio": round(reference_ms / ours_ms, 2),
        "unit": "ms",
    }
    if not as_json:
        json.dump(row, sys.stdout, indent=1)
        print()
    return {"benchmark": BENCHMARK, "rows": [row]}


def _stall_ms(work: Callable[[], Any]) -> float:
    """The longest pause of this thread, which does nothing but read the clock, during `work`."""
    begin, done = threading.Event(), threading.Event()

    def at_work() -> None:
        begin.wait()
        work()
        done.set()

    worker = threading.Thread(target=at_work)
    worker.start()
    longest_ns, last_ns = 0, time.perf_counter_ns()
    begin.set()
    finished = False
    while not finished:
        time.sleep(0.0001)
        finished = done.is_set()
        now_ns = time.perf_counter_ns()
        longest_ns, last_ns = max(longest_ns, now_ns - last_ns), now_ns
    worker.join()
    return longest_ns / 1e6


def _city() -> list[Directive]:
    """Every vehicle with its card and this month's grant."""
    bodies: list[Directive] = []
    for number in range(VEHICLES):
        subject = PutSubject(
            subject=f"dh-{number}",
            vehicle="car",
            plate=f"DH {number} A",
            department="dinas-kesehatan",
            products=["pertamax"],
            tank_ml=45_000,
            meter="odometer",
            blocked=False,
            subsidy_allowed=False,
        )
        grant = Grant(
            grant_no=number + 1,
            subject=subject.subject,
            department=subject.department,
            period="2026-07",
            volume_ml=40_000,
            not_before="2026-06-30T16:00:00.000Z",
            not_after="2026-07-31T15:59:59.999Z",
        )
        bodies += [subject, _card(number), grant]
    return bodies


def _card(number: int) -> PutCard:
    return PutCard(uid=f"{number:014X}", card="vehicle", holder=f"dh-{number}", status="active")


def _chained(bodies: list[Directive], last: Entry | None) -> list[Entry]:
    names = {kind: name for name, kind in DIRECTIVE_TYPES.items()}
    entries: list[Entry] = []
    for body in bodies:
        sequence = last.sequence + 1 if last is not None else 1
        last = Entry(
            id=f"ffeeddccbbaa9988/{sequence}",
            source="takar/central",
            type=names[type(body)],
            time=TIME,
            data=msgspec.to_builtins(body),
            sequence=sequence,
            prevhash=last.hash if last is not None else GENESIS,
        )
        entries.append(last)
    return entries


if __name__ == "__main__":
    run(as_json=False)
