"""What a year at 200 fills a day takes on disk, and what a start then costs, pruned and whole.

The real writer makes both ledgers, one commit and one seal a fill, in memory so that no sync is
waited for. One is pruned each night as a gateway does it; the other, never.
"""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks._row import row
from gateway.config.types import Storage
from gateway.core.balance import Balance, fold
from gateway.core.facts import (
    AllocationApplied,
    Charge,
    ClockTold,
    Fact,
    GrantActivated,
    SaleCompleted,
    SaleRefused,
)
from gateway.core.newest import Newest
from gateway.store.ledger import Ledger
from gateway.store.pruning import export_before, keep_at_most, next_checkpoint, told_before

BENCHMARK = "year"
DAYS, FILLS_A_DAY, REFUSALS_A_DAY, TOP_UPS_A_DAY, VEHICLES = 365, 200, 20, 20, 1008
LIMIT_MB = 256
MB = 1024 * 1024
ZONE = ZoneInfo("Asia/Makassar")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
INCARNATION = "00112233445566aa"
MEMORY = Path("/dev/shm")


def run(as_json: bool = True) -> dict[str, object]:  # noqa: ARG001, FBT001, FBT002
    """Measure. Of sizes `ratio` is the limit or the whole ledger / ours, of starts whole / ours."""
    with tempfile.TemporaryDirectory(
        prefix="takar-year-", dir=MEMORY if MEMORY.is_dir() else None
    ) as folder:
        pruned = _year(Path(folder) / "pruned", prune=True)
        whole = _year(Path(folder) / "whole", prune=False)
        ours_mb, ledger_mb, whole_mb = _mb(pruned), _mb(pruned, "ledger*"), _mb(whole)
        exports_mb = _mb(pruned / "export")
        ours_ms, whole_ms = _start_ms(pruned), _start_ms(whole)
    settings = f"{DAYS} days, {FILLS_A_DAY} fills a day"
    return {
        "benchmark": BENCHMARK,
        "rows": [
            row(f"{settings}: all files", ours_mb, LIMIT_MB, "the limit", "MB"),
            row("ledger with its log", ledger_mb, whole_mb, "never pruned", "MB"),
            row("exports", exports_mb, whole_mb, "never pruned", "MB"),
            row("start: check and fold", ours_ms, whole_ms, "never pruned", "ms"),
        ],
    }


def _year(folder: Path, *, prune: bool) -> Path:
    folder.mkdir()
    storage = Storage()
    ledger = Ledger.create(
        folder / "ledger.sqlite3", _key(), gateway="kupang-01", incarnation=INCARNATION, epoch=1
    )
    ledger.connection.execute("PRAGMA synchronous = OFF")
    for day in range(DAYS):
        now = BEGAN + timedelta(days=day)
        for facts in _day(day):
            ledger.commit([(fact, _text(now)) for fact in facts], seal=True)
        told = ClockTold(
            through=ledger.head.sequence,
            time=_text(now),
            within_ms=0,
            was=_text(now),
            lowered=False,
        )
        ledger.acknowledge(ledger.head.sequence)
        ledger.commit([(told, _text(now))])
        ledger.connection.execute("PRAGMA synchronous = OFF")
        before = _text(now - timedelta(days=storage.retention_days))
        old_through = told_before(ledger, before)
        while prune and (checkpoint := next_checkpoint(ledger, ZONE, old_through)) is not None:
            export_before(ledger, checkpoint, folder / "export")
            keep_bytes = storage.export_keep_mb * MB
            keep_at_most(folder / "export", checkpoint.gateway, keep_bytes)
            ledger.prune(checkpoint, _text(now))
    ledger.close()
    return folder


def _day(day: int) -> Iterator[list[Fact]]:
    """A commit each: the month's grants, fills with top-ups and refusals among them."""
    month = (BEGAN + timedelta(days=day)).strftime("%Y-%m")
    if day % 30 == 0:
        first = day // 30 * 10_000
        yield [_applied(day), *(_grant(first + n + 1, n, month) for n in range(VEHICLES))]
    for fill in range(FILLS_A_DAY):
        facts: list[Fact] = []
        if fill % (FILLS_A_DAY // REFUSALS_A_DAY) == 0:
            facts.append(SaleRefused(pump=1, code="unknown_card", card="04A1B2C3", subject=None))
        grant_no = day // 30 * 10_000 + VEHICLES + 1 + day % 30 * FILLS_A_DAY + fill
        if fill % (FILLS_A_DAY // TOP_UPS_A_DAY) == 0:
            facts += [_applied(day), _grant(grant_no, fill, month)]
        yield [*facts, _sale(day, fill)]


def _applied(day: int) -> Fact:
    return AllocationApplied(epoch=1, through=day + 1, content=f"{day:064x}")


def _grant(grant_no: int, vehicle: int, month: str) -> Fact:
    return GrantActivated(
        grant_no=grant_no,
        subject=f"dh-{1001 + vehicle}-a",
        department="dinas-kesehatan",
        period=month,
        volume_ml=60_000,
        not_before=f"{month}-01T00:00:00.000Z",
        not_after=f"{month}-28T15:59:59.999Z",
    )


def _sale(day: int, fill: int) -> Fact:
    number, vehicle = day * FILLS_A_DAY + fill + 1, fill * 5 % VEHICLES
    return SaleCompleted(
        sale=f"{INCARNATION}-{number}",
        pump=1 + fill % 2,
        mode="valve",
        card=f"04{number:012X}",
        subject=f"dh-{1001 + vehicle}-a",
        department="dinas-kesehatan",
        product="pertamax",
        volume_ml=25_000,
        overrun_ml=0,
        price_idr_per_l=12_950,
        price_version=3,
        amount_idr=323_750,
        charges=[Charge(day // 30 * 10_000 + vehicle + 1, 25_000)],
        totaliser_start_ml=number * 25_000,
        totaliser_end_ml=(number + 1) * 25_000,
        metered_ml=25_000,
        estimated=False,
        ended_by="nozzle_hung",
        started=_text(BEGAN + timedelta(days=day)),
        offline=False,
        clock="good",
        boot=day + 1,
        uptime_ms=40_000_000 + fill,
    )


def _start_ms(folder: Path) -> float:
    """What `takar gateway` does with its ledger before anything else."""
    began_ns = time.perf_counter_ns()
    ledger = Ledger.open(folder / "ledger.sqlite3", _key(), gateway="kupang-01")
    checkpoint = ledger.checkpoint()
    balance = checkpoint.balance_in(ZONE) if checkpoint is not None else Balance(ZONE)
    fold(balance, Newest().watch(ledger.every_checked_entry()))
    took_ms = (time.perf_counter_ns() - began_ns) / 1e6
    ledger.close()
    return took_ms


def _mb(folder: Path, pattern: str = "**/*") -> float:
    return sum(file.stat().st_size for file in folder.glob(pattern) if file.is_file()) / MB


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
