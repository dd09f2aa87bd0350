"""A socket's folder says who else may use it."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.runtime import local_socket
from gateway.runtime.local_socket import bind, may_ask, shared_group

GROUP, STRANGER = 54_321, 54_322


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_alone_it_is_its_owners(folder: Path) -> None:
    before = os.umask(0o177)
    try:
        bind(folder / "s", 1).close()
    finally:
        os.umask(before)
    assert shared_group(folder / "s") is None
    assert mode(folder / "s") == 0o600


def test_in_a_shared_folder_it_is_the_groups_too(folder: Path) -> None:
    folder.chmod(0o2750)
    (folder / "s").touch()  # as a dead process leaves it
    before = os.umask(0o177)
    try:
        bind(folder / "s", 1).close()
    finally:
        os.umask(before)
    assert shared_group(folder / "s") == folder.stat().st_gid
    assert mode(folder / "s") == 0o660


class Peer:
    """What SO_PEERCRED says of it."""

    size = 12

    def __init__(self, user: int, group: int) -> None:
        self._found = (1, user, group)

    def unpack(self, _data: bytes) -> tuple[int, int, int]:
        return self._found


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours


@pytest.mark.parametrize(
    ("user", "group", "shared", "heard"),
    [
        (0, STRANGER, None, True),
        (os.geteuid(), STRANGER, None, True),
        (STRANGER, GROUP, None, False),
        (STRANGER, GROUP, GROUP, True),
        (STRANGER, STRANGER, GROUP, False),
    ],
)
def test_who_is_heard(
    monkeypatch: pytest.MonkeyPatch,
    peer: socket.socket,
    user: int,
    group: int,
    shared: int | None,
    heard: bool,
) -> None:
    monkeypatch.setattr(local_socket, "_PEER", Peer(user, group))
    assert may_ask(peer, shared) is heard


def test_a_real_peer_is_ourselves(peer: socket.socket) -> None:
    assert may_ask(peer, None)
