"""N taps over the whole city in simulated time, and whether every figure agrees."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gateway.demo.scenario import read_cards, visits
from gateway.demo.stage import PRODUCTS, Broker, Stage
from gateway.demo.totals import Totals, gather

PERIOD = "2025-11"
"""The month in which the simulated forecourt's clock starts, so that a seed says everything."""
LOOK_EVERY_S = 0.5
SAY_EVERY_S = 5.0


class Stuck(Exception):
    """The run cannot come to its end; the text says what happened."""


def run(
    fills: int,
    seed: int,
    *,
    broker: Broker | None,
    keep: Path | None,
    say: Callable[[str], None],
) -> Totals:
    """Run to the end and add up. Stuck or PartFailed if that is not possible."""
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="takar-") as temporary:
        folder = keep if keep is not None else Path(temporary) / "demo"
        say("making a city of 1,008 vehicles, starting broker, central, forecourt and gateway")
        with Stage(folder, seed=seed, period=PERIOD, time="simulated", broker=broker) as stage:
            cards = read_cards(folder / "cards.json")
            stage.control.queue(visits(cards, PRODUCTS, fills, seed))
            gateway = stage.start_gateway()
            _follow(stage, began_s, say)
            status = gateway.stop()
            if status != 0:
                raise Stuck(f"the gateway ended with status {status}:\n{gateway.last_lines()}")
            forecourt = stage.control.ask("status")
            return gather(
                stage.ledger, stage.central_database, forecourt, time.monotonic() - began_s
            )


def _follow(stage: Stage, began_s: float, say: Callable[[str], None]) -> None:
    said_s = 0.0
    while True:
        status = stage.control.ask("scenario_status")
        elapsed_s = time.monotonic() - began_s
        if status["done"] or elapsed_s - said_s >= SAY_EVERY_S:
            said_s = elapsed_s
            newest = stage.watch.newest
            books = (
                f"ledger {newest.head}, acknowledged {newest.acknowledged_through}"
                if newest is not None
                else "gateway not answering"
            )
            say(f"{status['visits_done']} of {status['visits']} visits, {books}, {elapsed_s:.0f} s")
        if status["done"]:
            return
        if stage.gateway is None or not stage.gateway.running:
            last = stage.gateway.last_lines() if stage.gateway is not None else ""
            raise Stuck(f"the gateway ended before the last visit:\n{last}")
        time.sleep(LOOK_EVERY_S)
