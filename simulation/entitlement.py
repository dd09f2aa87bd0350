"""F: who stands at an opening valve may fill, now and here; and nothing forbids the station to
sell. Judged by what the simulation knows, never by what the gateway believes."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.core.open_session import OpenSession
from simulation.city import ZONE
from simulation.granted import Granted, Pool, grant_key
from simulation.motorists import Visit
from simulation.pump import NL_PER_ML
from simulation.register import DEPARTMENT, POLICY, PRICES, Vehicle
from simulation.station import Station
from simulation.world import DAY_NS, HOUR_NS, World


class Flowed(Protocol):
    """A flow in progress or ended, as truth.py keeps it."""

    @property
    def subject(self) -> str: ...
    @property
    def volume_nl(self) -> int: ...


class Entitlement:
    def __init__(
        self,
        world: World,
        visits: dict[tuple[str, int], Visit],
        granted: Granted,
    ) -> None:
        self._world, self._visits, self._granted = world, visits, granted
        self._zone = ZoneInfo(ZONE)
        self._prices = {price.product: price.price_idr_per_l for price in PRICES}
        self._flows: dict[tuple[str, str, int], list[Flowed]] = {}
        """By station, subject and day."""
        self.refused: Counter[str] = Counter()

    def problems(
        self, station: Station, pump: int, row: OpenSession, others: Mapping[int, Flowed]
    ) -> list[str]:
        """What is wrong with fuel that is about to flow; `others`: open at the other pumps."""
        visit = self._visits.get((station.name, pump))
        if visit is None:
            return ["nobody is there"]
        vehicle = visit.vehicle
        found = [why] if (why := station.sells_nothing()) else []
        if row.card != vehicle.uid or row.subject != vehicle.subject:
            found.append(f"the sale is {row.subject}'s, and {vehicle.subject} is there")
        if vehicle.stranger:
            found.append(f"the card is {vehicle.stranger}")
        found += self._product(station, pump, row, vehicle)
        found += self.strange_litres(station, pump, row)
        found += [
            f"{row.subject} fills at pump {number} too"
            for number, flow in others.items()
            if flow.subject == row.subject
        ]
        if not station.clock.disturbed:
            found += self._calendar(station, row)
        return found

    def strange_litres(self, station: Station, pump: int, row: OpenSession) -> list[str]:
        """Charges of a reservation on litres that are not for who stands there."""
        visit = self._visits.get((station.name, pump))
        vehicle = visit.vehicle if visit is not None else None
        whose = {("vehicle", row.subject)}
        if vehicle is not None and vehicle.emergency:
            whose.add(("emergency", DEPARTMENT))
        if visit is not None and visit.helped:
            whose.add(("override", station.name))
        return [
            f"{row.subject} draws on {pool[0]} litres of {pool[1]}"
            for pool in self._pools(station, row)
            if pool[:2] not in whose
        ]

    def began(self, station: Station, flow: Flowed) -> None:
        key = station.name, flow.subject, self._world.now_ns // DAY_NS
        self._flows.setdefault(key, []).append(flow)

    def _product(
        self, station: Station, pump: int, row: OpenSession, vehicle: Vehicle
    ) -> list[str]:
        product = next(one.product for one in station.config.pumps if one.number == pump)
        found = []
        if (product == "dexlite") != vehicle.diesel or row.product != product:
            found.append(f"{row.product} is sold at a pump of {product} to {vehicle.subject}")
        if row.price_idr_per_l != self._prices[product]:
            found.append(f"the price is Rp {row.price_idr_per_l}")
        return found

    def _calendar(self, station: Station, row: OpenSession) -> list[str]:
        """Limits of the day, and the month of the grants, where the clock was never wrong."""
        found = []
        flows = self._flows.get((station.name, row.subject, self._world.now_ns // DAY_NS), [])
        flowed = [flow for flow in flows if flow.volume_nl > NL_PER_ML * 20]
        taken_ml = sum(flow.volume_nl for flow in flowed) // NL_PER_ML
        if len(flowed) >= POLICY.visits_per_day:
            found.append(f"{row.subject} has filled {len(flowed)} times today")
        if taken_ml >= POLICY.day_ml:
            found.append(f"{row.subject} has taken {taken_ml} ml today")
        months = {
            self._month(self._world.utc()),
            self._month(self._world.utc() - timedelta(hours=1)),
        }
        for _, _, period in self._pools(station, row):
            if period not in months:
                found.append(f"a grant of {period} is drawn on in {max(months)}")
        silent_ns = self._world.now_ns - station.heard_ns
        if silent_ns > POLICY.offline_days * DAY_NS + HOUR_NS:
            found.append(f"central was last heard {silent_ns // DAY_NS} days ago")
        return found

    def _pools(self, station: Station, row: OpenSession) -> list[Pool]:
        """What a reservation draws on; what was never granted is found when it flows."""
        keys = [grant_key(station.name, row.sale, charge.grant_no) for charge in row.reserved]
        return [grant.pool for key in keys if (grant := self._granted.find(key)) is not None]

    def _month(self, instant: datetime) -> str:
        return instant.astimezone(UTC).astimezone(self._zone).strftime("%Y-%m")
