"""A Pico pump on a bench: the firmware's own code at the other end of a pseudo-terminal."""

import os
import pty
import tty
from contextlib import suppress
from pathlib import Path

from gpiozero.pins.mock import MockFactory

from firmware.guard.pulses import BREAK
from firmware.guard.ticks import MASK
from gateway.core.valve import Contact
from hardware.pump.pico import PicoChannel, PicoPump
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_port import by_path
from hardware.wiring import DEMO_WIRING
from tests.firmware.guard.bench import Bench as Board

PINS = DEMO_WIRING[0].pins
MS = 1_000_000
NS_PER_US = 1000


class PtyBoard(Board):
    """`cable` is the far end of the port at `path`; pulled, it is None and the name is gone."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = folder / "pico"
        self.cable: int | None = None
        self.lifted = {1: True, 2: True}
        self.shown = {1: False, 2: False}
        """The contacts' read-backs: they follow as soon as time passes."""
        self.plug()

    def plug(self) -> None:
        self.cable, far = pty.openpty()
        tty.setraw(far)
        os.set_blocking(self.cable, False)
        self.path.symlink_to(os.ttyname(far))
        # Kept open, so that bytes wait for a host that comes later, as on a USB device.
        self.far = far

    def unplug(self) -> None:
        assert self.cable is not None
        os.close(self.cable)
        os.close(self.far)
        self.cable = None
        self.path.unlink()

    def read_bytes(self) -> bytes:
        if self.cable is None:
            return b""
        with suppress(BlockingIOError):
            return os.read(self.cable, 256)
        return b""

    def readback(self, pump: int) -> bool:
        return self.stuck.get(pump, self.shown[pump])

    def write_line(self, line: bytes) -> None:
        self.write(line)

    def write(self, data: bytes) -> None:
        if self.cable is not None:
            with suppress(BlockingIOError):
                os.write(self.cable, data)


class BenchClock:
    """Whoever asks for the time also gives the chip a turn at it."""

    def __init__(self, board: PtyBoard) -> None:
        self.now_ns = 5_000 * MS
        self.board = board

    def monotonic_ns(self) -> int:
        self.board.device.turn(self.now_ns // NS_PER_US & MASK)
        return self.now_ns

    def utc_ns(self) -> int:
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


class PicoBench:
    """Fits the contract's PumpRig."""

    def __init__(self, folder: Path) -> None:
        self.board = PtyBoard(folder)
        self.clock = BenchClock(self.board)
        self.board.start(self.clock.now_ns // NS_PER_US)
        self.factory = MockFactory()
        self.relay = self.factory.pin(PINS.enable_relay)
        self.relay_welded = False
        self.link = PicoLink(by_path(self.board.path), self.clock, self.board.id)
        self.pump = PicoPump(PINS, PicoChannel(self.link, 1), self.clock, self.factory)

    def pulse(self, count: int) -> None:
        for _ in range(count):
            self.pass_time(5 * MS)
            self.turn_meter()
            self.pass_time(5 * MS)
            self.pump.renew()
        for _ in range(2):
            # The chip tells a count that only grew every 100 ms.
            self.pass_time(60 * MS)
            self.pump.renew()

    def turn_meter(self) -> None:
        """One pulse now, as the chip's interrupt takes it."""
        channel = self.board.device.channels[1]
        if channel.pulse(self.clock.now_ns // NS_PER_US & MASK) == BREAK:
            self.board.contact[1] = False

    def pass_time(self, duration_ns: int) -> None:
        end_ns = self.clock.now_ns + duration_ns
        while self.clock.now_ns < end_ns:
            self.clock.now_ns = min(end_ns, self.clock.now_ns + 5 * MS)
            self.follow()
            self.clock.monotonic_ns()

    def follow(self) -> None:
        self.board.shown = dict(self.board.contact)
        readback = self.factory.pin(PINS.enable_readback)
        (readback.drive_high if self.relay_welded or self.relay.state else readback.drive_low)()

    def now_ns(self) -> int:
        return self.clock.now_ns

    def current_flows(self) -> bool:
        return bool(self.relay.state) and self.board.contact[1]

    def weld(self, contact: Contact, welded: bool) -> None:
        if contact is Contact.ENABLE:
            self.relay_welded = welded
            self.follow()
        elif welded:
            self.board.stuck[1] = True
        else:
            self.board.stuck.clear()

    def restart(self) -> None:
        """The chip loses its power and comes back; what it has saved it still knows."""
        self.board.contact = {1: False, 2: False}
        self.board.start(self.clock.now_ns // NS_PER_US)

    def close(self) -> None:
        self.pump.close()
        self.link.close()
        self.factory.close()
        if self.board.cable is not None:
            self.board.unplug()
