"""The Raspberry Pi itself: how hot it is, whether its supply is too weak, and what keeps its time.

These are files of the kernel's sysfs: the first thermal zone is the processor's, in thousandths of
a degree, and the driver raspberrypi-hwmon ("rpi_volt") shows in `in0_lcrit_alarm` whether the
supply has been below 4.63 V lately, as `vcgencmd get_throttled` does. What a machine
does not have is None.

A clock with a battery, such as a DS3231, is an rtc there. Its driver refuses to tell a time that
it does not have: after an empty battery, until somebody has set it. Where the system's time is
from says a file of systemd-timesyncd's, which it makes when it has heard the network's time in
this boot; the kernel's own word (adjtimex) is not to be had from inside a service that may not
set clocks.
"""

from pathlib import Path
from typing import Literal

from msgspec import Struct

SYS = Path("/sys")
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
APART_S = 60
"""So far the system's time may be from the battery's clock, and still be from it."""
TimeSource = Literal["ntp", "rtc", "none"]


class BoardReading(Struct, frozen=True):
    temperature_milli_c: int | None = None
    under_voltage: bool | None = None


class Board:
    """`sys`: where sysfs is; a simulated forecourt's folder has one of its own."""

    def __init__(self, sys: Path = SYS, synchronised: Path = SYNCHRONISED) -> None:
        self._sys = sys
        self._synchronised = synchronised

    def read(self) -> BoardReading:
        """Takes some ms. What cannot be read is None."""
        alarm = self._under_voltage()
        return BoardReading(
            temperature_milli_c=number_in(self._sys / "class/thermal/thermal_zone0/temp"),
            under_voltage=None if alarm is None else alarm != 0,
        )

    def battery_clock_s(self) -> int | None:
        """What a clock with a battery says, in seconds since 1970; None where none tells a time.

        Takes some ms: it is asked over its bus."""
        clocks = sorted(self._sys.glob("class/rtc/rtc*"))
        said = (number_in(clock / "since_epoch") for clock in clocks)
        return next((seconds for seconds in said if seconds is not None), None)

    def time_source(self, utc_s: int) -> TimeSource:
        """Where the system's time, `utc_s`, is from, as far as can be seen."""
        if self._synchronised.exists():
            return "ntp"
        kept_s = self.battery_clock_s()
        return "rtc" if kept_s is not None and abs(kept_s - utc_s) <= APART_S else "none"

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
