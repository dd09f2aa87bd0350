"""Files of a gateway that are damaged, or put back from an older day, while it is switched off."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from gateway.core.units import NS_PER_S
from gateway.store.reader import LedgerReader
from simulation.broker import Broker
from simulation.station import Station
from simulation.world import HOUR_NS, World

CACHE, DATABASE = "allocation.json", "ledger.sqlite3"
_VOLUME = re.compile(r'("volume_ml":\d*)(\d)(?=\D)')


class Tampering:
    def __init__(
        self,
        world: World,
        broker: Broker,
        database: Path,
        later: Callable[[int, Callable[[], None]], None],
    ) -> None:
        """`database`: central's."""
        self._world, self._broker, self._later = world, broker, later
        self._database = database
        self._heads: dict[str, int] = {}
        self._images: dict[str, dict[str, bytes]] = {}
        self._mendings: dict[str, Callable[[], None]] = {}

    def keep_images(self, stations: list[Station]) -> None:
        """Once a day, of those that could be read then."""
        for station in stations:
            if self._whole(station):
                self._images[station.name] = station.disk.image()
                with LedgerReader(station.disk.folder / DATABASE) as reader:
                    self._heads[station.name] = reader.last().sequence

    def forget(self, station: Station) -> None:
        """Its images are of an incarnation that has ended; nobody puts such a card back."""
        self._images.pop(station.name, None)

    def mend_all(self) -> None:
        for mend in list(self._mendings.values()):
            mend()

    def old_cache(self, station: Station, chance: Random) -> None:
        """The ledger knows what was applied since."""
        image = self._images.get(station.name, {})
        if not self._whole(station) or CACHE not in image:
            return
        now = (station.disk.folder / CACHE).read_bytes()
        then, today = _applied_through(image[CACHE]), _applied_through(now)
        if then is None or today is None or then >= today:
            return  # nothing came since
        self._spoil_cache(station, chance, "old cache put back", image[CACHE])

    def damaged_cache(self, station: Station, chance: Random) -> None:
        if not self._whole(station):
            return
        content = bytearray((station.disk.folder / CACHE).read_bytes())
        place = chance.randrange(len(content))
        content[place] ^= 1 << chance.randrange(8)
        self._spoil_cache(station, chance, "bit flipped in the cache", bytes(content))

    def lost_cache(self, station: Station, chance: Random) -> None:
        if self._whole(station):
            self._spoil_cache(station, chance, "cache lost", None)

    def old_database(self, station: Station, chance: Random) -> None:
        """Under the newer anchor: the tail that is missing would be sold again."""
        image = self._images.get(station.name, {})
        if not self._whole(station) or DATABASE not in image:
            return
        station.crash("switched off")
        whole = station.disk.image()
        with LedgerReader(station.disk.folder / DATABASE) as reader:
            head = reader.last().sequence
        if self._heads[station.name] == head:  # nothing would be missing
            self._world.after(NS_PER_S, station.boot)
            return
        old = {name: image[name] for name in image if name.startswith(DATABASE)}
        rest = {name: whole[name] for name in whole if not name.startswith(DATABASE)}
        self._damage(station, chance, "old database put back", old | rest, whole)

    def damaged_ledger(self, station: Station, chance: Random) -> None:
        """One litre more or less in an entry."""
        if not self._whole(station):
            return
        station.crash("switched off")
        whole = station.disk.image()
        if not _edit(station.disk.folder / DATABASE, chance):
            self._world.after(NS_PER_S, station.boot)
            return
        self._damage(station, chance, "ledger edited", station.disk.image(), whole)

    @staticmethod
    def _whole(station: Station) -> bool:
        return not (station.damaged or station.forked) and (station.disk.folder / CACHE).is_file()

    def old_image(self, station: Station, chance: Random) -> None:
        """All of an older card, with its anchor, while the network is up: nothing on it is wrong.

        Central holds more of this ledger than the card does, so it says so at the first contact;
        the simulation keeps motorists away until then. (Offline, and without a witness, an old
        card sells: the stated exception to S.) The right card comes back after some hours.
        """
        image = self._images.get(station.name)
        road = self._broker.road(station.name)
        if image is None or not self._whole(station) or not self._delivered(station):
            return
        self._world.fault(station.name, "old card put back")
        road.cut = road.silent = road.storm = False
        station.crash("switched off")
        whole = station.disk.image()
        station.disk.put_back(image)
        station.forked = True
        road.acknowledged_ns = None

        def right_card() -> None:
            self._mendings.pop(station.name, None)
            station.crash("switched off")
            station.disk.put_back(whole)
            station.forked = False
            self._world.tell(station.name, "process", "the right card is put back")
            station.boot()

        self._mendings[station.name] = right_card
        self._world.after(chance.randrange(1, 60) * NS_PER_S, station.boot)
        self._later(
            chance.randrange(HOUR_NS, 5 * HOUR_NS),
            lambda: right_card() if self._mendings.get(station.name) is right_card else None,
        )

    def _delivered(self, station: Station) -> bool:
        """Central has all of the ledger, and more than the old card."""
        with LedgerReader(station.disk.folder / DATABASE) as reader:
            head = reader.last().sequence
        connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)
        query = "SELECT through FROM gateways WHERE name = ?"
        (through,) = connection.execute(query, (station.name,)).fetchone()
        connection.close()
        return bool(self._heads[station.name] < head == through)

    def _spoil_cache(
        self, station: Station, chance: Random, kind: str, content: bytes | None
    ) -> None:
        self._world.fault(station.name, kind)
        station.crash("switched off")
        path = station.disk.folder / CACHE
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        station.cache_spoilt = kind
        self._broker.road(station.name).directives = 0
        self._world.after(chance.randrange(1, 60) * NS_PER_S, station.boot)

    def _damage(
        self,
        station: Station,
        chance: Random,
        kind: str,
        image: dict[str, bytes],
        whole: dict[str, bytes],
    ) -> None:
        """Until somebody puts back the files as they were."""
        self._world.fault(station.name, kind)
        station.disk.put_back(image)
        station.damaged = kind
        road = self._broker.road(station.name)
        # Without a network nobody says from outside that something is missing.
        road.cut = chance.random() < 0.6

        def mend() -> None:
            del self._mendings[station.name]
            road.cut = False
            station.crash("switched off")
            station.disk.put_back(whole)
            station.damaged = ""
            self._world.tell(station.name, "process", "the right files are put back")
            station.boot()

        self._mendings[station.name] = mend
        self._world.after(chance.randrange(1, 60) * NS_PER_S, station.boot)
        self._later(
            chance.randrange(HOUR_NS // 4, 5 * HOUR_NS),
            lambda: mend() if self._mendings.get(station.name) is mend else None,
        )


def _edit(database: Path, chance: Random) -> bool:
    """Change a volume in one entry; False if none has any. In the row, not in the file: what a
    page or the write-ahead log holds of it may be superseded already."""
    connection = sqlite3.connect(database)
    try:
        found = connection.execute("SELECT sequence, body FROM entries ORDER BY sequence")
        rows = [row for row in found if _VOLUME.search(row[1])]
        if rows:
            sequence, body = chance.choice(rows)
            edited = _VOLUME.sub(lambda one: f"{one[1]}{int(one[2]) ^ 1}", body, count=1)
            place = edited, sequence
            connection.execute("UPDATE entries SET body = ? WHERE sequence = ?", place)
            connection.commit()
        return bool(rows)
    finally:
        connection.close()


def _applied_through(cache: bytes) -> tuple[int, int] | None:
    """Epoch and sequence of the newest directive in a cache; None where it is damaged already."""
    try:
        content = msgspec.json.decode(cache)["content"]
    except (ValueError, LookupError):
        return None
    meta = content["meta"]["meta"]
    return int(meta.get("epoch") or 0), int(meta["applied_through"])
