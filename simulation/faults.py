"""What goes wrong, when: each kind so often a day, at moments and for times drawn from the seed."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

from gateway.core.units import NS_PER_MS, NS_PER_S
from mqtt.central.periods import periods_due
from simulation.broker import Broker
from simulation.city import ZONE
from simulation.disk import Failure, Moment
from simulation.drawer import Drawer
from simulation.keys import KeyChanges
from simulation.network_faults import NetworkFaults
from simulation.office import Office
from simulation.office_faults import OfficeFaults
from simulation.replacing import Replacing
from simulation.station import Station
from simulation.tampering import Tampering
from simulation.world import DAY_NS, HOUR_NS, MINUTE_NS, World

Inject = Callable[[Station, Random], None]

MOMENTS: tuple[Moment, ...] = ("before_commit", "after_commit", "before_sync")
FAILURES: tuple[Failure, ...] = ("before_commit", "after_commit", "sync")
SOON = timedelta(days=2)
OTHERWISE = 0.01
CLOCK_JUMPS_NS = (
    2 * MINUTE_NS,
    3 * HOUR_NS,
    2 * DAY_NS,
    4 * DAY_NS,
    40 * DAY_NS,
)


class Faults:
    def __init__(
        self, world: World, broker: Broker, stations: list[Station], office: Office, often: float
    ) -> None:
        self._world, self._broker = world, broker
        self._stations, self._office = stations, office
        self._often = often
        self._chance = world.chance("faults")
        self._drawer = Drawer(world, office)
        self.replacing = Replacing(world, broker, self._drawer)
        self.tampering = Tampering(world, broker, office.database, self._later)
        network = NetworkFaults(world, broker, self._later)
        central = OfficeFaults(world, office, self._later)
        self._keys = KeyChanges(world, office, self.tampering.forget)
        self.calm = False
        """No more faults, and what goes on is ended."""
        self._a_day: list[tuple[float, Inject]] = [
            (0.6, network.cut),
            (0.3, network.silent),
            (0.5, network.storm),
            (0.1, self._power_cut),
            (0.1, self._kill),
            (0.2, self._during_a_fill(self._power_cut)),
            (0.15, self._during_a_fill(self._kill)),
            (0.1, self._during_a_fill(self._dies_at_a_write)),
            (0.15, self._dies_at_a_write),
            (0.15, self._full),
            (0.15, self._io_error),
            (0.2, self._slow),
            (0.12, self._clock),
            (0.1, self._emergency),
            (0.08, self.tampering.old_cache),
            (0.05, self.tampering.damaged_cache),
            (0.03, self.tampering.lost_cache),
            (0.05, self.tampering.old_database),
            (0.05, self.tampering.damaged_ledger),
            (0.05, self.tampering.old_image),
            (0.06, self._before_a_minting(self._replace_card)),
            (0.05, self._keys.of_gateway),
        ]
        """So often a day at each station."""
        self._a_day_in_common: list[tuple[float, Callable[[Random], None]]] = [
            (0.4, network.broker_restarts),
            (0.3, central.dies),
            (0.06, central.restored),
            (0.15, central.database_refuses),
            (0.1, lambda _: self._keys.of_central()),
        ]

    def plan_day(self, day: int) -> None:
        chance = self._chance
        self.tampering.keep_images(self._stations)
        self._office.keep_image()
        self._drawer.plan_day(day)
        for station in self._stations:
            for often, inject in self._a_day:
                if chance.random() < often * self._often:
                    self._at(day, lambda s=station, i=inject: i(s, chance))  # type: ignore[misc]
        for often, hit in self._a_day_in_common:
            if chance.random() < often * self._often:
                self._at(day, lambda h=hit: h(chance))  # type: ignore[misc]

    def heal(self) -> None:
        """Everything works from now on."""
        self.calm = True
        self.tampering.mend_all()
        for station in self._stations:
            road = self._broker.road(station.name)
            road.cut = road.silent = road.storm = False
            disk = station.disk
            disk.die_at, disk.full_since_ns, disk.fails = None, None, ""
            disk.latency_ns = 5 * NS_PER_MS
            if station.stop.on:
                station.stop.turn(on=False)
            station.wake()
            station.boot()
        self._office.die_at = self._office.refuses = ""
        self._office.boot()

    def _at(self, day: int, call: Callable[[], None]) -> None:
        at_ns = day * DAY_NS + self._chance.randrange(5 * HOUR_NS, 22 * HOUR_NS)
        self._world.at(at_ns, lambda: None if self.calm else call())

    def _later(self, delay_ns: int, call: Callable[[], None]) -> None:
        self._world.after(delay_ns, lambda: None if self.calm else call())

    def _during_a_fill(self, inject: Inject) -> Inject:
        """Soon after a valve has opened."""

        def arm(station: Station, chance: Random) -> None:
            delay_ns = chance.randrange(100, 9_000) * NS_PER_MS
            station.strike = delay_ns, lambda: None if self.calm else inject(station, chance)

        return arm

    def _before_a_minting(self, inject: Inject) -> Inject:
        """Else rarely: whose grants of a month are lost is given none until the next minting."""

        def consider(station: Station, chance: Random) -> None:
            zone, now = ZoneInfo(ZONE), self._world.utc()
            soon = periods_due(now + SOON, zone) != periods_due(now, zone)
            if soon or chance.random() < OTHERWISE:
                inject(station, chance)

        return consider

    def _power_cut(self, station: Station, chance: Random) -> None:
        if station.life is None:
            return
        self._world.fault(station.name, "power cut")
        station.crash("power cut", power=True)
        self._world.after(chance.randrange(5, 1800) * NS_PER_S, station.boot)

    def _kill(self, station: Station, chance: Random) -> None:
        if station.life is None:
            return
        self._world.fault(station.name, "process killed")
        station.crash("killed", power=False)
        self._world.after(chance.randrange(2, 20) * NS_PER_S, station.boot)

    def _dies_at_a_write(self, station: Station, chance: Random) -> None:
        station.disk.die_at = chance.choice(MOMENTS)

    def _full(self, station: Station, chance: Random) -> None:
        self._world.fault(station.name, "disk full")
        station.disk.full_since_ns = self._world.now_ns
        self._later(
            chance.randrange(30, 1800) * NS_PER_S,
            lambda: setattr(station.disk, "full_since_ns", None),
        )

    def _io_error(self, station: Station, chance: Random) -> None:
        how = chance.choice(FAILURES)
        self._world.fault(station.name, "I/O error", how)
        station.disk.fails = how
        self._later(chance.randrange(5, 300) * NS_PER_S, lambda: setattr(station.disk, "fails", ""))

    def _slow(self, station: Station, chance: Random) -> None:
        self._world.fault(station.name, "slow disk")
        station.disk.latency_ns = chance.randrange(300, 12_000) * NS_PER_MS
        usual_ns = 5 * NS_PER_MS
        self._later(
            chance.randrange(30, 900) * NS_PER_S,
            lambda: setattr(station.disk, "latency_ns", usual_ns),
        )

    def _clock(self, station: Station, chance: Random) -> None:
        jump_ns = chance.choice(CLOCK_JUMPS_NS) * chance.choice((-1, 1))
        self._world.fault(
            station.name,
            f"clock jumps {'ahead' if jump_ns > 0 else 'back'}",
            f"{jump_ns // MINUTE_NS} min",
        )
        station.clock.jump(jump_ns)
        self._later(chance.randrange(1, 30) * HOUR_NS, lambda: station.clock.jump(None))

    def _emergency(self, station: Station, chance: Random) -> None:
        self._world.fault(station.name, "emergency stop")
        station.stop.turn(on=True)
        station.wake()

        def release() -> None:
            station.stop.turn(on=False)
            station.wake()

        self._later(chance.randrange(5, 300) * NS_PER_S, release)

    def _replace_card(self, station: Station, chance: Random) -> None:
        # A card whose new key nobody else knows yet takes it along: that is for people to mend.
        if not (station.damaged or station.forked) and self._keys.is_known(station):
            self.replacing.replace_card(station, chance)
