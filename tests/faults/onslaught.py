"""Drivers fill while every program is killed, and every socket closed, at random moments.

The order of what happens is drawn from a seed; the moment at which it hits is the machine's.
What the pumps really gave is kept by the forecourt itself, below every driver of ours.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from gateway.demo.network import Cable
from gateway.demo.stage import PRODUCTS
from tests.faults.station import Station
from tests.mqtt.brokers import RunningBroker

PAUSE_S = (0.5, 9.0)
"""Between one blow and the next: shorter and longer than a fill's stages."""
DEAD_S = (0.0, 1.5)
PATIENCE_S = 4.0
"""After a kill a card on the reader is no tap; the driver comes again."""
FILL_ML = (300, 6000)
WEIGHTS = {"gateway": 30, "central": 25, "broker": 15, "cable": 25, "power": 5}


class Onslaught:
    """One run; `struck` and `visits` say what it was like."""

    def __init__(
        self,
        station: Station,
        broker: RunningBroker,
        cable: Cable,
        totalisers: Path,
        seed: int,
    ) -> None:
        self._station = station
        self._broker = broker
        self._cable = cable
        self._totalisers = totalisers
        self._rng = random.Random(seed)
        self._pause = threading.Event()
        self.struck: Counter[str] = Counter()
        self.visits = 0
        self.lives = 1
        """Of the forecourt; each may lose part of a pulse."""

    def run(self, seconds: float) -> None:
        """Strike until the time is over, then let everything live and come to rest."""
        blows: dict[str, Callable[[], None]] = {
            "gateway": self._kill_gateway,
            "central": self._kill_central,
            "broker": self._kill_broker,
            "cable": self._cut_cable,
            "power": self._cut_power,
        }
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._invite()
            self._pause.wait(self._rng.uniform(*PAUSE_S))
            (name,) = self._rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
            blows[name]()
            self.struck[name] += 1

    def _invite(self) -> None:
        """Let no pump be without a driver."""
        status = self._station.control.ask("scenario_status")
        if status["visits"] - status["visits_done"] >= len(PRODUCTS):
            return
        for number, product in PRODUCTS.items():
            visit = {
                "pump": number,
                "uid": self._station.card(product).uid,
                "arrive_after_s": 0.0,
                "want_ml": self._rng.randint(*FILL_ML),
                "patience_s": PATIENCE_S,
            }
            self._station.control.queue([visit])
            self.visits += 1

    def _dead_for_a_while(self) -> None:
        self._pause.wait(self._rng.uniform(*DEAD_S))

    def _kill_gateway(self) -> None:
        self._station.gateway.kill()
        self._dead_for_a_while()
        self._station.start_gateway()

    def _kill_central(self) -> None:
        self._station.central.kill()
        self._dead_for_a_while()
        self._station.start_central()

    def _kill_broker(self) -> None:
        self._broker.kill()
        self._dead_for_a_while()
        self._broker.start()

    def _cut_cable(self) -> None:
        self._cable.cut()
        self._dead_for_a_while()
        self._cable.restore()

    def _cut_power(self) -> None:
        """The whole station at once: pumps, readers, and the gateway with them."""
        self._station.forecourt.kill()
        self._station.gateway.kill()
        self._dead_for_a_while()
        self._station.start_forecourt(totalisers=self._totalisers)
        self._station.start_gateway()
        self.lives += 1
