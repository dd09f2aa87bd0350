"""Errors of gpiozero and its pin libraries, told with the device's name."""

from collections.abc import Iterator
from contextlib import contextmanager

from hardware.ports import HardwareError


@contextmanager
def named(device: str) -> Iterator[None]:
    """Turn whatever a driver raises into a HardwareError that begins with the device's name.

    Pin libraries raise types of their own (`lgpio.error` is a plain Exception), so all count.
    """
    try:
        yield
    except HardwareError as error:
        raise HardwareError(f"{device}: {error}") from error
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
        raise HardwareError(
            f"{device}: expected the pin to obey, found {found}; check its number, that nothing "
            "else uses it, and the wiring"
        ) from error
