"""One run of central's process: the real one, its messages gathered on simulated time."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

from gateway.config.types import MqttSettings
from gateway.core.units import NS_PER_MS, NS_PER_S
from mqtt.central.database import open_database
from mqtt.central.opening import Received
from mqtt.central.receiving import GROUP_MESSAGES, Receipt
from mqtt.central.service import Central
from mqtt.connection import Publication
from mqtt.seals import CENTRAL
from mqtt.topics import topic_of_all
from simulation.broker import Client
from simulation.world import MINUTE_NS, Crashed

if TYPE_CHECKING:
    from simulation.office import Office

WINDOW_NS = 100 * NS_PER_MS
LOOK_NS = 120 * MINUTE_NS
"""Looking around for what is to be minted and said, where nothing happens."""
TRIED_AGAIN = 60
"""Of so many retries against a database that refuses all of them, one is made."""
SLOWER = 7200
"""Central looks around once a second at most; here every two hours."""


class TurnedReceiving(Client):
    """Fits mqtt.central.receiving.Receiving."""

    life: "CentralLife"

    def __init__(self, settings: object, *, on_up: Callable[[], None], **_options: object) -> None:
        kinds = ("ledger", "status", "requests")
        super().__init__(
            settings,
            CENTRAL,
            [(topic_of_all(kind), 1) for kind in kinds],  # type: ignore[arg-type]
            on_up=on_up,
            on_down=lambda _: None,
            on_message=self._arrived,
        )
        self._inbox: list[Receipt] = []
        self.life.receiving = self

    def wake(self) -> None:
        self.life.due(self.life.world.now_ns)

    def gather(self, _first_within_s: float, _window_s: float) -> list[Receipt]:
        group, self._inbox = self._inbox[:GROUP_MESSAGES], self._inbox[GROUP_MESSAGES:]
        return group

    @property
    def waiting(self) -> bool:
        return bool(self._inbox)

    def acknowledge(self, group: list[Receipt]) -> None:
        pass

    def publish(self, publication: Publication) -> bool:
        self.life.office.passes("before_publish")
        return super().publish(publication)

    def _arrived(self, topic: str, payload: bytes) -> None:
        self._inbox.append(Receipt(Received(topic, payload), 1, 0, 1))
        self.life.due(self.life.world.now_ns + WINDOW_NS)


class CentralLife:
    receiving: TurnedReceiving

    def __init__(self, office: "Office") -> None:
        self.office, self.world = office, office.world
        self.alive = True
        self.engine: Engine = open_database(office.database)
        event.listen(self.engine, "commit", lambda _connection: office.commits())
        self._due_ns: int | None = None
        self._waits = False

    def begin(self) -> None:
        office = self.office
        receiving: Any = type(
            "OfficesReceiving", (TurnedReceiving,), {"life": self, "broker": office.broker}
        )
        with self.engine.connect() as connection:
            private = office.own_key.load(connection)
        self.central = TurnedCentral(
            self,
            self.engine,
            private,
            MqttSettings(),
            own_key=office.own_key,
            now=self.world.utc,
            receive=receiving,
            monotonic=lambda: self.world.now_ns / NS_PER_S / SLOWER,
        )
        self.central.begin()
        self.world.tell(CENTRAL, "process", "started")
        self.due(self.world.now_ns + LOOK_NS)

    def due(self, at_ns: int) -> None:
        if self._due_ns is None or at_ns < self._due_ns:
            self._due_ns = at_ns
            self.world.at(at_ns, lambda: self.guarded(lambda: self._turn(at_ns)))

    def guarded(self, call: Callable[[], None]) -> None:
        if not self.alive:
            return
        try:
            call()
        except Crashed as crash:
            self.world.fault(CENTRAL, f"central dies {crash}")
            self.die(f"power cut {crash}")
            chance = self.world.chance(f"restart of central {self.world.now_ns}")
            self.world.after(chance.randrange(5, 600) * NS_PER_S, self.office.boot)

    def die(self, why: str) -> None:
        if not self.alive:
            return
        self.alive = False
        self.office.life = None
        self.world.tell(CENTRAL, "process", f"ends: {why}")
        self.receiving.die()
        self.engine.dispose()

    def _turn(self, at_ns: int) -> None:
        if self._due_ns != at_ns:
            return
        self._due_ns = None
        if self._waits:
            return  # and looks when it has what it waits for
        self.central.turn()
        if not self.alive:
            return
        again_ns = WINDOW_NS if self.receiving.waiting else LOOK_NS
        self.due(self.world.now_ns + again_ns)

    def wait(self, seconds: float) -> None:
        """The world goes on meanwhile, but for this process.

        What would be refused again is tried again now and then, not each time: a retry costs as
        much as the handling, and does nothing.
        """
        self._waits = True
        try:
            for _ in range(TRIED_AGAIN):
                self.world.run_until(self.world.now_ns + int(seconds * NS_PER_S))
                if not (self.alive and self.office.refuses) or self.office.die_at:
                    return
        finally:
            self._waits = False


class TurnedCentral(Central):
    """Waits for its database on simulated time."""

    def __init__(self, life: CentralLife, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._stopping = _Ended(life)  # type: ignore[assignment]


class _Ended:
    """Fits the threading.Event that ends central."""

    def __init__(self, life: CentralLife) -> None:
        self._life = life

    def is_set(self) -> bool:
        return not self._life.alive

    def wait(self, seconds: float) -> bool:
        self._life.wait(seconds)
        return self.is_set()
