"""Central's machine: its disk and keys survive the process."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from mqtt.central.central_keys import OwnKey
from mqtt.central.database import open_database
from mqtt.central.key_changes import Root, rotate_central
from mqtt.central.succession import begin_epoch
from mqtt.certificates import public_text
from mqtt.keys import KeyRefused
from mqtt.seals import CENTRAL
from simulation.broker import Broker
from simulation.central_life import CentralLife
from simulation.city import private_file
from simulation.world import Crashed, World


class Office:
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
