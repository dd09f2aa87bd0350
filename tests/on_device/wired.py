"""The bench of this folder, simulated: the same wires, between mock pins and the chip's own logic
in real time. It shows that the rig is sound, not that a Pico is."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from firmware.guard.ticks import MASK
from hardware.wiring import PumpPins
from tests.hardware.pump.pico_bench import PtyBoard

US_PER_S = 1_000_000
LONGEST_TURN_US = 20_000
"""However long this process did not run, the chip's time went on by no more: its lease is the
machine's to starve."""


class Wire(MockPin):  # type: ignore[misc]
    """An output, and what its level does at the other end."""

    far: Callable[[bool], None]

    def _set_state(self, value: Any) -> None:
        super()._set_state(value)
        self.far(bool(value))


class Wired(PtyBoard):
    """A chip that a thread turns; the Pi's pins are those of `factory`."""

    def __init__(self, folder: Path, pins: PumpPins) -> None:
        super().__init__(folder)
        self.factory = MockFactory()
        self._readback = self.factory.pin(pins.enable_readback)
        self._wire(pins.enable_relay, self._close_relay)
        self._wire(pins.pulser, self._turn_meter)
        self._waiting: deque[tuple[int, int]] = deque()
        self._ended = threading.Event()

    @contextmanager
    def powered(self) -> Iterator[None]:
        self.start()
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()
            self.unplug()

    def readback(self, pump: int) -> bool:
        """GP6 to GP8."""
        return self.contact[pump]

    def edges(self, pump: int) -> list[tuple[int, int]]:
        if pump != 1:
            return []
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def _wire(self, number: int, far: Callable[[bool], None]) -> None:
        pin = self.factory.pin(number, pin_class=Wire)
        pin.far = far

    def _close_relay(self, made: bool) -> None:
        (self._readback.drive_high if made else self._readback.drive_low)()

    def _turn_meter(self, high: bool) -> None:
        self._waiting.append((self.now_us & MASK, int(high)))

    def _run(self) -> None:
        before = time.monotonic()
        wait_us = 0
        while not self._ended.wait(wait_us / US_PER_S):
            now = time.monotonic()
            self.now_us += min(round((now - before) * US_PER_S), LONGEST_TURN_US)
            before = now
            wait_us = self.device.turn(self.now_us & MASK)
