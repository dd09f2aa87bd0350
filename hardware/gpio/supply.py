"""Senses a UPS's contact: closed to ground while there is mains power, so that a broken wire reads
as on battery, and somebody comes to look."""

from gpiozero.pins import Factory

from hardware.gpio.switch import GroundSwitch


class GpioSupply:
    """Fits hardware.ports.Supply."""

    def __init__(self, pin: int, factory: Factory) -> None:
        self._switch = GroundSwitch("UPS's contact", pin, factory)

    @property
    def on_battery(self) -> bool:
        return self._switch.is_open

    def close(self) -> None:
        self._switch.close()
