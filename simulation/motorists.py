"""Who comes to fill, when and how: one at a time at each pump, from morning until late."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from gateway.core.units import NS_PER_MS, NS_PER_S
from hardware.ports import Light
from simulation.pump import NL_PER_ML
from simulation.register import Vehicle, supervisor_card
from simulation.station import Station
from simulation.world import DAY_NS, HOUR_NS, World

OPENS_NS, CLOSES_NS = 5 * HOUR_NS, 22 * HOUR_NS
"""Local time, in which the simulation's days begin."""
VISITS_A_DAY = 52
"""At each gateway; some are refused, or find it closed."""
FLOWS_ML_PER_MIN = (40_000, 55_000, 60_000, 64_000)
PATIENCE_NS = 20 * NS_PER_S
AWAY_NS = 400 * NS_PER_S
"""A visit is over by then, whatever happened."""


@dataclass(slots=True)
class Visit:
    """One motorist at one pump, as it really was."""

    station: Station
    pump: int
    vehicle: Vehicle
    wanted_ml: int
    began_nl: int = 0
    helped: bool = False
    """A supervisor laid a card down before."""


class Motorists:
    def __init__(
        self,
        world: World,
        stations: list[Station],
        vehicles: tuple[Vehicle, ...],
        at: dict[tuple[str, int], Visit],
    ) -> None:
        """`at`: who stands at each pump of a station, kept here."""
        self._world, self._stations, self._vehicles = world, stations, vehicles
        self._chance = world.chance("motorists")
        self.at = at

    def plan_day(self, day: int) -> None:
        chance = self._chance
        for place, station in enumerate(self._stations):
            for _ in range(VISITS_A_DAY):
                at_ns = day * DAY_NS + chance.randrange(OPENS_NS, CLOSES_NS)
                vehicle = self._somebody(chance, place)
                pump = self._pump_for(chance, station, vehicle)
                self._world.at(at_ns, self._arrival(station, pump, vehicle, chance.random()))
                if chance.random() < 0.03:
                    self._again(station, pump, vehicle, at_ns)

    def _again(self, station: Station, pump: int, vehicle: Vehicle, at_ns: int) -> None:
        """The same card at the other pump, or at another station, while the first one fills."""
        chance = self._chance
        late_ns = at_ns + chance.randrange(0, 9_000) * NS_PER_MS
        other = chance.choice(self._stations)
        if other is station:
            pump = next(number for number in other.pumps if number != pump)
        else:
            pump = self._pump_for(chance, other, vehicle)
        self._world.at(late_ns, self._arrival(other, pump, vehicle, chance.random()))

        def count() -> None:
            self._world.fault(station.name, "one card at two pumps")

        self._world.at(late_ns, count)

    @staticmethod
    def _pump_for(chance: Random, station: Station, vehicle: Vehicle) -> int:
        """One that sells the right fuel, with few mistakes; any where there is none."""
        wanted = "dexlite" if vehicle.diesel else "pertamax"
        right = [pump.number for pump in station.config.pumps if pump.product == wanted]
        return chance.choice(right if right and chance.random() < 0.98 else list(station.pumps))

    def _somebody(self, chance: Random, place: int) -> Vehicle:
        """Mostly from here; a stranger now and then."""
        if chance.random() < 0.03:
            return chance.choice([one for one in self._vehicles if one.stranger])
        if chance.random() < 0.04:
            return chance.choice([one for one in self._vehicles if one.needy or one.emergency])
        usual = [one for one in self._vehicles if not (one.stranger or one.needy or one.emergency)]
        here = [one for one in usual if one.home == place]
        return chance.choice(here if chance.random() < 0.7 else usual)

    def _arrival(
        self, station: Station, pump: int, vehicle: Vehicle, appetite: float
    ) -> Callable[[], None]:
        def arrive() -> None:
            if (station.name, pump) in self.at:
                self._world.after(AWAY_NS // 8, arrive)  # the next in line waits
                return
            if station.closed:
                return
            wanted_ml = int(vehicle.tank_ml * (0.2 + 0.7 * appetite**2))
            self._begin(Visit(station, pump, vehicle, wanted_ml))

        return arrive

    def _begin(self, visit: Visit) -> None:
        chance, station = self._chance, visit.station
        self.at[station.name, visit.pump] = visit
        if visit.vehicle.needy and chance.random() < 0.7:
            self._world.fault(station.name, "a supervisor helps")
            visit.helped = True
            card = supervisor_card(self._stations.index(station)).uid
            station.pumps[visit.pump].reader.lay(card)
            station.wake()
            lies_ns = chance.randrange(1500, 3000) * NS_PER_MS
            self._world.after(lies_ns, lambda: self._lay(visit))
        else:
            self._lay(visit)

    def _lay(self, visit: Visit) -> None:
        chance, station = self._chance, visit.station
        forecourt = station.pumps[visit.pump]
        forecourt.physics.lag_ns = chance.randrange(50, 300) * NS_PER_MS
        forecourt.reader.lay(visit.vehicle.uid)
        station.wake()
        removed_ns = chance.randrange(1200, 4000) * NS_PER_MS
        self._world.after(removed_ns, lambda: self._take_card(visit))
        if chance.random() < 0.02:
            # Somebody who lays the card down and walks off without lifting the nozzle.
            self._world.after(removed_ns + 40 * NS_PER_S, lambda: self._leave(visit))
            return
        flow = chance.choice(FLOWS_ML_PER_MIN)
        self._world.after(removed_ns + NS_PER_S, lambda: self._lift(visit, flow, PATIENCE_NS))

    def _take_card(self, visit: Visit) -> None:
        visit.station.pumps[visit.pump].reader.lay(None)
        visit.station.wake()

    def _lift(self, visit: Visit, flow: int, patience_ns: int) -> None:
        forecourt = visit.station.pumps[visit.pump]
        if forecourt.lamps.light is not Light.GO:
            if forecourt.lamps.light is Light.WAIT and patience_ns > 0:
                wait_ns = 500 * NS_PER_MS
                self._world.after(wait_ns, lambda: self._lift(visit, flow, patience_ns - wait_ns))
            else:
                self._leave(visit)
            return
        visit.began_nl = forecourt.physics.dispensed_nl
        forecourt.nozzle.turn(on=True)
        visit.station.wake()
        forecourt.physics.squeeze(flow)
        self._watch(visit, flow)

    def _watch(self, visit: Visit, flow: int) -> None:
        """Let go when it is enough, or when nothing flows any more."""
        physics = visit.station.pumps[visit.pump].physics
        enough_nl = visit.began_nl + visit.wanted_ml * NL_PER_ML
        before_nl = physics.dispensed_nl

        def look() -> None:
            if physics.dispensed_nl >= enough_nl or physics.dispensed_nl == before_nl:
                self._release(visit)
            else:
                self._watch(visit, flow)

        enough_ns = physics.ns_until(enough_nl)
        self._world.after(2 * NS_PER_S if enough_ns is None else enough_ns + 1, look)

    def _release(self, visit: Visit) -> None:
        forecourt = visit.station.pumps[visit.pump]
        forecourt.physics.squeeze(0)
        pause_ns = self._chance.randrange(200, 3000) * NS_PER_MS
        self._world.after(pause_ns, lambda: self._hang(visit))

    def _hang(self, visit: Visit) -> None:
        visit.station.pumps[visit.pump].nozzle.turn(on=False)
        visit.station.wake()
        self._world.after(4 * NS_PER_S, lambda: self._leave(visit))

    def _leave(self, visit: Visit) -> None:
        self.at.pop((visit.station.name, visit.pump), None)
