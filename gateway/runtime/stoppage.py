"""Why no pump sells, if so: what was found at the start, what the disk does, and central's word."""

import logging
from collections.abc import Callable
from pathlib import Path

from gateway.core.reasons import Reason
from gateway.store.durable import BYTES_PER_MB, free_bytes

log = logging.getLogger(__name__)


class Stoppage:
    """Lives in the control loop's thread. Each reason comes and goes by itself."""

    def __init__(self, state_dir: Path, free_floor_bytes: int) -> None:
        self._ended: Reason | None = None
        self._start: Reason | None = None
        self._store: Reason | None = None
        self._allocation: Reason | None = None
        self._power: Reason | None = None
        self._unconfirmed_through: int | None = None
        self._room_unknown = False
        self._short_of_room = False
        self._store_is_slow: Callable[[], bool] = lambda: False
        self._state_dir = state_dir
        self._free_floor_bytes = free_floor_bytes

    @property
    def blocked(self) -> Reason | None:
        """Why no pump sells, if so."""
        codes = (
            self._ended,
            self._start,
            self._store,
            self._allocation,
            self._power,
            Reason.NOT_CONFIRMED if self._unconfirmed_through is not None else None,
        )
        return next((code for code in codes if code is not None), None)

    def cannot_sell(self) -> Reason | None:
        """Why no card would be accepted now, whosever it is: also for want of room or time."""
        if self.blocked is not None:
            return self.blocked
        if self._store_is_slow():
            return Reason.STORAGE_SLOW
        try:
            room = free_bytes(self._state_dir)
        except OSError as error:
            if not self._room_unknown:
                log.error(
                    "%s: cannot ask for its free room: %s",
                    self._state_dir,
                    error,
                    extra={"event": "storage_unreadable"},
                )
            self._room_unknown = True
            return Reason.STORAGE_FAILED
        self._room_unknown = False
        return Reason.STORAGE_FULL if self._is_short(room) else None

    def _is_short(self, room_bytes: int) -> bool:
        """Of free room; says so when it begins and when it is over."""
        short = room_bytes < self._free_floor_bytes
        if short != self._short_of_room:
            self._short_of_room = short
            found, least = room_bytes / BYTES_PER_MB, self._free_floor_bytes / BYTES_PER_MB
            if short:
                log.error(
                    "expected at least %.0f MB free on the disk of %s, found %.1f "
                    "MB; no pump sells. Free some room there, or choose a lower free_floor_mb in "
                    "[storage] of the configuration",
                    *(least, self._state_dir, found),
                    extra={"event": "storage_full"},
                )
            else:
                log.info(
                    "%s: %.1f MB free again, pumps may sell",
                    self._state_dir,
                    found,
                    extra={"event": "storage_free_again"},
                )
        return short

    def block(self, code: Reason) -> None:
        """From now on no pump sells, until the gateway is started again."""
        self._ended = code

    def start_blocked(self, code: Reason | None) -> None:
        """No pump sells while what was open at the last end is not closed; None: it is now."""
        self._start = code

    def store_blocked(self, code: Reason | None) -> None:
        """No pump sells while the ledger cannot be written; None: it can again."""
        self._store = code

    def power_blocked(self, code: Reason | None) -> None:
        """No pump sells on the UPS's battery; None: there is mains power again."""
        self._power = code

    def watch_store(self, is_slow: Callable[[], bool]) -> None:
        """No pump begins a fill while the disk does not answer."""
        self._store_is_slow = is_slow

    def allocation_blocked(self, code: Reason | None) -> None:
        """No pump sells from the allocation cache as it is; None: it is good again."""
        self._allocation = code

    def allocation_unusable(self, code: Reason, error: Exception) -> None:
        """Nothing more is sold from this cache; the next directive may put it right."""
        if self._allocation is None:
            log.error(
                "the allocation cache cannot be used: %s",
                error,
                extra={"event": "allocation_unusable"},
            )
            self._allocation = code

    def unconfirmed(self, through: int) -> None:
        """No pump sells before central has acknowledged an entry beyond this one."""
        self._unconfirmed_through = through

    def acknowledged(self, through: int) -> None:
        """Central holds our ledger up to here."""
        beyond = self._unconfirmed_through
        if beyond is not None and through > beyond:
            log.info("central has confirmed this start", extra={"event": "start_confirmed"})
            self._unconfirmed_through = None
