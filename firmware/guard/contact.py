"""The chip's contact in the valve's circuit, and its read-back."""

CONTACT_US = 150_000
"""A contact reads what it was told to be after this, or it is welded or does not make."""
NOISE_US = 300_000
"""Relays and valves disturb the pulser's line for so long after a change."""
RUN_ON_US = 2_000_000
"""What flows later than this after a stop is no longer the closing of the valve."""

NOT_MADE, WELDED = "limiter_not_made", "limiter_welded"


class Contact:
    """Broken at first. Times are cumulative µs."""

    def __init__(self) -> None:
        self.wanted = False
        """What the board is told."""
        self.made = False
        """What the read-back says."""
        self._changed_us = 0
        self._agreed_us = 0

    def drive(self, now_us: int, *, wanted: bool) -> None:
        if wanted != self.wanted:
            self.wanted = wanted
            self._changed_us = now_us

    def look(self, now_us: int, *, made: bool) -> str:
        """Take the read-back; a fault's name once it has been wrong for too long, else ""."""
        self.made = made
        if made == self.wanted:
            self._agreed_us = now_us
        if now_us - max(self._agreed_us, self._changed_us) < CONTACT_US:
            return ""
        return WELDED if made else NOT_MADE

    def noisy(self, now_us: int) -> bool:
        return now_us - self._changed_us < NOISE_US

    def settled(self, now_us: int) -> bool:
        """Broken for so long that nothing should flow any more."""
        return not self.wanted and now_us - self._changed_us >= RUN_ON_US
