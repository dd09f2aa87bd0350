"""What a fill writes, and what that is to an SD card in a year of 200 fills a day.

A real gateway with its broker and central plays fills over the whole city in simulated time, at
full durability. As root its state lies on an ext4 of its own (a loop device), whose block layer
says what reached it: log, database, anchor and cache, with the file system's own journal. Without
root the kernel's account of the process is taken, by whole pages and without the journal.

Endurance: a maker's 2,500 hours of recording at 26 Mbit/s on a card of 32 GB (SanDisk High
Endurance) are 29 TB, written in one long piece. Small synced writes wear a card more: at the
worst each rewrites a whole block of 4 MB, and the second row says what then is left.
"""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from benchmarks._card import Card, card_under
from benchmarks._row import row
from gateway.demo.scenario import read_cards, visits
from gateway.demo.stage import PRODUCTS, Stage
from gateway.demo.watch import Watch
from gateway.store.reader import LedgerReader
from hardware.simulated.control import ForecourtControl

BENCHMARK = "wear"
SEED, PERIOD = 7, "2025-11"
FIRST, VISITS = 20, 200
"""The first ones grow the files to their size, and are not counted."""
FILLS_A_DAY, DAYS = 200, 365
ENDURANCE_GB = 2_500 * 3600 * 26 / 8 / 1000
BLOCK_BYTES = 4 * 1024 * 1024
"""Erased and written again as a whole by a card that gathers nothing."""
WITHIN_S = 120.0

_row = partial(row, ratio_decimals=4)
"""What is worn is far below what a card endures."""


def run(as_json: bool = True) -> dict[str, object]:  # noqa: ARG001, FBT001, FBT002
    """Measure. `ratio` is reference / ours: of a year's writing, for how many years the card is."""
    with tempfile.TemporaryDirectory(prefix="takar-wear-") as name:
        rows = _measured(Path(name))
    return {"benchmark": BENCHMARK, "rows": rows}


def _measured(room: Path) -> list[dict[str, object]]:
    with (
        Stage(room / "demo", seed=SEED, period=PERIOD, time="simulated") as stage,
        card_under(stage.ledger.parent, room) as card,
    ):
        drivers = list(visits(read_cards(stage.folder / "cards.json"), PRODUCTS, VISITS, SEED))
        gateway = stage.start_gateway()
        try:
            _play(stage.control, stage.watch, drivers[:FIRST])
            head, before = _head(stage), _written(gateway.process.pid, card)
            _play(stage.control, stage.watch, drivers[FIRST:])
            after = _written(gateway.process.pid, card)
            fills, entry_bytes = _told_since(stage.ledger, head)
        finally:
            gateway.stop()
    written = (after[0] - before[0]) / fills
    where = "to the card, journal included" if card is not None else "by the process, in pages"
    a_year_gb = written * FILLS_A_DAY * DAYS / 1e9
    name = "entries in the ledger that came of it"
    rows = [
        _row(f"written for a fill {where}", written / 1000, entry_bytes / fills / 1000, name, "kB"),
        _row("a year of 200 fills a day", a_year_gb, ENDURANCE_GB, "endurance of 32 GB", "GB"),
    ]
    if card is not None:
        flushes = (after[1] - before[1]) / fills
        worst_gb = flushes * BLOCK_BYTES * FILLS_A_DAY * DAYS / 1e9
        what = "a year, if each sync rewrote 4 MB"
        rows += [
            _row("syncs for a fill", flushes, 1, "one", ""),
            _row(what, worst_gb, ENDURANCE_GB, "endurance of 32 GB", "GB"),
        ]
    return rows


def _play(control: ForecourtControl, watch: Watch, drivers: list[dict[str, Any]]) -> None:
    """Until the last one has left and central has acknowledged everything."""
    control.queue(drivers)
    done = watch.wait(lambda _: control.ask("scenario_status")["done"], WITHIN_S)
    assert done, "the drivers do not come to an end"
    delivered = watch.wait(lambda s: s.online and s.head == s.acknowledged_through, WITHIN_S)
    assert delivered, "central does not acknowledge everything"


def _head(stage: Stage) -> int:
    assert stage.watch.newest is not None
    return stage.watch.newest.head


def _written(pid: int, card: Card | None) -> tuple[int, int]:
    """Bytes and syncs until now; no syncs without a card."""
    if card is not None:
        return card.worn()
    account = Path(f"/proc/{pid}/io").read_text()
    figures = dict(line.split(": ") for line in account.splitlines())
    return int(figures["write_bytes"]), 0


def _told_since(ledger: Path, head: int) -> tuple[int, int]:
    """Fills, and the bytes of all entries."""
    with LedgerReader(ledger) as reader:
        told = [entry for entry in reader.every_entry() if entry.sequence > head]
    fills = sum(entry.type == "sale.completed" for entry in told)
    return fills, sum(len(msgspec.json.encode(entry)) for entry in told)
