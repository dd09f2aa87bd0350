"""Central's process: the real one, its messages gathered on simulated time."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from gateway.config.types import MqttSettings
from gateway.core.units import NS_PER_MS, NS_PER_S
from mqtt.central.central_keys import OwnKey
from mqtt.central.database import open_database
from mqtt.central.key_changes import Root, rotate_central
from mqtt.central.opening import Received, open_message
from mqtt.central.receiving import GROUP_MESSAGES, Receipt
from mqtt.central.service import Central
from mqtt.central.succession import begin_epoch
from mqtt.certificates import public_text
from mqtt.connection import Publication
from mqtt.keys import KeyRefused
from mqtt.seals import CENTRAL
from mqtt.topics import topic_of_all
from simulation.broker import Broker, Client
from simulation.city import private_file
from simulation.world import MINUTE_NS, Crashed, World

WINDOW_NS = 100 * NS_PER_MS
LOOK_NS = 60 * MINUTE_NS
"""Looking around for what is to be minted and said, where nothing happens."""
SLOWER = 3600
"""Central looks around once a second at most; here once an hour."""


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
        self._inbox.append(Receipt(open_message(Received(topic, payload)), 1, 0, 1))
        self.life.due(self.life.world.now_ns + WINDOW_NS)


class Office:
    """Central's machine: its disk and keys survive the process."""

    def __init__(
        self,
        world: World,
        broker: Broker,
        database: Path,
        root: Ed25519PublicKey,
    ) -> None:
        self.world, self.broker = world, broker
        self.database, self.root = database, root
        self.own_key = OwnKey(private_file(CENTRAL), root)
        self.refuses = ""
        """What its database says to every commit."""
        self.die_at = ""
        self.restoring: Callable[[], None] = lambda: None
        """Told before what was written after the backup is gone."""
        self.life: CentralLife | None = None
        self._image = b""
        self._image_keys: set[tuple[str, str]] = set()

    def boot(self) -> None:
        if self.life is None:
            self.life = CentralLife(self)
            self.life.guarded(self.life.begin)

    def keep_image(self) -> None:
        """A backup as `takar backup` makes it: one state of the database."""
        source, copy = sqlite3.connect(self.database), sqlite3.connect(":memory:")
        source.backup(copy)
        self._image = copy.serialize()
        self._image_keys = self._keys()
        source.close()
        copy.close()

    def restore(self) -> None:
        """Put the backup in place of the database, and begin a new epoch, as `takar restore`."""
        self.restoring()
        for file in self.database.parent.glob(self.database.name + "*"):
            file.unlink()
        self.database.write_bytes(self._image)
        engine = open_database(self.database)
        with engine.begin() as connection:
            begin_epoch(connection, self.world.utc())
        try:
            with engine.connect() as connection:
                self.own_key.load(connection)
        except KeyRefused:
            # Its key was changed after that backup: whoever holds the root changes it again.
            self._rotate(engine)
        engine.dispose()

    def rotate_key(self) -> None:
        """As `takar keys rotate-central` does it, beside a central that runs."""
        engine = open_database(self.database)
        self._rotate(engine)
        engine.dispose()

    def _rotate(self, engine: Engine) -> None:
        root = Root(private_file("root"), self.root)
        now = self.world.utc()
        rotate_central(engine, private_file(CENTRAL), root, now, by="the simulation")

    def knows_key(self, gateway: str, key: Ed25519PublicKey) -> bool:
        """Also if it were restored from its newest backup."""
        wanted = gateway, public_text(key)
        return wanted in self._image_keys and wanted in self._keys()

    def _keys(self) -> set[tuple[str, str]]:
        """Gateways' keys in force."""
        query = "SELECT gateway, key FROM gateway_keys WHERE through_sequence IS NULL"
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return set(connection.execute(query))
        finally:
            connection.close()

    def commits(self) -> None:
        self.passes("before_commit")
        if self.refuses:
            raise OperationalError("COMMIT", None, sqlite3.OperationalError(self.refuses))

    def crash(self, why: str) -> None:
        if self.life is not None:
            self.life.die(why)

    def passes(self, moment: str) -> None:
        if self.die_at == moment:
            self.die_at = ""
            raise Crashed(moment)


class CentralLife:
    receiving: TurnedReceiving

    def __init__(self, office: Office) -> None:
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
        """The world goes on meanwhile, but for this process."""
        self._waits = True
        try:
            self.world.run_until(self.world.now_ns + int(seconds * NS_PER_S))
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
