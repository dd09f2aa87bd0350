"""What a driver sees of a pump: one of a few screens, and nothing that is not theirs to see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.console.feed import Feed
from gateway.core.facts.declared import DECLARED_MODE
from gateway.core.facts.vouchers import VOUCHER_MODE
from gateway.core.reasons import Reason, Status
from gateway.runtime.recent import LastSale
from gateway.runtime.status import PumpSnapshot, Snapshot

THANKS_S = 20
"""So long the last sale stays on the display, unless somebody else comes."""
EXPECTED = frozenset(Status) - {
    Status.READY,
    Status.BALANCE,
    Status.AUTHORISED,
    Status.ASKING,
    Status.RESERVED,
}
"""Codes by which the pump waits for something that somebody is to do first."""
REFUSALS = frozenset(Reason)
QUIET_ENDS = frozenset({"nozzle_hung", "card"})
"""Ends that a driver made; any other needs a word."""

Kind = Literal[
    "away",
    "ready",
    "prompt",
    "asking",
    "go",
    "reserved",
    "flow",
    "ended",
    "done",
    "refused",
    "fault",
    "draw",
    "bypass",
]


@dataclass(frozen=True, slots=True)
class Screen:
    kind: Kind
    number: int
    code: str
    """Of the sentence that is said loudest."""
    advice: str | None = None
    """Of what to do next."""
    pump: PumpSnapshot | None = None
    sale: LastSale | None = None
    plate: str | None = None
    ended_by: str | None = None


def screen(feed: Feed, number: int) -> Screen:
    """What the pump's display shows now."""
    pump, newest = feed.pump(number), feed.newest
    if newest is None or pump is None or not feed.fresh:
        return Screen("away", number, "no_news", "advice_no_news")
    code = pump.code or "ready"
    if pump.state == "bypassed":
        return Screen("bypass", number, "bypass_on", "advice_bypass_on", pump)
    if pump.fault is not None or pump.state in ("faulted", "emergency_stop"):
        shown = "emergency_stop" if pump.state == "emergency_stop" else "pump_fault"
        return Screen("fault", number, shown, f"advice_{shown}", pump, plate=pump.plate)
    if pump.state in ("idle", "prompting") and code in EXPECTED:
        advice = "advice_reading" if pump.asks == "reading" else None
        return Screen("prompt", number, code, advice, pump, plate=pump.plate)
    match pump.state:
        case "deciding" | "prompting":
            return Screen("asking", number, "asking", pump=pump)
        case "authorised" | "dispensing" if pump.subject is None:
            return Screen("draw", number, "test_draw", pump=pump)
        case "authorised":
            return Screen("go", number, "lift_and_fill", "advice_go", pump, plate=pump.plate)
        case "reserved" if pump.reserved is not None:
            return Screen("reserved", number, "serve", pump=pump, plate=pump.reserved.plate)
        case "dispensing":
            return Screen("flow", number, "filling", pump=pump, plate=pump.plate)
        case "settling" | "recording":
            by = pump.ended_by
            said = by if by is not None and by not in QUIET_ENDS else None
            return Screen(
                "ended", number, "closing", "hang_up", pump, plate=pump.plate, ended_by=said
            )
        case "refused" if code in REFUSALS:
            return _refused(pump, number, code)
        case _:
            return _idle(newest, pump, number, code)


def _refused(pump: PumpSnapshot, number: int, code: str) -> Screen:
    last = pump.last_refusal
    plate = last.plate if last is not None and last.code == code else None
    return Screen("refused", number, code, f"advice_{code}", pump, plate=plate)


def _idle(newest: Snapshot, pump: PumpSnapshot, number: int, code: str) -> Screen:
    if code in REFUSALS:
        return Screen("refused", number, code, f"advice_{code}", pump)
    sale = pump.last_sale if not _is_on_paper(pump.last_sale) else None
    if sale is not None and _seconds(sale.time, newest.time) < THANKS_S:
        said = sale.ended_by if sale.ended_by not in QUIET_ENDS else None
        return Screen(
            "done", number, "thanks", pump=pump, sale=sale, plate=sale.plate, ended_by=said
        )
    return Screen("ready", number, "ready", pump=pump)


def _is_on_paper(sale: LastSale | None) -> bool:
    """Then its driver left long ago."""
    return sale is not None and sale.ended_by in (DECLARED_MODE, VOUCHER_MODE)


def _seconds(since_utc: str, now_utc: str) -> float:
    past = datetime.fromisoformat(now_utc) - datetime.fromisoformat(since_utc)
    return past.total_seconds()
