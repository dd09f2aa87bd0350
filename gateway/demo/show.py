"""The demo for people: a guided run, then keys; a living picture or plain lines."""

import sys
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.live import Live

from gateway.demo.hands import Hands
from gateway.demo.keys import Keys
from gateway.demo.picture import Picture, line
from gateway.demo.scenario import read_cards
from gateway.demo.stage import PRODUCTS, Broker, Stage
from gateway.demo.tour import Tour
from gateway.runtime.status import Snapshot
from gateway.setup.configurations import ZONE
from mqtt.central.periods import period_of

FRAMES_PER_S = 8
PLAIN_EVERY_S = 1.0


def show(seed: int, *, broker: Broker | None, keep: Path | None, tour_only: bool) -> None:
    """Run until `q`, or without a terminal until the tour is over."""
    print(  # noqa: T201
        "takar: making a city, starting broker, central, forecourt and gateway; pump 1's limiter "
        "is a simulated Pico that runs the real firmware, pump 2's a timer ...",
        flush=True,
    )
    period = period_of(datetime.now(UTC), ZoneInfo(ZONE))
    with tempfile.TemporaryDirectory(prefix="takar-") as temporary:
        folder = keep if keep is not None else Path(temporary) / "demo"
        with Stage(folder, seed=seed, period=period, time="real", broker=broker) as stage:
            stage.start_gateway()
            if sys.stdout.isatty() and sys.stdin.isatty():
                _living(stage, tour_only=tour_only)
            else:
                _plain(stage)


def _plain(stage: Stage) -> None:
    """One line for everything that changes."""
    done = threading.Event()
    printing = threading.Lock()

    def tell(text: str) -> None:
        with printing:
            print(text, flush=True)  # noqa: T201

    def report() -> None:
        before: dict[int, str] = {}
        while not done.wait(PLAIN_EVERY_S):
            newest = stage.watch.newest
            for pump in newest.pumps if newest is not None else []:
                text = line(pump)
                if before.get(pump.pump) != text:
                    before[pump.pump] = text
                    tell(f"  {text}")

    reporter = threading.Thread(target=report, name="plain-report", daemon=True)
    reporter.start()
    try:
        _tour(stage, tell)
    finally:
        done.set()
        reporter.join()
    tell(_books(stage.watch.newest))


def _living(stage: Stage, *, tour_only: bool) -> None:
    picture = Picture()
    failed: list[Exception] = []
    over = threading.Event()

    def guide() -> None:
        try:
            _tour(stage, picture.tell)
        except Exception as error:  # noqa: BLE001  # shown to the viewer, raised when the picture ends
            failed.append(error)
            picture.tell(f"the tour stopped: {error}")
        over.set()

    threading.Thread(target=guide, name="tour", daemon=True).start()
    console = Console()
    with Keys() as keys, Live(console=console, screen=True, auto_refresh=False) as live:
        chosen = 1
        hands = Hands(stage, read_cards(stage.folder / "cards.json"), picture.tell)
        while not (tour_only and over.is_set()):
            playing = over.is_set()
            live.update(
                picture.render(
                    stage.watch.newest,
                    chosen,
                    cable_whole=stage.cable.whole,
                    keys=playing,
                    lines=console.height,
                ),
                refresh=True,
            )
            key = keys.next(1 / FRAMES_PER_S)
            if key == "q":
                break
            if key is not None and key.isdigit() and int(key) in PRODUCTS:
                chosen = int(key)
            elif key is not None and playing:
                hands.press(key, chosen)
    if failed:
        raise failed[0]


def _tour(stage: Stage, tell: Callable[[str], None]) -> None:
    cards = read_cards(stage.folder / "cards.json")
    Tour(stage, Hands(stage, cards, tell), cards, tell).run()


def _books(snapshot: Snapshot | None) -> str:
    if snapshot is None:
        return "the gateway does not answer"
    return (
        f"ledger: {snapshot.head} entries, central has acknowledged "
        f"{snapshot.acknowledged_through}; conservation and more: takar demo --headless"
    )
