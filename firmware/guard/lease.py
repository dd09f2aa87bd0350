"""The host's lease on one pump: without it, renewed again and again, the valve shuts."""

LEASE_US = 300_000
LEAST_US, MOST_US = 100_000, 1_000_000
"""Bounds of a lease; the default above is what a host that knows no better asks for."""


class Lease:
    """Held from `grant` until `until_us`, or until given up. Times are cumulative µs."""

    def __init__(self) -> None:
        self.session = 0
        """Whose it is; 0 for nobody's."""
        self.hold_us = LEASE_US
        self.until_us = 0

    def grant(self, session: int, hold_us: int, now_us: int) -> None:
        """Begin one. ValueError for a length out of bounds."""
        if not LEAST_US <= hold_us <= MOST_US:
            raise ValueError(f"lease of {hold_us} us: expected {LEAST_US} to {MOST_US}")
        self.session = session
        self.hold_us = hold_us
        self.until_us = now_us + hold_us

    def renew(self, now_us: int) -> None:
        """Hold on from now; one that has lapsed stays lapsed."""
        if self.fresh(now_us):
            self.until_us = now_us + self.hold_us

    def give_up(self) -> None:
        self.session = 0

    def fresh(self, now_us: int) -> bool:
        return self.session != 0 and now_us < self.until_us
