"""A pump's count over reconnections and restarts of its co-processor: it never decreases."""

from firmware.guard.codec import Fields
from gateway.core.units import NS_PER_S

MOST_HZ = 5000
"""The chip counts no faster; a count that grew faster than that is no count."""
SLACK_PULSES = MOST_HZ
"""A second's: how old a state may have been when it was read."""


class PicoMeter:
    """`total` begins at 0; the chip's own totaliser goes on where it was."""

    def __init__(self, number: int) -> None:
        """`number`: the chip's own, 1 or 2, of the pump."""
        self._number = number
        self.total = 0
        """Pulses since this driver started."""
        self.totaliser: int | None = None
        """The chip's newest count."""
        self.run: str | None = None
        """The chip, its pump and its boot: while it is the same, the chip has lost no pulse."""
        self.last_pulse_ns: int | None = None
        """When a new count was heard of."""
        self.uncounted = False
        """The chip may have missed pulses: it was without power with a fill open, or is another
        chip than before; or its count fell while it ran. What was armed then bounds how many.
        What it may have missed with every valve shut its `gap` bounds, and locks nothing."""
        self.unbelievable: int | None = None
        """The least count that was told and could not be, until `clear`; none from there up
        is believed."""
        self._believed_ns = 0
        self._from = 0
        self._chip: tuple[str, int] | None = None
        self._uncounted = 0

    def see(self, birth: Fields, state: Fields, now_ns: int) -> None:
        """Take a pump's newest state from the chip of that birth."""
        chip, count, uncounted = (birth["id"], birth["boot"]), state["n"], state["unc"]
        if self._chip is not None and self._chip[0] == chip[0] and not self._believe(count, now_ns):
            return
        self._believed_ns = now_ns
        if self._chip is None or self._chip[0] != chip[0]:
            self.uncounted = self._chip is not None
            self._from = count - self.total
            self._uncounted = uncounted
        elif uncounted != self._uncounted and not state.get("gap"):
            self.uncounted = True
        fell, again = count < self.chip_count(self.total), chip == self._chip
        self._chip, self._uncounted, self.totaliser = chip, uncounted, count
        self.run = f"{birth['id']}.{self._number}.{birth['boot']}"
        if fell and again:
            # No pulse can be taken back: it goes on where it was, so that none counts twice.
            self.uncounted = True
        elif fell:
            # Pulses were heard of here that the chip had not yet saved when it lost power.
            self._from = count - self.total
        elif count > self.chip_count(self.total):
            self.total = count - self._from
            self.last_pulse_ns = now_ns

    def clear(self) -> None:
        """A technician has looked: what is told next is where the count goes on from."""
        self.uncounted = False
        if self.unbelievable is not None:
            self.unbelievable = None
            self._chip = None

    def _believe(self, count: int, now_ns: int) -> bool:
        if self.unbelievable is not None and count >= self.unbelievable:
            return False
        grown = count - self.chip_count(self.total)
        most = (now_ns - self._believed_ns) * MOST_HZ // NS_PER_S + SLACK_PULSES
        if grown > most:
            self.unbelievable = count
        return grown <= most

    def chip_count(self, total: int) -> int:
        """The chip's count for one of ours."""
        return total + self._from

    def our_count(self, count: int) -> int:
        return count - self._from
