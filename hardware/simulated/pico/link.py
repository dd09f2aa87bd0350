"""The USB cable: a pseudo-terminal behind a name that stays, until the cable is pulled."""

import os
import pty
import select
import tty
from contextlib import suppress
from pathlib import Path

from hardware.ports import HardwareError

CHUNK_BYTES = 4096


class Link:
    """The far end of a port that a host opens by `path`, a symbolic link. Never blocks."""

    def __init__(self, path: Path) -> None:
        if path.exists() and not path.is_symlink():
            raise HardwareError(f"{path} is there and no link to a port: move it away")
        self.path = path
        self.descriptor: int | None = None
        """To wait for bytes on while `connected`; None while unplugged."""
        self.plug()

    def plug(self) -> None:
        """Put the cable in: a new port behind the same name. Nothing where it is in."""
        if self.descriptor is not None:
            return
        near, far = pty.openpty()
        tty.setraw(far)
        os.set_blocking(near, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(far))
        # Opened and closed once, the port counts as hung up until a host opens it.
        os.close(far)
        self.descriptor = near

    def unplug(self) -> None:
        """Pull the cable: the name is gone, and who has the port open finds it hung up."""
        if self.descriptor is None:
            return
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)
        self.descriptor = None

    @property
    def connected(self) -> bool:
        """Some program has the port open."""
        if self.descriptor is None:
            return False
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        return not any(happened & select.POLLHUP for _, happened in poll.poll(0))

    def read(self) -> bytes:
        """What the host has sent so far."""
        received = b""
        if self.descriptor is not None:
            # EIO: nobody has the port open
            with suppress(BlockingIOError, OSError):
                while chunk := os.read(self.descriptor, CHUNK_BYTES):
                    received += chunk
        return received

    def write(self, data: bytes) -> bool:
        """Send all of it, or nothing: without a host, or with one that does not read, it is
        dropped, as a USB device drops it."""
        if self.descriptor is None or not self.connected:
            return False
        try:
            return os.write(self.descriptor, data) == len(data)
        except BlockingIOError:
            return False
