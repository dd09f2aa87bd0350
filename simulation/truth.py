"""What really flowed, to whom, and whether it could have: S, D, F and C as the fuel passes.

Nothing here is taken from what a gateway believes in memory. What is durable is read from its
database by a connection of its own; who stands at a pump, and how much passed, is the physics'.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from gateway.core.facts import Charge
from gateway.core.open_session import OpenSession
from gateway.core.units import amount_idr
from simulation.city import Vehicle
from simulation.motorists import Visit
from simulation.pump import NL_PER_ML
from simulation.station import Station
from simulation.world import Violation, World

Pool = tuple[str, str, str]
"""Kind of grant, who holds it, and the period: what a quota is for."""


class Verifier(Protocol):
    """Who looks at a ledger when its gateway has started (records.py)."""

    def verify(self, station: Station, *, whole: bool) -> None: ...


@dataclass(slots=True)
class Flow:
    """What passed at one pump for one durable reservation."""

    station: str
    pump: int
    sale: str
    subject: str
    reserved: list[Charge]
    began_nl: int
    ended_nl: int | None = None

    @property
    def volume_nl(self) -> int:
        return (self.ended_nl if self.ended_nl is not None else self.began_nl) - self.began_nl


class Truth:
    def __init__(self, world: World, quota_ml: Callable[[Pool], int]) -> None:
        self._world = world
        self._quota_ml = quota_ml
        self.checks: Counter[str] = Counter()
        """How often each invariant was looked at."""
        self.compared: Counter[str] = Counter()
        """How much was compared for it."""
        self.flows: dict[str, Flow] = {}
        """By sale."""
        self.taken_nl: Counter[Pool] = Counter()
        self.pool_of: Callable[[str, int], Pool | None] = lambda _station, _grant_no: None
        self.sells_nothing: Callable[[Station], str] = lambda _station: ""
        """Why a station must refuse everybody now, as far as the simulation knows."""
        self.records: Verifier
        self.visits: dict[tuple[str, int], Visit] = {}
        self._current: dict[tuple[str, int], Flow] = {}
        self._ended: dict[str, int] = {}
        self._readers: dict[str, sqlite3.Connection] = {}

    def violated(self, party: str, what: str) -> None:
        self._world.tell(party, "violation", what)
        raise Violation(f"{party}: {what}")

    # The station's witness:

    def started(self, station: Station) -> None:
        self.records.verify(station, whole=False)
        self._readers[station.name] = sqlite3.connect(
            f"file:{station.disk.folder}/ledger.sqlite3?mode=ro", uri=True, isolation_level=None
        )

    def ended(self, station: Station) -> None:
        reader = self._readers.pop(station.name, None)
        if reader is not None:
            reader.close()

    def opens(self, station: Station, pump: int, limit_pulses: int, counted: int) -> None:
        self.settle(station, pump)
        row = self._durable(station, pump)
        self._entitled(station, pump, row)
        physics = station.pumps[pump].physics
        flow = Flow(station.name, pump, row.sale, row.subject, row.reserved, physics.dispensed_nl)
        if row.sale in self.flows:
            self.violated(station.name, f"D: {row.sale} flows a second time")
        self.flows[row.sale] = self._current[station.name, pump] = flow
        self._covered(station, pump, row, limit_pulses, counted)

    def raises(self, station: Station, pump: int, limit_pulses: int, began: int) -> None:
        row = self._durable(station, pump)
        flow = self._current[station.name, pump]
        if row.sale != flow.sale:
            self.violated(station.name, f"D: the limit of {flow.sale} is raised by {row.sale}")
        flow.reserved = row.reserved
        self._covered(station, pump, row, limit_pulses, began)

    # Checks:

    def _durable(self, station: Station, pump: int) -> OpenSession:
        """D: a reservation is on disk when fuel may begin to flow."""
        self.checks["D"] += 1
        reader = self._readers[station.name]
        row = reader.execute("SELECT body FROM open_session WHERE pump = ?", (pump,)).fetchone()
        if row is None:
            self.violated(station.name, f"D: pump {pump} opens, and no reservation is on disk")
        return msgspec.json.decode(row[0], type=OpenSession)

    def _covered(
        self, station: Station, pump: int, row: OpenSession, limit_pulses: int, began: int
    ) -> None:
        """D: what may pass up to the limit, and after it, is within what is reserved on disk."""
        settings = next(one for one in station.config.pumps if one.number == pump)
        calibration = station.pumps[pump].physics.calibration
        may_ml = calibration.volume_ml(limit_pulses) - calibration.volume_ml(began)
        late_ms = settings.valve_lag_ms + settings.timer_hold_ms
        after_ml = settings.max_flow_ml_per_min * late_ms // 60_000
        self.compared["D"] += may_ml + after_ml
        if may_ml + after_ml > row.reserved_ml:
            self.violated(
                station.name,
                f"D: pump {pump} may pass {may_ml} + {after_ml} ml for {row.sale}, and "
                f"{row.reserved_ml} ml are reserved on disk",
            )

    def _entitled(self, station: Station, pump: int, row: OpenSession) -> None:
        """F: who stands there may fill, and nothing keeps the station from selling."""
        self.checks["F"] += 1
        self.compared["F"] += 1
        why = self.sells_nothing(station)
        if why:
            self.violated(station.name, f"F: pump {pump} opens although {why}")
        visit = self.visits.get((station.name, pump))
        if visit is None:
            self.violated(station.name, f"F: pump {pump} opens and nobody is there")
            return
        vehicle: Vehicle = visit.vehicle
        if row.card != vehicle.uid or row.subject != vehicle.subject:
            self.violated(
                station.name,
                f"F: pump {pump} opens for {row.subject}, and {vehicle.subject} is there",
            )
        if vehicle.stranger:
            self.violated(
                station.name, f"F: pump {pump} opens for a card that is {vehicle.stranger}"
            )
        product = next(one.product for one in station.config.pumps if one.number == pump)
        if (product == "dexlite") != vehicle.diesel:
            self.violated(station.name, f"F: {vehicle.subject} is sold {product}")
        if amount_idr(1000, row.price_idr_per_l) <= 0:
            self.violated(station.name, f"F: {row.sale} has no price")

    def settle(self, station: Station, pump: int) -> None:
        """Charge what has passed since the valve last opened to whom it was reserved for."""
        flow = self._current.get((station.name, pump))
        if flow is None:
            return
        before_nl = flow.volume_nl
        flow.ended_nl = station.pumps[pump].physics.dispensed_nl
        self.checks["S"] += 1
        if flow.volume_nl > sum(charge.volume_ml for charge in flow.reserved) * NL_PER_ML:
            self.violated(
                flow.station,
                f"S: {flow.volume_nl // NL_PER_ML} ml passed for {flow.sale}, which reserved "
                f"{sum(charge.volume_ml for charge in flow.reserved)} ml",
            )
        self._spend(flow, before_nl, flow.volume_nl)

    def _spend(self, flow: Flow, from_nl: int, to_nl: int) -> None:
        """S: over all gateways and incarnations, what was taken of a quota is within it."""
        at_nl = 0
        for charge in flow.reserved:
            size_nl = charge.volume_ml * NL_PER_ML
            taken_nl = max(0, min(to_nl, at_nl + size_nl) - max(from_nl, at_nl))
            at_nl += size_nl
            if not taken_nl:
                continue
            pool = self.pool_of(flow.station, charge.grant_no)
            if pool is None:
                self.violated(
                    flow.station, f"S: {flow.sale} draws on grant {charge.grant_no}, never minted"
                )
                return
            self.taken_nl[pool] += taken_nl
            self.compared["S"] += taken_nl // NL_PER_ML
            quota_ml = self._quota_ml(pool)
            if self.taken_nl[pool] > quota_ml * NL_PER_ML:
                self.violated(
                    flow.station,
                    f"S: {self.taken_nl[pool] // NL_PER_ML} ml of {pool} have passed, the quota is "
                    f"{quota_ml} ml",
                )

    def is_current(self, flow: Flow) -> bool:
        """Its valve may still be open."""
        return self._current.get((flow.station, flow.pump)) is flow

    def settle_all(self, stations: list[Station]) -> None:
        for station in stations:
            for pump in station.pumps:
                self.settle(station, pump)
