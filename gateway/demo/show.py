"""The demo for people: a guided run, then keys and buttons; a living picture or plain lines."""

import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.live import Live

from gateway.demo.browser import Browser
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


def show(
    seed: int, *, broker: Broker | None, keep: Path | None, tour_only: bool, tour: bool
) -> None:
    """Run until `q`, or without a terminal until the tour is over; without both until a signal."""
    print(  # noqa: T201
        "takar: making a city, starting broker, central, forecourt, gateway and console; pump 1's "
        "limiter is a simulated Pico that runs the real firmware, pump 2's a timer ...",
        flush=True,
    )
    with _started(seed, broker, keep) as browser:
        if sys.stdout.isatty() and sys.stdin.isatty():
            _living(browser, tour=tour, tour_only=tour_only)
        else:
            _plain(browser, tour=tour)


@contextmanager
def _started(seed: int, broker: Broker | None, keep: Path | None) -> Iterator[Browser]:
    """The stage with its gateway, and the page."""
    period = period_of(datetime.now(UTC), ZoneInfo(ZONE))
    with tempfile.TemporaryDirectory(prefix="takar-") as temporary, Browser() as browser:
        folder = keep if keep is not None else Path(temporary) / "demo"
        with Stage(
            folder, seed=seed, period=period, time="real", broker=broker, page=browser.url
        ) as stage:
            stage.start_gateway()
            with browser.serving(stage):
                yield browser


def _plain(browser: Browser, *, tour: bool) -> None:
    """One line for everything that changes."""
    done = threading.Event()
    printing = threading.Lock()

    def tell(text: str) -> None:
        with printing:
            print(text, flush=True)  # noqa: T201

    def report() -> None:
        before: dict[int, str] = {}
        while not done.wait(PLAIN_EVERY_S):
            newest = browser.stage.watch.newest
            for pump in newest.pumps if newest is not None else []:
                text = line(pump)
                if before.get(pump.pump) != text:
                    before[pump.pump] = text
                    tell(f"  {text}")

    def open_pages() -> None:
        browser.wait()
        for address in browser.addresses:
            tell(f"takar: {address}")

    browser.listeners.append(tell)
    threading.Thread(target=open_pages, name="addresses", daemon=True).start()
    reporter = threading.Thread(target=report, name="plain-report", daemon=True)
    reporter.start()
    try:
        if tour:
            _tour(browser)
        else:
            browser.yours.set()
            while not done.wait(PLAIN_EVERY_S):  # a signal ends it
                pass  # and one that another thread took wakes nobody who waits without end
    finally:
        done.set()
        reporter.join()
    tell(_books(browser.stage.watch.newest))


def _living(browser: Browser, *, tour: bool, tour_only: bool) -> None:
    picture = Picture(lambda: browser.addresses)
    browser.listeners.append(picture.tell)
    failed: list[Exception] = []

    def guide() -> None:
        try:
            _tour(browser)
        except Exception as error:  # noqa: BLE001  # shown to the viewer, raised when the picture ends
            failed.append(error)
            browser.tell(f"the tour stopped: {error}")
            browser.yours.set()

    if tour:
        threading.Thread(target=guide, name="tour", daemon=True).start()
    else:
        browser.yours.set()
    console = Console()
    with Keys() as keys, Live(console=console, screen=True, auto_refresh=False) as live:
        chosen = 1
        while not (tour_only and browser.yours.is_set()):
            playing = browser.yours.is_set()
            live.update(
                picture.render(
                    browser.stage.watch.newest,
                    chosen,
                    cable_whole=browser.stage.cable.whole,
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
                browser.hands.press(key, chosen)
    if failed:
        raise failed[0]


def _tour(browser: Browser) -> None:
    cards = read_cards(browser.stage.folder / "cards.json")
    Tour(browser.stage, browser.hands, cards, browser.tell).run()
    browser.yours.set()


def _books(snapshot: Snapshot | None) -> str:
    if snapshot is None:
        return "the gateway does not answer"
    return (
        f"ledger: {snapshot.head} entries, central has acknowledged "
        f"{snapshot.acknowledged_through}; conservation and more: takar demo --headless"
    )
