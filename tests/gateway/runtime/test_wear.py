"""What a gateway writes: so much for a fill and no more, and nothing while nobody comes."""

from pathlib import Path

import msgspec

from gateway.core.session import State
from tests.gateway.runtime.whole import Whole, whole_gateway

FILL_ML = 12_000
MOST_COMMITS = 10
"""For the reservation, a top-up for about every two litres, the sale, and what is noted."""
COMMIT_BYTES = 16_384
"""Of a commit: three pages of the log, a slot of the anchor, and its share of moving pages to the
database. `takar bench wear` says what becomes of it below the file system."""


def written_bytes() -> int:
    """By this process, into files and pipes, until now; sockets are not counted."""
    figures = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(figures["wchar"])


def changed_ns(folder: Path) -> dict[Path, int]:
    """When each file was written last."""
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}


def fill(whole: Whole, uid: str) -> None:
    whole.tap(uid)
    whole.do("lift")
    whole.do("squeeze", free_ml=FILL_ML)
    whole.turn_until(lambda: whole.desk.session.state is State.DISPENSING)
    whole.do("remove")
    whole.turn_until(lambda: whole.control.ask("status")["pumps"][0]["lever"] == "released")
    whole.do("hang")
    whole.turn_until(lambda: whole.desk.session.state is State.IDLE)
    whole.run(1)


def test_a_fill_writes_little_and_an_idle_gateway_nothing() -> None:
    with whole_gateway(reader_poll_ms=500) as whole:
        fill(whole, whole.uids[0])  # the files have their size
        keeper = whole.gateway._keeper
        before, commits, head = written_bytes(), keeper.commits, len(whole.entries)
        for uid in whole.uids[1:3]:
            fill(whole, uid)
        fills_bytes = written_bytes() - before
        commits, told = keeper.commits - commits, whole.entries[head:]
        assert [entry.data["volume_ml"] for entry in told] == [FILL_ML] * 2
        entry_bytes = sum(len(msgspec.json.encode(entry)) for entry in told)
        assert commits <= 2 * MOST_COMMITS
        assert entry_bytes < fills_bytes < commits * COMMIT_BYTES
        before_ns = changed_ns(whole.folder)
        whole.run(120)
        assert changed_ns(whole.folder) == before_ns
