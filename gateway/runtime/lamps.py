"""A pump's lamps and buzzer, for its desk: one that fails stops no pump and loses no sale."""

import logging
from collections.abc import Callable

from gateway.core.reasons import Reason, Status
from gateway.runtime.indications import indicate
from hardware.ports import HardwareError, Indicator

log = logging.getLogger(__name__)


class Lamps:
    def __init__(self, indicator: Indicator, pump: int) -> None:
        self._indicator = indicator
        self._pump = pump
        self._failed = False

    def tell(self, code: Status | Reason) -> None:
        self._guarded(lambda: indicate(self._indicator, code))

    def tick(self) -> int | None:
        """As Indicator.tick; None also where it fails."""
        return self._guarded(self._indicator.tick)

    def _guarded(self, use: Callable[[], int | None]) -> int | None:
        try:
            return use()
        except HardwareError as error:
            if not self._failed:
                self._failed = True
                log.error(
                    "pump %d: %s",
                    self._pump,
                    error,
                    extra={"event": "lamps_failed", "pump": self._pump},
                )
            return None
