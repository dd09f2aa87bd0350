"""Entries leave the disk only behind a sealed checkpoint, and nothing wrong with it is missed."""

import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.balance import Balance, fold
from gateway.core.chain import GENESIS
from gateway.core.facts import Charge, ClockTold
from gateway.core.log import Entry
from gateway.store import pruning
from gateway.store.errors import LedgerDamaged
from gateway.store.ledger import Ledger
from gateway.store.pruning import (
    ExportFailed,
    export_before,
    keep_at_most,
    next_checkpoint,
    told_before,
)
from gateway.store.view import Head
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, grant, refusal, sale, session

WITA = ZoneInfo("Asia/Makassar")
LATER = "2027-03-01T00:00:00.000Z"
STEP = 10
ALL_OLD = 10**6

Open = Callable[[], Ledger]


def write(ledger: Ledger, many: int) -> list[Entry]:
    """A grant and sales from it, sealed now and then."""
    entries = ledger.commit([(grant(1, 10**6), TIME)])
    for number in range(1, many):
        entries += ledger.commit([(sale(number, Charge(1, 1000)), TIME)], seal=number % 3 == 0)
    return entries


def prune(ledger: Ledger) -> None:
    checkpoint = next_checkpoint(ledger, WITA, ALL_OLD, STEP)
    assert checkpoint is not None
    ledger.prune(checkpoint, LATER)


