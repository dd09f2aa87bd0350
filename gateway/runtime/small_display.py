"""What a pump's character display says: the sentences of the big one, in two lines of 20."""

import logging
import textwrap
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.config.types import GatewayConfig
from gateway.core.facts.declared import DECLARED_MODE
from gateway.runtime.status import PumpSnapshot, Snapshot
from gateway.words import litres, rupiah, say
from hardware.assemble import PumpUnit
from hardware.ports import COLUMNS, CharacterDisplay

log = logging.getLogger(__name__)

THANKS_S = 20
"""So long the last sale stays, unless somebody else comes."""
COUNTING = frozenset({"dispensing", "settling", "recording"})
_PLAIN = str.maketrans({"…": "...", "’": "'", "–": "-"})
"""What the chip has no letters for."""

Lines = tuple[str, str]


class SmallDisplays:
    """Of all pumps that have one; what goes wrong with it is said once and holds nothing up."""

    def __init__(
        self, displays: Mapping[int, tuple[CharacterDisplay, str]], zone: ZoneInfo
    ) -> None:
        """By pump, each with its language; `zone`: the city's."""
        self._displays = displays
        self._zone = zone
        self._failed = False

    def show(self, snapshot: Snapshot) -> None:
        """At once: the display's own thread does the writing."""
        for pump in snapshot.pumps:
            fitted = self._displays.get(pump.pump)
            if fitted is None:
                continue
            display, language = fitted
            try:
                display.show(*lines_of(pump, snapshot.time, language, self._zone))
            except Exception:
                if not self._failed:
                    self._failed = True
                    log.exception(
                        "pump %d: its small display is left as it is",
                        pump.pump,
                        extra={"event": "display_failed", "pump": pump.pump},
                    )


def shown_small_too(
    publish: Callable[[Snapshot], None], config: GatewayConfig, units: Mapping[int, PumpUnit]
) -> Callable[[Snapshot], None]:
    """Publish, and show it on the displays that pumps have."""
    fitted = {}
    for pump in config.pumps:
        display = units[pump.number].display
        if display is not None:
            fitted[pump.number] = display, pump.display_language
    displays = SmallDisplays(fitted, ZoneInfo(config.gateway.city_timezone))

    def both(snapshot: Snapshot) -> None:
        publish(snapshot)
        displays.show(snapshot)

    return both


def lines_of(pump: PumpSnapshot, now: str, language: str, zone: ZoneInfo) -> Lines:
    """`now`: UTC text; hours are told in `zone`."""
    code = pump.code or "ready"
    if pump.state in COUNTING:
        return _figures(pump.plate, pump.volume_ml, pump.amount_idr, language)
    if pump.pairing is not None:
        return _sentence(say("sign_in_digits", language, book="small", digits=pump.pairing))
    if pump.signing_in:
        return _sentence(say("sign_in", language, book="small"))
    sale = pump.last_sale
    if pump.reserved is not None:
        volume, till = litres(pump.reserved.volume_ml, 1, language), pump.reserved.until
        hour = datetime.fromisoformat(till).astimezone(zone)
        return _sentence(say("reserved", language, remaining=volume, time=f"{hour:%H:%M}"))
    said = sale is not None and sale.ended_by != DECLARED_MODE
    if pump.state == "idle" and code in ("ready", "balance") and sale is not None and said:
        past = datetime.fromisoformat(now) - datetime.fromisoformat(sale.time)
        if past.total_seconds() < THANKS_S:
            return _figures(sale.plate, sale.volume_ml, sale.amount_idr, language)
    remaining = litres(pump.remaining_ml or 0, 1, language)
    return _sentence(say(code, language, remaining=remaining, until=_day(pump.until), time="-"))


def _figures(plate: str | None, volume_ml: int, amount_idr: int, language: str) -> Lines:
    """Litres and rupiah, to the right; the plate before them where it fits."""
    volume, amount = litres(volume_ml, 2, language), rupiah(amount_idr)
    name = _plain(plate or "")
    if len(name) + 1 + len(volume) > COLUMNS:
        name = ""
    return f"{name}{volume:>{COLUMNS - len(name)}}", f"{amount:>{COLUMNS}}"


def _sentence(text: str) -> Lines:
    first, *more = textwrap.wrap(_plain(text), COLUMNS) or [""]
    return first, more[0] if more else ""


def _plain(text: str) -> str:
    return text.translate(_PLAIN).encode("ascii", "replace").decode()


def _day(time: str | None) -> str:
    return f"{time[8:10]}.{time[5:7]}." if time else "-"
