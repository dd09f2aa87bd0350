"""The Raspberry Pi itself: how hot it is, and whether its supply is too weak.

Both are files of the kernel's sysfs: the first thermal zone is the processor's, in thousandths of
a degree, and the driver raspberrypi-hwmon ("rpi_volt") shows in `in0_lcrit_alarm` whether the
supply has been below 4.63 V lately, as `vcgencmd get_throttled` does. What a machine
does not have is None.
"""

from pathlib import Path

from msgspec import Struct

SYS = Path("/sys")


class BoardReading(Struct, frozen=True):
    temperature_milli_c: int | None = None
    under_voltage: bool | None = None


class Board:
    """`sys`: where sysfs is; a simulated forecourt's folder has one of its own."""

    def __init__(self, sys: Path = SYS) -> None:
        self._sys = sys

    def read(self) -> BoardReading:
        """Takes some ms. What cannot be read is None."""
        alarm = self._under_voltage()
        return BoardReading(
            temperature_milli_c=number_in(self._sys / "class/thermal/thermal_zone0/temp"),
            under_voltage=None if alarm is None else alarm != 0,
        )

    def _under_voltage(self) -> int | None:
        for monitor in sorted(self._sys.glob("class/hwmon/hwmon*")):
            if text_in(monitor / "name") == "rpi_volt":
                return number_in(monitor / "in0_lcrit_alarm")
        return None


def text_in(file: Path) -> str | None:
    """What a small file of the kernel's says; None where there is none, or it does not answer."""
    try:
        return file.read_text().strip()
    except (OSError, ValueError):
        return None


def number_in(file: Path) -> int | None:
    text = text_in(file)
    try:
        return None if text is None else int(text)
    except ValueError:
        return None
