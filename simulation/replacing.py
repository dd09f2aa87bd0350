"""A gateway's card is gone for good; `takar restore` begins a fresh incarnation on a new one."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from gateway import VERSION
from gateway.config.load import configuration_hash
from gateway.core.facts import FormerLedger, GatewayRestored
from gateway.setup.gateway_state import make_restored_state
from gateway.store.reader import LedgerReader
from mqtt.central.periods import utc_text
from mqtt.keys import load_private
from simulation.broker import Broker
from simulation.drawer import Drawer, OldCard
from simulation.station import Station
from simulation.world import MINUTE_NS, World

LEDGER = "ledger.sqlite3"


class Replacing:
    def __init__(self, world: World, broker: Broker, drawer: Drawer) -> None:
        """`drawer`: who finds the old card again."""
        self._world, self._broker, self._drawer = world, broker, drawer
        self.losing: Callable[[Station], None] = lambda _station: None
        """Told while the old card can still be read."""

    def replace_card(self, station: Station, chance: Random) -> None:
        """What central has not heard of the old card is lost, until that is found; what it held
        counts as sold."""
        if station.damaged or station.forked:
            return
        self._world.fault(station.name, "card replaced, fresh incarnation")
        station.crash("its card is gone")
        self.losing(station)
        folder = station.disk.folder
        with LedgerReader(folder / LEDGER) as reader:
            meta, last = reader.meta(), reader.last()
        config = station.config
        private = load_private(Path(config.keys.private_file))
        self._drawer.lose(OldCard(station.name, meta.incarnation, station.disk.image(), private))
        shutil.rmtree(folder)
        make_restored_state(
            folder,
            private,
            GatewayRestored(
                by="the simulation",
                version=VERSION,
                configuration_hash=configuration_hash(config),
                epoch=meta.epoch,
                previous=FormerLedger(
                    incarnation=meta.incarnation,
                    sequence=last.sequence,
                    head=last.hash,
                    found="state",
                ),
            ),
            gateway=station.name,
            time=utc_text(self._world.utc()),
        )
        station.cache_spoilt = "its card is new, and central has not confirmed it"
        self._broker.road(station.name).directives = 0
        self._world.after(chance.randrange(1, 300) * MINUTE_NS, station.boot)
