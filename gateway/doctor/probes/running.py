"""Whether a gateway runs here, and what it says of itself on its status socket."""

import socket
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.runtime.status import Snapshot

PATIENCE_S = 3.0
LINE_BYTES = 1 << 20


class Running(NamedTuple):
    there: bool
    said: Snapshot | None = None
    """None: it says nothing, or what no version of ours would."""


def is_there(status_socket: Path) -> bool:
    """Whether somebody serves that socket; one without a server is a dead gateway's."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking, suppress(OSError):
        asking.connect(str(status_socket))
        return True
    return False


def look_for_gateway(status_socket: Path) -> Running:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(PATIENCE_S)
        try:
            asking.connect(str(status_socket))
        except OSError:
            return Running(there=False)  # a socket without a server is a dead gateway's
        with suppress(OSError, msgspec.MsgspecError), asking.makefile("rb") as lines:
            return Running(
                there=True, said=msgspec.json.decode(lines.readline(LINE_BYTES), type=Snapshot)
            )
    return Running(there=True)