@pytest.fixture
def pruned(path: Path, private: Ed25519PrivateKey) -> Path:
    """A closed ledger of 35 entries, of which 20 are pruned."""
    ledger = Ledger.create(path, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    write(ledger, 33)
    ledger.acknowledge(25)
    prune(ledger)
    prune(ledger)
    ledger.close()
    return path


def test_a_start_goes_on_from_the_checkpoint(pruned: Path, open_ledger: Open) -> None:
    ledger = open_ledger()
    checkpoint = ledger.checkpoint()
    assert checkpoint is not None
    assert ledger.pruned() == Head(20, checkpoint.head)
    assert [entry.sequence for entry in ledger.every_entry()] == list(range(21, 36))
    balance = fold(checkpoint.balance_in(WITA), ledger.every_entry())
    assert balance.remaining_ml("dh-1001-a", TIME, "2026-11") == 10**6 - 32_000
    assert ledger.hash_at(20) == checkpoint.head
    assert ledger.hash_at(19) is None
    assert ledger.entries_after(5, 1)[0].sequence == 21
    assert [entry.sequence for entry in ledger.entries_after(20, 2)] == [21, 22]
    ledger.commit([(refusal(1), TIME)], seal=True)
    ledger.close()
    assert open_ledger().head.sequence == 36


def test_what_is_pruned_is_what_a_whole_fold_says(ledger: Ledger) -> None:
    entries = write(ledger, 20)
    ledger.acknowledge(20)
    checkpoint = next_checkpoint(ledger, WITA, ALL_OLD, 20)
    assert checkpoint is not None
    assert checkpoint.balance_in(WITA) == fold(Balance(WITA), entries)


def test_only_what_is_acknowledged_and_old_is_pruned(ledger: Ledger) -> None:
    write(ledger, 12)
    assert next_checkpoint(ledger, WITA, ALL_OLD, STEP) is None
    ledger.acknowledge(9)
    assert next_checkpoint(ledger, WITA, ALL_OLD, STEP) is None
    ledger.acknowledge(10)
    assert next_checkpoint(ledger, WITA, 9, STEP) is None
    checkpoint = next_checkpoint(ledger, WITA, ALL_OLD, STEP)
    assert checkpoint is not None
    forged = msgspec.structs.replace(checkpoint, through=11)
    with pytest.raises(ValueError, match="acknowledged 10"):
        ledger.prune(forged, LATER)
    assert ledger.pruned() == Head(0, GENESIS)


def told(time: str) -> ClockTold:
    return ClockTold(through=1, time=time, within_ms=0, was=time, lowered=False)


def test_age_is_centrals_word_and_not_what_the_clock_said(ledger: Ledger) -> None:
    """Entries by a clock at 1970 or 2066 are as old as what central says behind them."""
    assert told_before(ledger, LATER) == 0
    ledger.commit([(refusal(1), "1970-01-01T00:00:00.000Z"), (refusal(2), TIME)])
    assert told_before(ledger, LATER) == 0
    ledger.commit([(refusal(3), "2066-01-01T00:00:00.000Z"), (told(TIME), TIME)])
    ledger.commit([(refusal(4), "1970-01-01T00:00:00.000Z"), (told(LATER), LATER)])
    assert told_before(ledger, TIME) == 0
    assert told_before(ledger, LATER) == 4
    assert told_before(ledger, "2027-03-01T00:00:00.001Z") == 6


def test_an_open_fill_says_that_it_is_open(ledger: Ledger) -> None:
    assert not ledger.selling
    ledger.commit(put_session=session(1))
    assert ledger.selling
    ledger.commit(drop_session=1)
    assert not ledger.selling


EDITS = [
    (["DELETE FROM checkpoint"], "entry 1: expected this entry, found entry 21"),
    (["UPDATE checkpoint SET body = replace(body, '19000', '18000')"], "checkpoint: expected thro"),
    (["UPDATE checkpoint SET through = 19"], "entry 20: expected this entry"),
    (["UPDATE checkpoint SET head = replace(head, substr(head, 1, 4), 'beef')"], "entry 21: exp"),
    (["UPDATE checkpoint SET seal = '{}'"], "checkpoint: expected one that this gateway has sea"),
    (
        ["UPDATE checkpoint SET seal = replace(seal, '\"epoch\":1', '\"epoch\":2')"],
        "checkpoint: expected one that this gateway has sealed, found the signature",
    ),
    (
        ["UPDATE checkpoint SET seal = (SELECT seal FROM seals ORDER BY sequence DESC LIMIT 1)"],
        "checkpoint: expected one that this gateway has sealed, found seal of type 'ledger'",
    ),
    (["UPDATE checkpoint SET body = CAST(x'ff' AS TEXT)"], "checkpoint: expected one that"),
    (["DELETE FROM entries WHERE sequence = 21"], "entry 21: expected this entry, found entry 22"),
]


@pytest.mark.parametrize(("statements", "named"), EDITS)
def test_an_edit_is_named(
    pruned: Path, open_ledger: Open, statements: list[str], named: str
) -> None:
    with sqlite3.connect(pruned) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    with pytest.raises(LedgerDamaged, match=named):
        open_ledger()


def test_an_older_checkpoint_of_our_own_is_named(
    path: Path, private: Ed25519PrivateKey, open_ledger: Open
) -> None:
    """Put back together with the entries that had been behind it, from an old copy."""
    ledger = Ledger.create(path, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    write(ledger, 33)
    ledger.acknowledge(25)
    prune(ledger)
    with sqlite3.connect(path) as connection:
        old = connection.execute("SELECT * FROM checkpoint").fetchall()
        entries = connection.execute("SELECT * FROM entries WHERE sequence <= 20").fetchall()
    connection.close()
    prune(ledger)
    ledger.close()
    with sqlite3.connect(path) as connection:
        connection.executemany("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?)", old)
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", entries)
    connection.close()
    with pytest.raises(LedgerDamaged, match=r"newest ledger\.pruned: through entry 20"):
        open_ledger()


def test_exports_hold_every_entry_that_left(ledger: Ledger, tmp_path: Path) -> None:
    entries, kept = write(ledger, 23), []
    ledger.acknowledge(23)
    for _ in range(2):
        checkpoint = next_checkpoint(ledger, WITA, ALL_OLD, STEP)
        assert checkpoint is not None
        file = export_before(ledger, checkpoint, tmp_path / "export")
        kept += gzip.decompress(file.read_bytes()).splitlines()
        ledger.prune(checkpoint, LATER)
    found = [msgspec.json.decode(line)["entry"] for line in kept if line.startswith(b'{"entry"')]
    assert found == msgspec.to_builtins(entries[:20])
    assert sum(line.startswith(b'{"checkpoint"') for line in kept) == 1
    assert sum(line.startswith(b'{"seal"') for line in kept) == 6


def test_an_export_that_was_cut_short_is_made_anew(ledger: Ledger, tmp_path: Path) -> None:
    write(ledger, 12)
    ledger.acknowledge(12)
    checkpoint = next_checkpoint(ledger, WITA, ALL_OLD, STEP)
    assert checkpoint is not None
    (tmp_path / f"{GATEWAY}.next.gz").write_bytes(b"half")
    first = export_before(ledger, checkpoint, tmp_path)
    content = first.read_bytes()
    assert export_before(ledger, checkpoint, tmp_path) == first
    assert first.read_bytes() == content
    assert sorted(tmp_path.glob("*.gz")) == [first]


@pytest.mark.parametrize("at", [20, 200, -20])
def test_a_file_that_reads_back_otherwise_is_refused(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    write(ledger, 12)
    ledger.acknowledge(12)
    checkpoint = next_checkpoint(ledger, WITA, ALL_OLD, STEP)
    assert checkpoint is not None
    check = pruning._check

    def damaged(file: Path, *rest: object) -> None:
        content = bytearray(file.read_bytes())
        content[at] ^= 4
        file.write_bytes(content)
        check(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(pruning, "_check", damaged)
    with pytest.raises(ExportFailed):
        export_before(ledger, checkpoint, tmp_path)


def export_name(number: int, gateway: str = GATEWAY, incarnation: str = INCARNATION) -> str:
    return f"{gateway}-{incarnation}-{number:012}-{number:012}.jsonl.gz"


def test_the_oldest_exports_go_first_and_the_newest_never(tmp_path: Path) -> None:
    files = [tmp_path / export_name(number) for number in range(4)]
    for file in files:
        file.write_bytes(bytes(1000))
    assert keep_at_most(tmp_path, GATEWAY, 4000) == []
    assert keep_at_most(tmp_path, GATEWAY, 2500) == files[:2]
    assert keep_at_most(tmp_path, GATEWAY, 10) == [files[2]]
    assert files[3].exists()


def test_only_what_this_gateway_pruned_is_deleted(tmp_path: Path) -> None:
    """In a shared folder lie other gateways' exports, and what people put there."""
    others = [
        export_name(1, gateway="kupang-02"),
        export_name(1, gateway=f"{GATEWAY}-b"),
        export_name(1, gateway=f"x{GATEWAY}"),
        f"{GATEWAY}-{INCARNATION}.jsonl.gz",
        f"{GATEWAY}-{INCARNATION}-1-500.jsonl.gz",
        f"{export_name(1)}.old",
        "audit-2026.jsonl.gz",
        f"{GATEWAY}-notes.jsonl.gz",
    ]
    for name in others:
        (tmp_path / name).write_bytes(bytes(1000))
    own = [tmp_path / export_name(2, incarnation="ff" * 8), tmp_path / export_name(1)]
    for file in own:
        file.write_bytes(bytes(10))
    assert keep_at_most(tmp_path, GATEWAY, 15) == own[:1]
    assert {file.name for file in tmp_path.iterdir()} == {*others, export_name(1)}


def test_the_file_does_not_grow_while_as_much_is_pruned_as_is_written(ledger: Ledger) -> None:
    pages = []
    for _ in range(12):
        write_more = [(refusal(number), TIME) for number in range(200)]
        ledger.commit(write_more, seal=True)
        ledger.acknowledge(ledger.head.sequence)
        while (checkpoint := next_checkpoint(ledger, WITA, ALL_OLD, 100)) is not None:
            ledger.prune(checkpoint, TIME)
        pages.append(ledger.connection.execute("PRAGMA page_count").fetchone()[0])
    assert max(pages) <= pages[1] + 6
