"""Following a gateway's status socket across its deaths and returns."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.demo.watch import Watch, pump_of
from gateway.runtime.status import Snapshot, StatusServer
from tests.gateway.runtime.snapshots import pump, snapshot

ANSWER_S = 30.0
"""A deadline against hanging, never reached."""


@pytest.fixture
def path() -> Iterator[Path]:
    # Not tmp_path: a Unix socket's path may have 107 bytes only.
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:
        yield Path(folder) / "gateway.sock"


@pytest.fixture
def watch(path: Path) -> Iterator[Watch]:
    watch = Watch(path)
    yield watch
    watch.close()


def anything(_snapshot: Snapshot) -> bool:
    return True


def at(head: int) -> Callable[[Snapshot], bool]:
    return lambda snapshot: snapshot.head == head


def test_without_a_gateway_there_is_nothing(watch: Watch) -> None:
    assert not watch.wait(anything, 0.01)
    assert watch.newest is None


def test_it_follows_one_gateway_after_another(watch: Watch, path: Path) -> None:
    for head in (5, 6):
        server = StatusServer(path)
        server.publish(snapshot(head=head))
        assert watch.wait(at(head), ANSWER_S)
        server.publish(snapshot(head=head + 100))
        assert watch.wait(at(head + 100), ANSWER_S)
        server.close()
        with watch._changed:
            assert watch._changed.wait_for(lambda: watch.newest is None, ANSWER_S)


def test_lines_may_come_in_pieces_or_many_at_once(watch: Watch, path: Path) -> None:
    first, second, third = (msgspec.json.encode(snapshot(head=n)) + b"\n" for n in (1, 2, 3))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        server.settimeout(ANSWER_S)
        end, _ = server.accept()
        with end:
            end.sendall(first[:50])
            end.sendall(first[50:] + second + third[:9])
            assert watch.wait(at(2), ANSWER_S)
            end.sendall(third[9:])
            assert watch.wait(at(3), ANSWER_S)


def test_what_is_no_snapshot_ends_the_connection_not_the_watch(watch: Watch, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.bind(str(path))
        stranger.listen()
        stranger.settimeout(ANSWER_S)
        end, _ = stranger.accept()
        with end:
            end.sendall(b'{"gateway": 7}\n')
            again, _ = stranger.accept()  # it comes back
            again.close()
    server = StatusServer(path)
    server.publish(snapshot(head=9))
    assert watch.wait(at(9), ANSWER_S)
    server.close()


def test_pump_of() -> None:
    both = snapshot(pumps=[pump(pump=1), pump(pump=2, state="refused")])
    assert pump_of(both, 2).state == "refused"
