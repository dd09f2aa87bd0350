"""The status socket: the newest state at once, every change after, and nobody waited for."""

import errno
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.runtime.status import MOST_READERS, Snapshot, StatusServer
from tests.gateway.runtime.snapshots import snapshot as quiet

ANSWER_S = 30.0
"""A deadline against hanging, never reached."""


def snapshot(head: int, words: str = "") -> Snapshot:
    return quiet(head=head, link=words)


class Reader:
    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(ANSWER_S)
        self.socket.connect(str(path))
        self._pending = b""

    def next(self) -> Snapshot:
        while b"\n" not in self._pending:
            data = self.socket.recv(65_536)
            assert data, "the server ended the connection"
            self._pending += data
        line, self._pending = self._pending.split(b"\n", 1)
        return msgspec.json.decode(line, type=Snapshot)

    def until(self, head: int) -> None:
        while self.next().head != head:
            pass

    def ended(self) -> bool:
        """Read to the end, which must come."""
        while self.socket.recv(1 << 20):
            pass
        return True


@pytest.fixture
def path() -> Iterator[Path]:
    # Not tmp_path: a Unix socket's path may have 107 bytes only.
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:
        yield Path(folder) / "gateway.sock"


@pytest.fixture
def server(path: Path) -> Iterator[StatusServer]:
    server = StatusServer(path)
    yield server
    server.close()


@pytest.fixture
def readers(path: Path) -> Iterator[list[Reader]]:
    """Two of them."""
    readers = [Reader(path), Reader(path)]
    yield readers
    for reader in readers:
        reader.socket.close()


def test_who_comes_gets_the_newest_state(server: StatusServer, path: Path) -> None:
    server.publish(snapshot(1))
    server.publish(snapshot(2))
    reader = Reader(path)
    assert reader.next() == snapshot(2)
    reader.socket.close()


@pytest.mark.usefixtures("server")
def test_every_reader_gets_every_change(server: StatusServer, readers: list[Reader]) -> None:
    for head in (1, 2, 3):
        server.publish(snapshot(head))
        for reader in readers:
            reader.until(head)


def test_states_in_quick_succession_are_gathered(
    server: StatusServer, readers: list[Reader]
) -> None:
    for head in range(1000):
        server.publish(snapshot(head))
    seen = [readers[0].next().head]
    while seen[-1] != 999:
        seen.append(readers[0].next().head)
    assert len(seen) < 10
    assert seen == sorted(seen)


def test_a_reader_that_does_not_read_loses_its_connection_and_holds_nobody_up(
    server: StatusServer, readers: list[Reader]
) -> None:
    slow, good = readers
    head = 0
    # Far more than any buffer between them holds.
    for head in range(1, 9):
        server.publish(snapshot(head, "x" * 100_000))
        good.until(head)
    assert slow.ended()
    server.publish(snapshot(head + 1))
    good.until(head + 1)


def test_no_more_readers_than_files_are_to_spare(server: StatusServer, path: Path) -> None:
    server.publish(snapshot(1))
    readers = []
    for _ in range(MOST_READERS):
        readers.append(Reader(path))
        readers[-1].until(1)
    late = Reader(path)
    assert late.ended()
    late.socket.close()
    readers.pop().socket.close()
    server.publish(snapshot(2))
    server.publish(snapshot(3))
    readers[0].until(3)
    server.publish(snapshot(4))
    readers[0].until(4)
    late = Reader(path)
    server.publish(snapshot(5))
    late.until(5)
    for reader in [late, *readers]:
        reader.socket.close()


def test_a_reader_that_leaves_is_forgotten(server: StatusServer, readers: list[Reader]) -> None:
    readers[0].socket.close()
    for head in (1, 2, 3):
        server.publish(snapshot(head))
        readers[1].until(head)


def test_what_is_sent_to_it_is_ignored(server: StatusServer, readers: list[Reader]) -> None:
    readers[0].socket.sendall(b'{"open the valve": true}\n' * 100)
    server.publish(snapshot(5))
    readers[0].until(5)


def test_closing_ends_every_connection_and_removes_the_socket(path: Path) -> None:
    server = StatusServer(path)
    reader = Reader(path)
    server.publish(snapshot(1))
    reader.until(1)
    server.close()
    assert reader.ended()
    assert not path.exists()
    reader.socket.close()


def test_it_can_be_closed_when_nobody_ever_came(path: Path) -> None:
    StatusServer(path).close()
    assert not path.exists()


def test_the_socket_of_a_dead_gateway_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert path.exists()
    server = StatusServer(path)
    server.publish(snapshot(4))
    reader = Reader(path)
    reader.until(4)
    reader.socket.close()
    server.close()


@pytest.mark.parametrize("where", ["no/such/folder/gateway.sock", "x" * 120])
def test_a_path_that_cannot_be_is_an_error(path: Path, where: str) -> None:
    with pytest.raises(OSError, match=r"(?i)no such file|too long"):
        StatusServer(path.parent / where)


class ShortOfFiles(socket.socket):
    """A listening socket that cannot let the first one in."""

    refusals = 1

    def accept(self) -> tuple[socket.socket, object]:
        if self.refusals:
            self.refusals -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_too_many_open_files_pass(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.runtime.status.REFUSED_S", 0.001)
    with monkeypatch.context() as short:
        short.setattr("gateway.runtime.status.socket.socket", ShortOfFiles)
        server = StatusServer(path)
    try:
        reader = Reader(path)
        server.publish(snapshot(1))
        assert reader.next().head == 1
        reader.socket.close()
    finally:
        server.close()
