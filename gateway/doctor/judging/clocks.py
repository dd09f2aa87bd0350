"""The machine's clock, and the one with a battery."""

from msgspec import Struct

from gateway.core.units import NS_PER_S
from gateway.doctor.verdict import Verdict, verdict

NS_PER_DAY = 86_400 * NS_PER_S
BEHIND_NS = 60 * NS_PER_S
"""So much a clock may run behind what has been written already: it was set since."""
AHEAD_NS = 400 * NS_PER_DAY
"""So long no gateway stands without an entry or a word of central's: the clock is wrong."""
RTC_APART_S = 10


class ClockFinding(Struct, frozen=True, kw_only=True):
    utc_ns: int
    newest_ns: int | None = None
    """Newest time that the ledger or central has said; None: none can be read."""
    synchronised: bool | None = None
    """By NTP, as the kernel says; None: it does not say."""
    rtc: bool = False
    """A clock with a battery is there and was read."""


class RtcFinding(Struct, frozen=True, kw_only=True):
    simulated: bool = False
    name: str = ""
    """What the kernel calls it; "": there is none."""
    apart_s: int | None = None
    """Ahead of the machine's clock; None: it could not be read."""
    error: str = ""


def judge_clock(found: ClockFinding) -> Verdict:
    newest_ns = found.newest_ns
    if newest_ns is not None and found.utc_ns < newest_ns - BEHIND_NS:
        behind_s = (newest_ns - found.utc_ns) // NS_PER_S
        return verdict("clock_behind", behind_s=behind_s)
    if newest_ns is not None and found.utc_ns > newest_ns + AHEAD_NS:
        return verdict("clock_wrong", days=(found.utc_ns - newest_ns) // NS_PER_DAY)
    if found.synchronised:
        return verdict("clock_synchronised")
    return verdict("clock_kept" if found.rtc else "clock_free")


def judge_rtc(found: RtcFinding) -> Verdict:
    if found.simulated:
        return verdict("rtc_simulated")
    if not found.name:
        return verdict("rtc_missing")
    if found.apart_s is None:
        return verdict("rtc_failed", name=found.name, error=found.error)
    if abs(found.apart_s) > RTC_APART_S:
        return verdict("rtc_differs", name=found.name, apart_s=abs(found.apart_s))
    return verdict("rtc_agrees", name=found.name)
