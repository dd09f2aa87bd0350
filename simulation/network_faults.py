"""What goes wrong between gateways and central: cables, lines and the broker."""

from collections.abc import Callable
from random import Random

from gateway.core.units import NS_PER_S
from simulation.broker import Broker, go_silent
from simulation.station import Station
from simulation.world import DAY_NS, HOUR_NS, MINUTE_NS, World


class NetworkFaults:
    def __init__(
        self,
        world: World,
        broker: Broker,
        later: Callable[[int, Callable[[], None]], None],
    ) -> None:
        self._world, self._broker, self._later = world, broker, later

    def cut(self, station: Station, chance: Random) -> None:
        lasts_ns = chance.choices(
            (
                chance.randrange(10, 600) * NS_PER_S,
                chance.randrange(1, 20) * HOUR_NS,
                3 * DAY_NS,
                12 * DAY_NS,
            ),
            (60, 35, 5, 1),
        )[0]
        self._world.fault(station.name, "partition", f"for {lasts_ns // NS_PER_S} s")
        road = self._broker.road(station.name)
        road.cut = True
        client = self._broker.clients.get(station.name)
        if client is not None:
            client.lose("the cable is out")
        self._later(lasts_ns, lambda: setattr(road, "cut", False))

    def silent(self, station: Station, chance: Random) -> None:
        self._world.fault(station.name, "silent network")
        go_silent(self._broker, station.name)
        road = self._broker.road(station.name)
        self._later(chance.randrange(5, 1800) * NS_PER_S, lambda: setattr(road, "silent", False))

    def storm(self, station: Station, chance: Random) -> None:
        self._world.fault(station.name, "loss, delay, duplicates, reordering")
        road = self._broker.road(station.name)
        road.storm = True
        self._later(chance.randrange(1, 240) * MINUTE_NS, lambda: setattr(road, "storm", False))

    def broker_restarts(self, chance: Random) -> None:
        forget = chance.random() < 0.5
        self._world.fault("broker", "broker restart", "forgets what was retained" if forget else "")
        self._broker.restart(chance.randrange(1, 900) * NS_PER_S, forget=forget)
