"""Keys that are changed while sales go on: a gateway's own, and central's."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from gateway.store.errors import StoreError
from gateway.store.rotation import own_private, rotate_key
from mqtt.central.periods import utc_text
from mqtt.seals import CENTRAL
from simulation.office import Office
from simulation.station import Station
from simulation.world import Crashed, World


class KeyChanges:
    def __init__(self, world: World, office: Office, forget: Callable[[Station], None]) -> None:
        """`forget`: nobody puts back a card with the key of before."""
        self._world, self._office, self._forget = world, office, forget

    def of_gateway(self, station: Station, chance: Random) -> None:
        """As `takar keys rotate-gateway`; at times cut off, and ended at the next start."""
        if station.damaged or station.forked:
            return
        self._world.fault(station.name, "gateway's key changed")
        station.crash("stopped to change its key")
        self._forget(station)
        if chance.random() < 0.4:
            station.disk.die_at = "before_sync"
        try:
            with station.mounted.of(station.disk):
                rotate_key(
                    Path(station.config.keys.private_file),
                    station.ledger,
                    station.name,
                    by="the simulation",
                    time=utc_text(self._world.utc()),
                )
        except Crashed:
            self._world.fault(station.name, "key change cut off")
        except (StoreError, OSError) as error:
            self._world.tell(station.name, "process", f"its key stays: {error}")
        station.disk.die_at = None
        self._world.after(chance.randrange(5, 300) * 10**9, station.boot)

    def of_central(self) -> None:
        if self._office.refuses or self._office.die_at:
            return
        self._world.fault(CENTRAL, "central's key changed")
        self._office.rotate_key()

    def is_known(self, station: Station) -> bool:
        """Central vouches for the gateway's key of today, also after it were restored."""
        private = own_private(Path(station.config.keys.private_file), station.ledger)
        return self._office.knows_key(station.name, private.public_key())
