"""The serial port of a co-processor: found by its USB serial number, held by one program alone."""

import fcntl
import os
import termios
from collections.abc import Callable
from pathlib import Path

import serial
from serial.tools import list_ports

from hardware.ports import HardwareError

READ_BYTES = 65_536
"""At most so much is read at once, however fast it comes."""
CHECK = "check the cable, its power, and that it runs Takar's firmware"


class Port:
    """Open until `close`. HardwareError when it cannot be opened, and once it is gone."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._serial = serial.Serial(path, timeout=0, exclusive=True)
            # For programs that ask for no lock.
            fcntl.ioctl(self._serial.fileno(), termios.TIOCEXCL)
        except (OSError, ValueError) as error:
            raise HardwareError(
                f"{path}: expected a serial port to itself, found {_why(error)}; end the other "
                f"program that uses it, or {CHECK}"
            ) from error

    def read(self) -> bytes:
        """What has come since the last call; never waits."""
        try:
            return bytes(self._serial.read(READ_BYTES))
        except OSError as error:
            raise HardwareError(f"{self.path}: it is gone ({_why(error)}); {CHECK}") from error

    def write(self, data: bytes) -> None:
        """Send; what the port does not take now is lost, and said again by whom it concerns."""
        try:
            os.write(self._serial.fileno(), data)
        except BlockingIOError:
            return
        except OSError as error:
            raise HardwareError(f"{self.path}: it is gone ({_why(error)}); {CHECK}") from error

    def fileno(self) -> int:
        """To wait on."""
        return int(self._serial.fileno())

    def close(self) -> None:
        try:
            self._serial.close()
        except OSError:
            return  # it went before us


def by_serial(serial_number: str) -> Callable[[], str]:
    """Finds the port of the USB device with that serial number, whatever its name is today."""

    def find() -> str:
        ports = [port for port in list_ports.comports() if port.serial_number is not None]
        for port in ports:
            if port.serial_number.casefold() == serial_number.casefold():
                return str(port.device)
        others = ", ".join(f"{port.serial_number} at {port.device}" for port in ports) or "none"
        raise HardwareError(
            f"co-processor {serial_number}: expected a USB serial port with that serial number, "
            f"found {others}; {CHECK}"
        )

    return find


def by_path(path: Path) -> Callable[[], str]:
    """The port of that name, such as one below /dev/serial/by-id."""

    def find() -> str:
        if not path.exists():
            raise HardwareError(f"{path}: expected the co-processor's port, found none; {CHECK}")
        return str(path)

    return find


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return str(error)
