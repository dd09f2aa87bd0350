"""What stands where a place was never meant to have a part: at a third party's pump there is a
reader and nothing of ours else.

Never in place of a part that the configuration names and that does not answer: that is an error.
"""

from collections.abc import Callable

from gateway.core.valve import Contact
from hardware.ports import Light, PumpReading, Stops

_NOTHING = PumpReading(0, None, enable_made=False, limiter_made=None)


class NoPump:
    """Fits hardware.ports.Pump: counts nothing, and can open nothing."""

    def open(self, stops: Stops, first: Contact) -> None:
        raise ValueError(f"no valve is wired here, and {first} was to open one: {stops}")

    def raise_limit(self, stops: Stops) -> None:
        raise ValueError(f"no valve is wired here, and one was to go on: {stops}")

    def renew(self) -> None:
        pass

    def shut(self, first: Contact | None = None) -> None:
        pass

    def clear(self) -> None:
        pass

    def read(self) -> PumpReading:
        return _NOTHING

    def close(self) -> None:
        pass


class NoNozzle:
    """Fits hardware.ports.Nozzle."""

    lifted = False

    def on_change(self, call: Callable[[bool], None]) -> None:
        pass

    def close(self) -> None:
        pass


class NoIndicator:
    """Fits hardware.ports.Indicator."""

    def show(self, light: Light) -> None:
        pass

    def beep(self, duration_ms: int) -> None:
        pass

    def tick(self) -> int | None:
        return None

    def close(self) -> None:
        pass


class NoEmergencyStop:
    """Fits hardware.ports.EmergencyStop, where no pump of ours could be stopped."""

    pressed = False

    def on_change(self, call: Callable[[bool], None]) -> None:
        pass

    def close(self) -> None:
        pass
