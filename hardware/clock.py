"""The machine's own clock."""

import time


class MachineClock:
    """Fits hardware.ports.Clock."""

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    def utc_ns(self) -> int:
        return time.time_ns()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
