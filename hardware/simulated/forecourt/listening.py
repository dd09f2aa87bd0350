"""The Unix socket that a forecourt listens on: made with care, removed at the end."""

import socket
import stat
from pathlib import Path

from hardware.ports import HardwareError

LONGEST_PATH = 107
"""Bytes that a Unix socket's address holds on Linux."""


def listen(path: Path) -> socket.socket:
    """Bind for this user alone. HardwareError if a forecourt runs there or the path is wrong."""
    if len(str(path).encode()) > LONGEST_PATH:
        raise HardwareError(
            f"the socket's path {path} is longer than the {LONGEST_PATH} bytes that Linux allows; "
            "choose a shorter one"
        )
    _clear_away(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(path))
        path.chmod(0o600)
        sock.listen(16)
    except OSError as error:
        sock.close()
        raise HardwareError(f"cannot listen at {path}: {error.strerror}") from error
    sock.settimeout(0.0)
    return sock


def _clear_away(path: Path) -> None:
    """Remove the socket of a forecourt that was killed, and nothing else."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(mode):
        raise HardwareError(f"{path} is there and no socket; choose another path or move it away")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise HardwareError(
                f"a forecourt runs at {path} already; stop it or choose another --socket"
            )
