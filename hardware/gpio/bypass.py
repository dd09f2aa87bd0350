"""Senses a pump's bypass key: closed to ground while it is off, so that a broken wire reads as on.

Then no card is accepted and somebody comes to look; the other way round a turned key would stay
unseen, and a quota be passed.
"""

from collections.abc import Callable

from gpiozero.pins import Factory

from hardware.gpio.switch import GroundSwitch


class GpioBypassKey:
    """Fits hardware.ports.BypassKey."""

    def __init__(self, pin: int, factory: Factory) -> None:
        self._switch = GroundSwitch("bypass key", pin, factory)

    @property
    def on(self) -> bool:
        return self._switch.is_open

    def on_change(self, call: Callable[[bool], None]) -> None:
        self._switch.on_change(call)

    def close(self) -> None:
        self._switch.close()
