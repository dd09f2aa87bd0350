"""Where the meter stood when a driver shut the valve: between two counts for a foreseen dose."""

from firmware.guard.limiter import DOSE_REACHED
from firmware.guard.stops import Stops
from gateway.core.valve import Stopped

MHZ_US_PER_MILLIPULSE = 1_000_000


def how_stopped(why: str, pulses: int, rate_mhz: int, stops: Stops | None) -> Stopped:
    """From the count and rate at the command, and the stops it was given for.

    A limiter shuts for a dose where count + rate × lag reaches it, at most a pulse after the last.
    """
    at_millipulses = pulses * 1000
    if why == DOSE_REACHED and rate_mhz and stops is not None and stops.dose_pulses is not None:
        run_on = rate_mhz * stops.lag_us(rate_mhz) // MHZ_US_PER_MILLIPULSE
        foreseen = stops.dose_pulses * 1000 - run_on
        at_millipulses = min(max(at_millipulses, foreseen), at_millipulses + 1000)
    return Stopped(why, at_millipulses, rate_mhz)
