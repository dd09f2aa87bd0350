"""What the journal is told, by a journal of our own, and who tells it."""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from socket import AF_UNIX, SOCK_DGRAM, socket

import pytest

from gateway.cli.journal import MOST_CHARACTERS, JournalHandler, stderr_is_journal
from gateway.cli.telling import OneLine

ANSWER_S = 30.0
"""A deadline against hanging, never reached."""


class Journal:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket(AF_UNIX, SOCK_DGRAM)
        self._socket.settimeout(ANSWER_S)
        self._socket.bind(str(path))

    def entry(self) -> dict[str, str]:
        """The next one's fields, read as systemd's protocol says."""
        rest, fields = self._socket.recv(1 << 20), {}
        while rest:
            line, _, rest = rest.partition(b"\n")
            name, plain, value = line.partition(b"=")
            if not plain:
                length = int.from_bytes(rest[:8], "little")
                value, rest = rest[8 : 8 + length], rest[8 + length + 1 :]
            fields[name.decode()] = value.decode()
        return fields

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def journal() -> Iterator[Journal]:
    # Not tmp_path: a Unix socket's path may have 107 bytes only.
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:
        journal = Journal(Path(folder) / "socket")
        yield journal
        journal.close()


@pytest.fixture
def log(journal: Journal) -> Iterator[logging.Logger]:
    handler, log = JournalHandler(journal.path), logging.Logger("gateway.runtime.x")
    handler.setFormatter(OneLine("%(message)s"))
    log.addHandler(handler)
    yield log
    handler.close()


def test_an_entry_has_fields_to_search_by(journal: Journal, log: logging.Logger) -> None:
    log.error("pump %d: gone", 2, extra={"event": "reader_silent", "pump": 2})
    assert journal.entry() == {
        "MESSAGE": "reader_silent: pump 2: gone",
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": "takar",
        "TAKAR_MODULE": "gateway.runtime.x",
        "TAKAR_EVENT": "reader_silent",
        "TAKAR_PUMP": "2",
    }


@pytest.mark.parametrize(("level", "priority"), [(10, "7"), (20, "6"), (30, "4"), (50, "2")])
def test_each_level_has_its_priority(
    journal: Journal, log: logging.Logger, level: int, priority: str
) -> None:
    log.log(level, "words")
    entry = journal.entry()
    assert entry["PRIORITY"] == priority
    assert "TAKAR_EVENT" not in entry


def test_nothing_in_a_message_makes_a_field_of_its_own(
    journal: Journal, log: logging.Logger
) -> None:
    log.warning("%s", "a\nPRIORITY=0", extra={"event": "x", "code": "b\nTAKAR_PUMP=9"})
    entry = journal.entry()
    assert (entry["PRIORITY"], "TAKAR_PUMP" in entry) == ("4", False)
    assert entry["MESSAGE"] == "x: a\\nPRIORITY=0"


def test_a_traceback_is_one_entry_of_bounded_length(journal: Journal, log: logging.Logger) -> None:
    try:
        raise ValueError("x" * 2 * MOST_CHARACTERS)
    except ValueError:
        log.exception("failed", extra={"event": "writer_failed"})
    message = journal.entry()["MESSAGE"]
    assert message.startswith("writer_failed: failed\nTraceback")
    assert len(message) == MOST_CHARACTERS


def test_without_a_journal_the_line_is_on_stderr(
    journal: Journal, log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    journal.close()
    log.error("gone", extra={"event": "reader_silent"})
    assert capsys.readouterr().err == "reader_silent: gone\n"


@pytest.mark.parametrize("told", ["right", "other", "nonsense", None])
def test_the_journal_is_asked_for_only_where_stderr_is_it(tmp_path: Path, told: str | None) -> None:
    with (tmp_path / "stderr").open("wb") as stderr:
        status = os.fstat(stderr.fileno())
        streams = {"right": f"{status.st_dev}:{status.st_ino}", "other": f"{status.st_dev}:1"}
        given = {"JOURNAL_STREAM": streams.get(told, told)} if told is not None else {}
        code = f"from {stderr_is_journal.__module__} import *; print(stderr_is_journal())"
        asked = subprocess.run(
            [sys.executable, "-c", code],
            env={k: v for k, v in os.environ.items() if k != "JOURNAL_STREAM"} | given,
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            check=True,
        )
    assert asked.stdout == f"{told == 'right'}\n"
