"""Log records as the journal's own entries, with fields to search by.

systemd's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram an entry, of lines
`FIELD=value`; a value of several lines is written as its length, 64 bits little-endian, and its
bytes. `journalctl -t takar TAKAR_EVENT=reader_silent` then finds what is looked for.
"""

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from socket import AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, socket

from gateway.words.visible import visible

SOCKET = Path("/run/systemd/journal/socket")
PRIORITIES = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
    (logging.DEBUG, 7),
)
"""Of syslog(3), for records from this level on."""
FIELDS = ("event", "pump", "code", "entry")
"""Of a record's `extra`; in the journal TAKAR_EVENT and so on."""
MOST_CHARACTERS = 16_000
"""Of a message with its traceback; a datagram has its bounds."""


def stderr_is_journal() -> bool:
    """systemd says in JOURNAL_STREAM which file it has made stderr, as device:inode."""
    with suppress(OSError, ValueError):
        status = os.fstat(sys.stderr.fileno())
        return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
    return False


class JournalHandler(logging.Handler):
    """Never waits: an entry that the journal cannot take at once goes to stderr instead."""

    def __init__(self, path: Path = SOCKET) -> None:
        super().__init__()
        self._path = str(path)
        self._socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC)
        self._socket.setblocking(False)  # noqa: FBT003 - its only form

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        try:
            self._socket.sendto(_datagram(record, line), self._path)
        except OSError:
            sys.stderr.write(line + "\n")

    def close(self) -> None:
        self._socket.close()
        super().close()


def _datagram(record: logging.LogRecord, line: str) -> bytes:
    fields = {
        "MESSAGE": line[:MOST_CHARACTERS],
        "PRIORITY": next((n for level, n in PRIORITIES if record.levelno >= level), 7),
        "SYSLOG_IDENTIFIER": "takar",
        "TAKAR_MODULE": record.name,
    }
    for name in FIELDS:
        if (value := getattr(record, name, None)) is not None:
            fields[f"TAKAR_{name.upper()}"] = visible(str(value))
    return b"".join(_field(name, str(value)) for name, value in fields.items())


def _field(name: str, value: str) -> bytes:
    written = value.encode(errors="backslashreplace")
    if b"\n" not in written:
        return b"%s=%s\n" % (name.encode(), written)
    return b"%s\n%s%s\n" % (name.encode(), len(written).to_bytes(8, "little"), written)
