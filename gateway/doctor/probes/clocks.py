"""Reads the machine's clock, whether the network sets it, and the one with a battery."""

import ctypes
import time
from pathlib import Path

from gateway.core.clock import trusted_time
from gateway.core.units import NS_PER_S
from gateway.doctor.judging.clocks import ClockFinding, RtcFinding
from gateway.runtime.wall import utc_ns
from gateway.store.errors import LedgerDamaged
from gateway.store.reader import LedgerReader

SYS = Path("/sys")
TIMEX_BYTES = 512
"""More than the kernel's struct timex has; all zeros ask and change nothing (adjtimex(2))."""
LOOKED_AT = 300
"""Entries: some fifty sales."""
TIME_ERROR = 5
"""What adjtimex answers while nothing synchronises the clock."""


def look_at_clock(now_ns: int, ledger: Path, told_ns: int | None, rtc: RtcFinding) -> ClockFinding:
    """`told_ns`: of central's newest directive, where that is known."""
    known = [moment for moment in (_newest_ns(ledger), told_ns) if moment is not None]
    return ClockFinding(
        utc_ns=now_ns,
        newest_ns=max(known, default=None),
        synchronised=_synchronised(),
        rtc=rtc.apart_s is not None,
    )


def look_at_rtc(sys: Path = SYS) -> RtcFinding:
    """The first that the kernel has; on a Pi without one there is none."""
    for folder in sorted((sys / "class/rtc").glob("rtc*")):
        try:
            name = (folder / "name").read_text().strip()
        except OSError:
            name = folder.name
        try:
            seconds = int((folder / "since_epoch").read_text())
        except (OSError, ValueError) as error:
            return RtcFinding(name=name, error=getattr(error, "strerror", None) or str(error))
        return RtcFinding(name=name, apart_s=seconds - int(time.time()))
    return RtcFinding()


def _synchronised() -> bool | None:
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else bool(state != TIME_ERROR)


def _newest_ns(ledger: Path) -> int | None:
    """Of the newest entry that was written by a clock that was trusted; of the last ones, for
    most entries say nothing of the clock, and every sale does."""
    try:
        with LedgerReader(ledger) as reader:
            last = reader.entries_after(max(0, reader.last().sequence - LOOKED_AT), LOOKED_AT)
    except (LedgerDamaged, OSError):
        return None
    return max((utc_ns(text) for text in map(trusted_time, last) if text is not None), default=None)


def now_ns() -> int:
    """The machine's, UTC."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME)


def seconds_since(text: str, at_ns: int) -> int:
    """Of UTC text."""
    return (at_ns - utc_ns(text)) // NS_PER_S
