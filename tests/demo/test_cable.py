"""The cable that can be cut, between two ends of real TCP."""

import socket
from collections.abc import Iterator

import pytest

from gateway.demo.network import Cable

ANSWER_S = 30.0
"""A deadline against hanging, never reached."""


class Far:
    """The broker's end: a listener that hands out its connections one by one."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(ANSWER_S)
        self.port: int = self._server.getsockname()[1]
        self._ends: list[socket.socket] = []

    def accept(self) -> socket.socket:
        end, _ = self._server.accept()
        return self.keep(end)

    def keep(self, end: socket.socket) -> socket.socket:
        end.settimeout(ANSWER_S)
        self._ends.append(end)
        return end

    def close(self) -> None:
        for end in (*self._ends, self._server):
            end.close()


@pytest.fixture
def far() -> Iterator[Far]:
    far = Far()
    yield far
    far.close()


@pytest.fixture
def cable(far: Far) -> Iterator[Cable]:
    cable = Cable("127.0.0.1", far.port)
    yield cable
    cable.close()


def connect(cable: Cable, far: Far) -> socket.socket:
    return far.keep(socket.create_connection(("127.0.0.1", cable.port), timeout=ANSWER_S))


def joined(cable: Cable, far: Far) -> tuple[socket.socket, socket.socket]:
    near = connect(cable, far)
    return near, far.accept()


def ended(end: socket.socket) -> bool:
    """Closed or reset by the other side."""
    try:
        return end.recv(1) == b""
    except ConnectionError:
        return True


def receive(end: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += end.recv(count - len(data))
    return data


def test_bytes_pass_both_ways_in_order(cable: Cable, far: Far) -> None:
    near, distant = joined(cable, far)
    many = bytes(range(256)) * 400
    near.sendall(many)
    assert receive(distant, len(many)) == many
    distant.sendall(b"answer")
    assert receive(near, 6) == b"answer"


def test_connections_are_apart(cable: Cable, far: Far) -> None:
    first, second = joined(cable, far), joined(cable, far)
    first[0].sendall(b"one")
    second[0].sendall(b"two")
    assert (receive(first[1], 3), receive(second[1], 3)) == (b"one", b"two")


def test_a_cut_ends_every_connection_and_lets_no_new_one_through(cable: Cable, far: Far) -> None:
    ends = [*joined(cable, far), *joined(cable, far)]
    cable.cut()
    assert not cable.whole
    assert all(ended(end) for end in ends)
    assert ended(connect(cable, far))


def test_restored_it_carries_new_connections_only(cable: Cable, far: Far) -> None:
    old = joined(cable, far)
    cable.cut()
    cable.restore()  # at once: the old connections are gone all the same
    assert cable.whole
    assert all(ended(end) for end in old)
    near, distant = joined(cable, far)
    near.sendall(b"again")
    assert receive(distant, 5) == b"again"


def test_it_can_be_cut_again_and_again(cable: Cable, far: Far) -> None:
    for _ in range(10):
        near, distant = joined(cable, far)
        cable.cut()
        assert ended(near)
        assert ended(distant)
        cable.restore()


@pytest.mark.parametrize("who", ["near", "far"])
def test_an_end_that_leaves_takes_the_other_with_it(cable: Cable, far: Far, who: str) -> None:
    near, distant = joined(cable, far)
    leaving, staying = (near, distant) if who == "near" else (distant, near)
    leaving.close()
    assert ended(staying)


@pytest.mark.parametrize("who", ["near", "far"])
def test_a_half_closed_connection_is_ended_whole(cable: Cable, far: Far, who: str) -> None:
    near, distant = joined(cable, far)
    leaving, staying = (near, distant) if who == "near" else (distant, near)
    leaving.sendall(b"last words")
    leaving.shutdown(socket.SHUT_WR)
    assert receive(staying, 10) == b"last words"
    assert ended(staying)
    assert ended(leaving)


def test_nobody_at_the_far_end_is_a_refusal(far: Far) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    cable = Cable("127.0.0.1", port)
    assert ended(connect(cable, far))
    cable.close()


def test_closing_ends_what_it_carries(far: Far) -> None:
    cable = Cable("127.0.0.1", far.port)
    ends = joined(cable, far)
    cable.close()
    assert all(ended(end) for end in ends)
    with pytest.raises(ConnectionError):
        connect(cable, far)
