"""What the gateway is doing now, for local readers: JSON lines on a Unix socket.

Each connection gets the newest state at once, then every change, at most five a second. A
reader that does not keep up loses its connection; nothing ever waits for one. What is sent
is `Snapshot`; what is received is ignored.
"""

import contextlib
import logging
import socket
import threading
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.runtime.counts import PumpCounts
from gateway.runtime.local_socket import bind
from gateway.runtime.open_declaration import OpenDeclaration
from gateway.runtime.recent import LastRefusal, LastSale
from gateway.runtime.surroundings import Surroundings
from mqtt.messages import LivePump

log = logging.getLogger(__name__)

EVERY_S = 0.2
REFUSED_S = 1.0
"""Pause after a connection that could not be accepted."""
MOST_READERS = 16
"""Of one gateway; each takes one of the files that the process may have open."""


class PumpSnapshot(LivePump, frozen=True, kw_only=True):
    """What goes out live, and what only concerns the station itself."""

    product: str
    stop_ml: int | None
    """Where the present fill will be stopped."""
    fault: str | None
    totaliser_ml: int
    price_idr_per_l: int | None = None
    """Of the fill, or of the next one."""
    sale: str | None = None
    """Id of the present fill, once its reservation is being written."""
    until: str | None = None
    """UTC text: when the last grant that the present fill may draw on ends."""
    ended_by: str | None = None
    """Why the present fill ended; it is being closed."""
    asks: str | None = None
    """What is waited for before the decision: `reading`, `driver_card` or `vehicle_card`."""
    tries_left: int = 0
    """Readings that may still be entered."""
    unit: str | None = None
    """Of the reading that is waited for: `km`, or `h/10` for tenths of an hour."""
    armed: int | None = None
    """Names the tap by which a supervisor's card allows the next card here an exception."""
    preset_ml: int | None = None
    """What was chosen for the next card."""
    nozzle_lifted: bool = False
    signing_in: bool = False
    """The console waits here for a person's card."""
    pairing: str | None = None
    """Six digits, once it has come: for the pump's own display alone."""
    reserved: OpenDeclaration | None = None
    """At a third party's pump: what its attendant may serve, while that is shown."""
    last_sale: LastSale | None = None
    last_refusal: LastRefusal | None = None


class Snapshot(Struct, frozen=True, kw_only=True):
    gateway: str
    time: str
    online: bool
    link: str
    """Why the link is up or down, in words."""
    blocked: str | None
    """A code that keeps every pump from selling."""
    head: int
    acknowledged_through: int
    commits: int
    pumps: list[PumpSnapshot]
    link_since: str | None = None
    """UTC text: since when the link is up, or down."""
    told: str | None = None
    """UTC text: when central wrote the newest of its directives in force here."""
    declarations: list[OpenDeclaration] = []
    """Reserved at third parties' pumps and not declared yet: the oldest, at most 100."""
    undeclared: int = 0
    """How many there are in all."""
    clock: str = "good"
    """`rtc` while only a clock with a battery proves the time, `doubtful` while nothing does."""
    boot: int = 0
    """Starts of this ledger's gateway, with this one."""
    silent_s: int = 0
    """Since central was last heard; while the clock is in doubt, of this boot at most."""
    counts: list[PumpCounts] = []
    """Of each pump since this process began."""
    surroundings: Surroundings = Surroundings()
    shift_open: bool = True
    """Whether what is sold now is in somebody's shift."""


class StatusServer:
    """Publishes snapshots; safe to call from the control loop, which it never blocks."""

    def __init__(self, path: Path) -> None:
        """OSError if the socket cannot be made there. A stale one of a dead gateway is replaced."""
        self._path = path
        self._server = bind(path, backlog=8)
        self._lock = threading.Lock()
        self._readers: list[socket.socket] = []
        self._newest: Snapshot | None = None
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._accept, name="status-accept", daemon=True),
            threading.Thread(target=self._send, name="status-send", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def publish(self, snapshot: Snapshot) -> None:
        self._newest = snapshot
        self._changed.set()

    def close(self) -> None:
        self._closing.set()
        self._changed.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join()
        for reader in self._readers:
            reader.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                reader, _ = self._server.accept()
            except OSError as error:
                if not self._closing.is_set():
                    # Too many open files, mostly: it passes, and who waits is let in then.
                    log.warning(
                        "status: nobody let in for %g s: %s",
                        REFUSED_S,
                        error,
                        extra={"event": "status_refused"},
                    )
                    self._closing.wait(REFUSED_S)
                continue
            reader.settimeout(0)
            with self._lock:
                if len(self._readers) >= MOST_READERS:
                    log.warning(
                        "status: %d readers are enough; one more was sent away",
                        MOST_READERS,
                        extra={"event": "status_refused"},
                    )
                    reader.close()
                    continue
                self._readers.append(reader)
            self._changed.set()

    def _send(self) -> None:
        while True:
            self._changed.wait()
            self._changed.clear()
            if self._newest is not None:
                self._broadcast(msgspec.json.encode(self._newest) + b"\n")
            if self._closing.wait(EVERY_S):
                return

    def _broadcast(self, line: bytes) -> None:
        with self._lock:
            readers = list(self._readers)
        for reader in readers:
            try:
                sent = reader.send(line)
            except OSError:
                sent = 0
            if sent != len(line):
                reader.close()
                with self._lock:
                    self._readers.remove(reader)
