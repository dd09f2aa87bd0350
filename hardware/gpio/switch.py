"""A switch from a pin to ground, pulled up: closed reads low; open or a broken wire, high."""

from collections.abc import Callable

from gpiozero import DigitalInputDevice
from gpiozero.pins import Factory

from hardware.gpio.naming import named

BOUNCE_S = 0.03
"""Snap-action switches settle within 20 ms. Only a real pin waits; simulated ones are clean."""

OPEN, CLOSED = True, False


class GroundSwitch:
    """Reads and watches one switch. HardwareError names `device` and its pin."""

    def __init__(self, device: str, pin: int, factory: Factory) -> None:
        self._device = f"{device} on GPIO {pin}"
        with named(self._device):
            self._input = DigitalInputDevice(
                pin, pull_up=True, bounce_time=BOUNCE_S, pin_factory=factory
            )

    @property
    def is_open(self) -> bool:
        with named(self._device):
            return not self._input.value

    def on_change(self, call: Callable[[bool], None]) -> None:
        """Call with True when it opens and False when it closes; replaces an earlier `call`."""
        with named(self._device):
            self._input.when_deactivated = lambda: call(OPEN)
            self._input.when_activated = lambda: call(CLOSED)

    def close(self) -> None:
        with named(self._device):
            self._input.close()
