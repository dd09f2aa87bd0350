"""Where a fill has to stop: what the host tells a limiter, the same on host and chip."""

MAX_LAGS = 6
"""Points of the curve of lag by rate; one message carries them."""
MAX_LAG_US = 2_000_000
"""Longest lag that is believed: six times what a slow valve needs."""
MAX_RATE_MHZ = 10_000_000
"""Fastest pulser that is believed, in pulses per 1,000 seconds: twice the 5 kHz designed for."""
MAX_SLOW_WITHIN_US = 5_000_000


class Stops:
    """Cumulative pulse counts, all integers; ValueError says which one is wrong and how.

    A rate is in pulses per 1,000 seconds (mHz), a time in microseconds.
    """

    __slots__ = (
        "dose_pulses",
        "lags",
        "limit_pulses",
        "slow_pulses",
        "slow_rate_mhz",
        "slow_within_us",
    )

    def __init__(
        self,
        limit_pulses: int,
        slow_pulses: int | None = None,
        slow_rate_mhz: int = 0,
        slow_within_us: int = 0,
        dose_pulses: int | None = None,
        lags: tuple[tuple[int, int], ...] = (),
    ) -> None:
        self.limit_pulses = limit_pulses
        """Both stages shut at this count, whatever else is said; never beyond what is durable."""
        self.slow_pulses = slow_pulses
        """Two-stage valves go to slow flow at this count; None for no slow stage."""
        self.slow_rate_mhz = slow_rate_mhz
        """Fastest flow that counts as slow; anything faster, once it is due, shuts."""
        self.slow_within_us = slow_within_us
        """How long after the command flow may still be fast."""
        self.dose_pulses = dose_pulses
        """Shut so that what still runs on ends here; None to stop at `limit_pulses` alone."""
        self.lags = lags
        """(rate_mhz, lag_us) in rising rate: how long flow lasts after the command."""
        self._check()

    def lag_us(self, rate_mhz: int) -> int:
        """Between two points in a straight line, rounded down; outside them the nearest one's."""
        before_mhz, before_us = self.lags[0]
        for at_mhz, at_us in self.lags:
            if rate_mhz <= at_mhz:
                if at_mhz == before_mhz:
                    return at_us
                risen = (at_us - before_us) * (rate_mhz - before_mhz)
                return before_us + risen // (at_mhz - before_mhz)
            before_mhz, before_us = at_mhz, at_us
        return before_us

    def check_raised_from(self, former: "Stops") -> None:
        """ValueError where any of the stops would come earlier than before."""
        now = self._counts()
        for name, before in former._counts().items():
            if now[name] < before:
                raise ValueError(f"{name} {now[name]}: expected at least {before}")

    def _counts(self) -> dict[str, int]:
        limit = self.limit_pulses
        return {
            "limit": limit,
            "slow stage": limit if self.slow_pulses is None else self.slow_pulses,
            "dose": limit if self.dose_pulses is None else self.dose_pulses,
        }

    def _check(self) -> None:
        if self.limit_pulses < 1:
            raise ValueError(f"limit {self.limit_pulses}: expected at least 1")
        for name, pulses in self._counts().items():
            if not 1 <= pulses <= self.limit_pulses:
                raise ValueError(f"{name} {pulses}: expected 1 to the limit {self.limit_pulses}")
        if self.slow_pulses is not None:
            _within("rate of slow flow", self.slow_rate_mhz, MAX_RATE_MHZ)
            _within("time until slow flow", self.slow_within_us, MAX_SLOW_WITHIN_US)
        if self.dose_pulses is not None and not 1 <= len(self.lags) <= MAX_LAGS:
            raise ValueError(f"{len(self.lags)} lags: a dose needs 1 to {MAX_LAGS}")
        before_mhz = 0
        for rate_mhz, lag_us in self.lags:
            _within("rate of a lag", rate_mhz, MAX_RATE_MHZ)
            _within("lag", lag_us, MAX_LAG_US)
            if rate_mhz <= before_mhz:
                raise ValueError(f"lag at {rate_mhz} mHz: expected rates to rise")
            before_mhz = rate_mhz


def _within(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise ValueError(f"{name} {value}: expected 1 to {most}")
