"""What surrounds the pumps: the board, the disk, the broker's certificate. For people alone.

Looked at every ten seconds in a thread of its own, so that nothing that hangs there keeps the
control loop waiting.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.config.types import GatewayConfig
from gateway.core.units import NS_PER_S
from gateway.runtime.wall import utc_text
from gateway.store.durable import free_bytes
from hardware.board import Board, BoardReading, TimeSource

if TYPE_CHECKING:  # the console reads these figures, and loads no driver
    from hardware.assemble import Hardware

log = logging.getLogger(__name__)

EVERY_S = 10.0
HOT_MILLI_C = 80_000
"""From here on a Raspberry Pi slows itself down."""


class Surroundings(Struct, frozen=True, kw_only=True):
    temperature_milli_c: int | None = None
    under_voltage: bool | None = None
    time_source: TimeSource | None = None
    """Where this machine's time is from, as far as can be seen."""
    free_bytes: int | None = None
    """On the disk of the state folder."""
    certificate_until: str | None = None
    """UTC text: when the certificate by which the broker knows this gateway ends."""


def look_out(
    config: GatewayConfig, hardware: "Hardware", opened: ExitStack
) -> Callable[[], Surroundings]:
    """Looks until `opened` is closed; what it returns gives the newest, from any thread."""
    lookout = Lookout(config, hardware.board)
    if hardware.board is not None:
        lookout.start()
        opened.callback(lookout.stop)
    return lambda: lookout.newest


class Lookout:
    """Reads until it is stopped; `newest` may be taken from any thread."""

    def __init__(self, config: GatewayConfig, board: Board | None) -> None:
        self.newest = Surroundings()
        self._state_dir = Path(config.gateway.state_dir)
        certificate = config.mqtt.certificate_file
        self._certificate = Path(certificate) if certificate is not None else None
        self._board = board
        self._before = BoardReading()
        self._stopping = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="lookout", daemon=True).start()

    def stop(self) -> None:
        """Does not wait for a read that hangs."""
        self._stopping.set()

    def _run(self) -> None:
        while True:
            self.look()
            if self._stopping.wait(EVERY_S):
                return

    def look(self) -> None:
        read = self._board.read() if self._board is not None else BoardReading()
        self._tell(read)
        self.newest = Surroundings(
            temperature_milli_c=read.temperature_milli_c,
            under_voltage=read.under_voltage,
            time_source=None if self._board is None else self._board.time_source(int(time.time())),
            free_bytes=_or_none(lambda: free_bytes(self._state_dir)),
            certificate_until=_until(self._certificate),
        )

    def _tell(self, read: BoardReading) -> None:
        """When it begins, and when it is over."""
        before, self._before = self._before, read
        if bool(read.under_voltage) != bool(before.under_voltage):
            if read.under_voltage:
                log.error(
                    "the supply is too weak: below 4.63 V. Check supply and cable",
                    extra={"event": "under_voltage"},
                )
            else:
                log.info("the supply holds again", extra={"event": "under_voltage_ended"})
        if _is_hot(read) != _is_hot(before):
            if _is_hot(read):
                log.warning(
                    "the board has %.0f °C",
                    (read.temperature_milli_c or 0) / 1000,
                    extra={"event": "board_hot"},
                )
            else:
                log.info("the board is no longer hot", extra={"event": "board_cool"})


def _is_hot(read: BoardReading) -> bool:
    return read.temperature_milli_c is not None and read.temperature_milli_c >= HOT_MILLI_C


def _until(certificate: Path | None) -> str | None:
    if certificate is None:
        return None
    from cryptography import (
        x509,  # 5 MB that the console, which reads these figures, can do without
    )

    with suppress(OSError, ValueError):
        read = x509.load_pem_x509_certificate(certificate.read_bytes())
        return utc_text(int(read.not_valid_after_utc.timestamp()) * NS_PER_S)
    return None


def _or_none(read: Callable[[], int]) -> int | None:
    with suppress(OSError):
        return read()
    return None
