"""The switch in a nozzle's holster: the hung nozzle closes it to ground."""

from collections.abc import Callable

from gpiozero.pins import Factory

from hardware.gpio.switch import GroundSwitch


class GpioNozzle:
    """Fits hardware.ports.Nozzle."""

    def __init__(self, pin: int, factory: Factory) -> None:
        self._switch = GroundSwitch("nozzle switch", pin, factory)

    @property
    def lifted(self) -> bool:
        return self._switch.is_open

    def on_change(self, call: Callable[[bool], None]) -> None:
        self._switch.on_change(call)

    def close(self) -> None:
        self._switch.close()
