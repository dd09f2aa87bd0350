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
BY_ID_START, BY_ID_END = "usb-", "-if00"
"""Of names in /dev/serial/by-id, which the simulated forecourt's ports have too."""
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


def plugged_in(simulated: Path | None = None) -> dict[str, str]:
    """Path of each USB serial port by its device's serial number; of the machine, or of the
    simulated forecourt in that folder."""
    if simulated is not None:
        return {
            path.name.removesuffix(BY_ID_END).rpartition("_")[2]: str(path)
            for path in simulated.glob(f"{BY_ID_START}*{BY_ID_END}")
        }
    return {
        port.serial_number: port.device
        for port in list_ports.comports()
        if port.serial_number is not None
    }


def by_serial(serial_number: str, simulated: Path | None = None) -> Callable[[], str]:
    """Finds the port of the USB device with that serial number, whatever its name is today."""

    def find() -> str:
        ports = plugged_in(simulated)
        for found, path in ports.items():
            if found.casefold() == serial_number.casefold():
                return path
        others = ", ".join(f"{found} at {path}" for found, path in ports.items()) or "none"
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
