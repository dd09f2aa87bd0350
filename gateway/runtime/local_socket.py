"""A socket for processes of this machine, and who among them may use it.

Where the folder is set-group-id, as the service's /run/takar is, its group is meant to share what
is in it: the console runs in an account of its own, in that group. Anywhere else the socket is
its owner's alone, as far as the umask says.
"""

import contextlib
import os
import socket
import stat
import struct
from pathlib import Path

SHARED = 0o660
_PEER = struct.Struct("3i")
"""Process, user and group, as SO_PEERCRED tells them."""


def shared_group(path: Path) -> int | None:
    """The group that may use what is beside `path`; None: nobody but its owner."""
    folder = path.parent.stat()
    return folder.st_gid if folder.st_mode & stat.S_ISGID else None


def bind(path: Path, backlog: int) -> socket.socket:
    """Listen there. A stale socket of a dead process is replaced; OSError where that fails."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        server.bind(os.fspath(path))
        if shared_group(path) is not None:
            path.chmod(SHARED)
        server.listen(backlog)
    except OSError as error:
        server.close()
        if error.errno is None or error.filename is not None:
            raise
        # The system does not say of which socket it speaks.
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error
    return server


def may_ask(peer: socket.socket, group: int | None) -> bool:
    """Whether it is root, our own account, or runs in this group."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    _, user, group_of_peer = _PEER.unpack(credentials)
    return user in (0, os.geteuid()) or group_of_peer == group
