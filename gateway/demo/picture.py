"""The living picture: what two pumps, the ledger and central are doing, as text."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gateway.runtime.status import PumpSnapshot, Snapshot
from gateway.words import litres, rupiah, say

ZONE = ZoneInfo("Asia/Makassar")
STYLES = {
    "authorised": "green",
    "dispensing": "bold green",
    "settling": "green",
    "refused": "red",
    "faulted": "bold red",
    "bypassed": "bold yellow",
    "emergency_stop": "bold white on red",
}
KEYS = (
    "1/2 choose pump · t tap next card · x tap a lost card · l lift · s squeeze · r let go · "
    "h hang · e emergency stop · n cut/restore network · k kill/start gateway · q quit"
)
MOST_NEWS, LEAST_NEWS = 12, 3
OTHER_LINES = 20
"""What all but the news takes: the top, two pumps, the books, the keys and frames."""


class Picture:
    """Holds the last news lines; `render` draws as many of them as there is room for."""

    def __init__(self, addresses: Callable[[], Sequence[str]] = tuple) -> None:
        """`addresses`: what can be opened in a browser."""
        self._addresses = addresses
        self._news: deque[str] = deque(maxlen=MOST_NEWS)

    def tell(self, line: str) -> None:
        self._news.append(line)

    def render(
        self,
        snapshot: Snapshot | None,
        chosen: int,
        *,
        cable_whole: bool,
        keys: bool,
        lines: int = OTHER_LINES + MOST_NEWS,
    ) -> RenderableType:
        """`lines`: of the terminal."""
        room = max(LEAST_NEWS, lines - OTHER_LINES)
        news = [Text(line, no_wrap=True, overflow="ellipsis") for line in self._news][-room:]
        parts: list[RenderableType] = [_top(snapshot, cable_whole=cable_whole)]
        for address in self._addresses():
            parts.append(Text(address, style="bold", no_wrap=True, overflow="ellipsis"))
        if snapshot is None:
            parts.append(Panel("The gateway is not running. Both contacts are open.", style="red"))
        else:
            pumps = [_pump(pump, chosen=pump.pump == chosen) for pump in snapshot.pumps]
            side_by_side = Table.grid(expand=True)
            for _ in pumps:
                side_by_side.add_column(ratio=1)
            side_by_side.add_row(*pumps)
            parts.append(side_by_side)
            parts.append(_books(snapshot))
        parts.append(Panel(Group(*news), title="what happens", title_align="left"))
        if keys:
            parts.append(Text(KEYS, style="dim"))
        return Group(*parts)


def sentence(pump: PumpSnapshot, language: str) -> str:
    """What the driver's display says."""
    volume_ml, time = pump.remaining_ml or 0, ""
    if pump.reserved is not None:  # at a third party's pump
        volume_ml = pump.reserved.volume_ml
        time = datetime.fromisoformat(pump.reserved.until).astimezone(ZONE).strftime("%H:%M")
    remaining = litres(volume_ml, 1, language)
    return say(pump.code or "ready", language, remaining=remaining, until="", time=time)


def line(pump: PumpSnapshot) -> str:
    """One pump in one plain line, for output that is not a terminal."""
    volume = f" {litres(pump.volume_ml, 2, 'en')}" if pump.volume_ml else ""
    who = f" {pump.plate}" if pump.plate else ""
    return f"pump {pump.pump}: {pump.state}{who}{volume} | {sentence(pump, 'en')}"


def _top(snapshot: Snapshot | None, *, cable_whole: bool) -> Text:
    now = datetime.now(ZONE).strftime("%H:%M:%S WITA")
    top = Text(f"Takar · {snapshot.gateway if snapshot else 'no gateway'} · {now} · ")
    if not cable_whole:
        return top.append("network cut", style="bold red")
    online = snapshot is not None and snapshot.online
    return top.append("online" if online else "offline", style="green" if online else "yellow")


def _pump(pump: PumpSnapshot, *, chosen: bool) -> Panel:
    style = STYLES.get(pump.state, "white")
    rows = Table.grid(padding=(0, 1))
    rows.add_row(Text(pump.state.replace("_", " ").upper(), style=style))
    rows.add_row(Text(sentence(pump, "id"), style="bold"))
    rows.add_row(Text(sentence(pump, "en"), style="dim"))
    rows.add_row(pump.plate or "")
    rows.add_row(f"{litres(pump.volume_ml)}   {rupiah(pump.amount_idr)}")
    if pump.stop_ml:
        rows.add_row(f"stops at {litres(pump.stop_ml)}")
        rows.add_row(ProgressBar(total=pump.stop_ml, completed=pump.volume_ml, width=30))
    else:
        rows.add_row("")
        rows.add_row("")
    rows.add_row(Text(f"totaliser {litres(pump.totaliser_ml)}", style="dim"))
    title = f"pump {pump.pump} · {pump.product}" + (" · keys act here" if chosen else "")
    return Panel(rows, title=title, border_style="cyan" if chosen else style)


def _books(snapshot: Snapshot) -> Text:
    waiting = snapshot.head - snapshot.acknowledged_through
    text = Text(
        f"ledger: {snapshot.head} entries · central has acknowledged "
        f"{snapshot.acknowledged_through} · "
    )
    text.append(f"{waiting} waiting", style="yellow" if waiting else "green")
    if snapshot.blocked:
        text.append(f" · blocked: {snapshot.blocked}", style="bold red")
    return text
