"""Senses the emergency stop's loop: normally closed to ground, so a broken wire is a stop."""

from collections.abc import Callable

from gpiozero.pins import Factory

from hardware.gpio.switch import GroundSwitch


class GpioEmergencyStop:
    """Fits hardware.ports.EmergencyStop."""

    def __init__(self, pin: int, factory: Factory) -> None:
        self._switch = GroundSwitch("emergency stop loop", pin, factory)

    @property
    def pressed(self) -> bool:
        return self._switch.is_open

    def on_change(self, call: Callable[[bool], None]) -> None:
        self._switch.on_change(call)

    def close(self) -> None:
        self._switch.close()
