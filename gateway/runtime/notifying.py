"""What the service manager is told over its socket, as sd_notify(3) has it; silent without one."""

import logging
import os
import socket
from collections.abc import Mapping

from gateway.core.units import NS_PER_US

log = logging.getLogger(__name__)


class ServiceManager:
    """systemd, or nobody. Telling never blocks and never raises."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        # An address that begins with @ is in the abstract namespace.
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self.watchdog_ns = _watchdog_ns(environment)
        """It ends us when it has not been fed for so long; None: it does not watch."""
        self._status = ""

    def ready(self, status: str) -> None:
        self._status = status
        self._tell(f"READY=1\nSTATUS={_line(status)}")

    def status(self, status: str) -> None:
        """One line for `systemctl status`; told when it is another than before."""
        if status != self._status:
            self._status = status
            self._tell(f"STATUS={_line(status)}")

    def stopping(self, status: str) -> None:
        self._status = status
        self._tell(f"STOPPING=1\nSTATUS={_line(status)}")

    def feed(self) -> None:
        self._tell("WATCHDOG=1")

    def _tell(self, text: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.settimeout(0)
                out.sendto(text.encode(), self._address)
        except OSError as error:
            log.warning(
                "the service manager does not hear: %s",
                error,
                extra={"event": "supervisor_unheard"},
            )


def _watchdog_ns(environment: Mapping[str, str]) -> int | None:
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None  # meant for the process that started us
    try:
        microseconds = int(environment.get("WATCHDOG_USEC", "0"))
    except ValueError:
        return None
    return microseconds * NS_PER_US if microseconds > 0 else None


def _line(text: str) -> str:
    """A line break would begin another message."""
    return " ".join(text.split())
