"""Signal 9 at any moment: what was said to be durable is there, and each fill once."""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.store.anchor import anchor_path, read_anchor
from gateway.store.errors import LedgerDamaged
from gateway.store.ledger import Ledger

Open = Callable[[], Ledger]
ROOT = Path(__file__).parents[3]
WRITER = Path(__file__).with_name("writer.py")


def write_until_killed(path: Path, lines: int, spin: int) -> list[list[str]]:
    """What a writer said before signal 9, sent `spin` loops after it had said `lines` lines."""
    process = subprocess.Popen(
        [sys.executable, WRITER, path],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(lines)]
    for _ in range(spin):
        pass
    process.kill()
    said += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    return [line.split() for line in said]


def test_twenty_kills_lose_nothing(ledger: Ledger, open_ledger: Open, path: Path) -> None:
    ledger.close()
    chance = random.Random(7)
    recorded: dict[int, str] = {}
    reserved: set[int] = set()
    for _ in range(20):
        said = write_until_killed(path, chance.randint(1, 40), chance.randint(0, 100_000))
        for word, number, *where in said:
            if word == "reserved":
                assert int(number) not in reserved, "a session number was used twice"
                reserved.add(int(number))
            else:
                recorded[int(where[0])] = where[1]
    again = open_ledger()
    assert len(recorded) > 100
    for sequence, digest in recorded.items():
        assert again.hash_at(sequence) == digest
    ends = Counter(
        entry.data["sale"] if entry.type == "sale.completed" else entry.data["card"]
        for entry in again.every_entry()
        if entry.type != "flow.uncounted"
    )
    assert set(ends.values()) == {1}
    in_progress = {left.session_no for left in again.open_sessions()}
    ended = {int(name.rpartition("-")[2]) if "-" in name else int(name, 16) for name in ends}
    assert reserved <= ended | in_progress


def test_a_bit_flipped_in_the_log_never_shortens_the_ledger_unseen(
    ledger: Ledger, open_ledger: Open, path: Path
) -> None:
    ledger.close()
    write_until_killed(path, 60, 0)
    log = path.with_name(path.name + "-wal")
    files = {file: file.read_bytes() for file in (path, log, anchor_path(path))}
    assert len(files[log]) > 4096
    anchored = read_anchor(anchor_path(path))
    caught = 0
    chance = random.Random(7)
    for _ in range(60):
        for file, content in files.items():
            file.write_bytes(content)
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
        damaged = bytearray(files[log])
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        log.write_bytes(damaged)
        try:
            opened = open_ledger()
        except LedgerDamaged:
            caught += 1
            assert log.read_bytes() == damaged, "what an expert could still read was changed"
        else:
            assert opened.hash_at(anchored.sequence) == anchored.head
            assert opened.head.sequence >= anchored.sequence
            opened.close()
    assert caught > 20


def test_a_stale_shared_memory_file_does_no_harm(
    ledger: Ledger, open_ledger: Open, path: Path
) -> None:
    ledger.close()
    write_until_killed(path, 20, 0)
    memory = path.with_name(path.name + "-shm")
    memory.write_bytes(random.Random(7).randbytes(memory.stat().st_size))
    assert open_ledger().head.sequence >= 9


def test_a_log_without_its_frames_is_seen(ledger: Ledger, open_ledger: Open, path: Path) -> None:
    ledger.close()
    write_until_killed(path, 30, 0)
    log = path.with_name(path.name + "-wal")
    log.write_bytes(log.read_bytes()[:32])
    path.with_name(path.name + "-shm").unlink()
    with pytest.raises(LedgerDamaged, match="shorter than its anchor"):
        open_ledger()
