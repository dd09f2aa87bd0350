"""Old cards turn up again: a person imports what they hold, and lifts what is withheld.

As `takar ledger export --seal-with`, `takar central import` and `takar central lift`, beside a
central that runs.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from gateway.backup.importing import ImportRefused, import_export
from gateway.store.export import export_ledger, seals_at_end
from gateway.store.reader import LedgerReader
from mqtt.central.database import open_database
from mqtt.central.decisions import DecisionRefused
from mqtt.central.epochs import all_withheld
from mqtt.central.lifting import lift
from mqtt.export import new_export
from mqtt.seals import CENTRAL
from simulation.office import Office
from simulation.world import DAY_NS, HOUR_NS, World

FOLDER = Path("old-cards")
FOUND_AFTER_DAYS = (1, 5)
WHO, WHY = "the simulation", "it was the card in use until it died"


@dataclass(frozen=True, slots=True)
class OldCard:
    gateway: str
    incarnation: str
    image: dict[str, bytes]
    """All files of its state folder."""
    private: Ed25519PrivateKey
    """The gateway's key when it died."""


class Drawer:
    """Cards that were found, and who goes through them each morning while central needs them."""

    def __init__(self, world: World, office: Office) -> None:
        self._world, self._office = world, office
        self._chance = world.chance("old cards")
        self._found: list[OldCard] = []
        self._imported: set[str] = set()
        """Incarnations."""

    def lose(self, card: OldCard) -> None:
        """It is found after some days."""
        days = self._chance.randrange(*FOUND_AFTER_DAYS)
        self._world.after(days * DAY_NS, lambda: self._found.append(card))

    def plan_day(self, day: int) -> None:
        self._world.at(day * DAY_NS + 8 * HOUR_NS, self._go_through)

    def _go_through(self) -> None:
        if not self._found or self._office.refuses:
            return  # tomorrow
        engine = open_database(self._office.database)
        try:
            with engine.connect() as connection:
                withheld = {one.incarnation for one in all_withheld(connection)}
            for card in self._found:
                if card.incarnation in withheld or card.incarnation not in self._imported:
                    self._take_in(engine, card)
        finally:
            engine.dispose()

    def _take_in(self, engine: Engine, card: OldCard) -> None:
        file = _exported(card)
        with engine.connect() as connection:
            central = self._office.own_key.load(connection)
        now = self._world.utc()
        try:
            done = import_export(engine, file, central, by=WHO, now=now)
            self._imported.add(card.incarnation)
            self._world.fault(CENTRAL, "old card imported", f"of {card.gateway}")
            if done.withheld:
                whose = card.gateway, card.incarnation
                with engine.begin() as connection:
                    lift(connection, *whose, by=WHO, reason=WHY, now=now)
                self._world.fault(CENTRAL, "months lifted", ", ".join(done.withheld))
        except (ImportRefused, DecisionRefused) as refused:
            self._world.tell(CENTRAL, "process", f"{card.incarnation}: {refused}")
        finally:
            file.unlink()


def _exported(card: OldCard) -> Path:
    folder = FOLDER / card.incarnation
    folder.mkdir(parents=True)
    for name, content in card.image.items():
        (folder / name).write_bytes(content)
    target = FOLDER / f"{card.incarnation}.jsonl"
    with LedgerReader(folder / "ledger.sqlite3") as reader, new_export(target) as file:
        reader.hold()
        export_ledger(reader, file, at_end=seals_at_end(reader, card.private))
    shutil.rmtree(folder)
    return target
