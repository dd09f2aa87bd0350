"""What a session and a pump's driver tell each other about contacts, stops and faults."""

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from gateway.core.reasons import Fault


class Contact(StrEnum):
    """One of the two in series, each of which breaks the valve's current alone."""

    ENABLE = "enable"
    """The Pi's relay."""
    LIMITER = "limiter"
    """The co-processor's, or the retriggerable timer's."""

    @property
    def other(self) -> "Contact":
        return Contact.LIMITER if self is Contact.ENABLE else Contact.ENABLE


class StopAt(Struct, frozen=True):
    """Where the driver shuts by itself, as `firmware.guard.stops.Stops` says it; counts are
    cumulative pulses."""

    limit_pulses: int
    slow_pulses: int | None = None
    slow_rate_mhz: int = 0
    slow_within_us: int = 0
    dose_pulses: int | None = None
    lags: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Stopped:
    """How the driver last shut the valve."""

    why: str
    at_millipulses: int
    """Where the meter stood at that moment, in thousandths of a pulse: between two counts where
    the end of a dose was foreseen."""
    rate_mhz: int
    """The flow at that moment, in pulses per 1,000 seconds; 0: not known."""


@dataclass(frozen=True, slots=True)
class Found:
    """A fault that the driver has found; it stands until `clear`."""

    fault: Fault
    detail: str
    """What was expected and what was found, in one line."""


def has_lapsed(fed_ago_ns: int, hold_ns: int, *, opened: bool) -> bool:
    """Was the limiter's timer left unfed for too long, so that the fill is to end?

    It runs out after `hold_ns`, and must not be fed again then: nothing resumes by itself. No
    timer is exact, so one whose contact was made and reads open (`opened`) after half of that has
    run out too. One that opens sooner is a fault, and no matter of time.
    """
    return fed_ago_ns >= hold_ns or (opened and 2 * fed_ago_ns >= hold_ns)
