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
from simulation.entitlement import Entitlement
from simulation.granted import Granted, GrantKey, Pool, grant_key
from simulation.motorists import Visit
from simulation.pump import NL_PER_ML
from simulation.station import Station
from simulation.world import Violation, World


class Verifier(Protocol):
    """Who looks at a ledger when its gateway has started (records.py)."""

    def verify(self, station: Station, *, whole: bool) -> None: ...
    def look(self, station: Station) -> object: ...


@dataclass(slots=True)
class Flow:
    """What passed at one pump for one durable reservation."""

    station: str
    pump: int
    sale: str
    subject: str
    reserved: list[Charge]
    began_nl: int
    began_ml: int
    """By the pulses that the meter had put out."""
    ended_nl: int | None = None
    volume_ml: int = 0
    """In whole pulses: what passes without one is the next fill's, and no meter knows of it."""

    @property
    def volume_nl(self) -> int:
        return (self.ended_nl if self.ended_nl is not None else self.began_nl) - self.began_nl


class Truth:
    def __init__(
        self,
        world: World,
        quota_ml: Callable[[Pool], int],
        granted: Granted,
    ) -> None:
        self._world = world
        self._granted = granted
        self._quota_ml = quota_ml
        self.checks: Counter[str] = Counter()
        """How often each invariant was looked at."""
        self.compared: Counter[str] = Counter()
        """How much was compared for it."""
        self.flows: dict[str, Flow] = {}
        """By sale."""
        self.taken_ml: Counter[Pool] = Counter()
        self.kinds_ml: Counter[str] = Counter()
        """By kind of grant."""
        self.passed_ml: Counter[GrantKey] = Counter()
        self.visits: dict[tuple[str, int], Visit] = {}
        self.entitlement = Entitlement(world, self.visits, granted)
        self.records: Verifier
        self._current: dict[tuple[str, int], Flow] = {}
        self._readers: dict[str, sqlite3.Connection] = {}

    def violated(self, party: str, what: str) -> None:
        self._world.tell(party, "violation", what)
        raise Violation(f"{party}: {what}")

    # The station's witness:

    def started(self, station: Station) -> None:
        if not (station.damaged or station.forked):
            self.records.verify(station, whole=False)
        self._readers[station.name] = sqlite3.connect(
            f"file:{station.disk.folder}/ledger.sqlite3?mode=ro", uri=True, isolation_level=None
        )

    def looks(self, station: Station) -> None:
        """Also before anything is pruned."""
        if not (station.damaged or station.forked):
            self.records.look(station)

    def ended(self, station: Station) -> None:
        reader = self._readers.pop(station.name, None)
        if reader is not None:
            reader.close()

    def opens(self, station: Station, pump: int, limit_pulses: int, counted: int) -> None:
        self.settle(station, pump)
        row = self._durable(station, pump)
        self._entitled(station, pump, row)
        physics = station.pumps[pump].physics
        flow = Flow(
            station.name,
            pump,
            row.sale,
            row.subject,
            row.reserved,
            physics.dispensed_nl,
            physics.pulsed_ml,
        )
        if row.sale in self.flows:
            self.violated(station.name, f"D: {row.sale} flows a second time")
        self.flows[row.sale] = self._current[station.name, pump] = flow
        drawn = ", ".join(f"{one.volume_ml} ml of {one.grant_no}" for one in row.reserved)
        self._world.tell(
            station.name, "valve", f"pump {pump} opens for {row.subject}, {row.sale}: {drawn}"
        )
        self.entitlement.began(station, flow)
        self._covered(station, pump, row, limit_pulses, counted)

    def raises(self, station: Station, pump: int, limit_pulses: int, began: int) -> None:
        row = self._durable(station, pump)
        flow = self._current[station.name, pump]
        if row.sale != flow.sale:
            self.violated(station.name, f"D: the limit of {flow.sale} is raised by {row.sale}")
        flow.reserved = row.reserved
        for problem in self.entitlement.strange_litres(station, pump, row):
            self.violated(station.name, f"F: pump {pump} goes on although {problem}")
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
        self.checks["F"] += 1
        self.compared["F"] += 1
        others = {
            number: flow
            for (name, number), flow in self._current.items()
            if name == station.name and number != pump and self._open(station, number)
        }
        for problem in self.entitlement.problems(station, pump, row, others):
            self.violated(station.name, f"F: pump {pump} opens although {problem}")

    @staticmethod
    def _open(station: Station, pump: int) -> bool:
        return station.pumps[pump].physics.relay

    def settle(self, station: Station, pump: int) -> None:
        """Charge what has passed since the valve last opened to whom it was reserved for."""
        flow = self._current.get((station.name, pump))
        if flow is None:
            return
        before_ml, physics = flow.volume_ml, station.pumps[pump].physics
        flow.ended_nl = physics.dispensed_nl
        flow.volume_ml = physics.pulsed_ml - flow.began_ml
        self.checks["S"] += 1
        if flow.volume_nl > sum(charge.volume_ml for charge in flow.reserved) * NL_PER_ML:
            self.violated(
                flow.station,
                f"S: {flow.volume_nl // NL_PER_ML} ml passed for {flow.sale}, which reserved "
                f"{sum(charge.volume_ml for charge in flow.reserved)} ml",
            )
        self._spend(flow, before_ml, flow.volume_ml)

    def _spend(self, flow: Flow, from_ml: int, to_ml: int) -> None:
        """S: over all gateways and incarnations, what was taken of a quota is within it."""
        at_ml = 0
        for charge in flow.reserved:
            taken_ml = max(0, min(to_ml, at_ml + charge.volume_ml) - max(from_ml, at_ml))
            at_ml += charge.volume_ml
            if not taken_ml:
                continue
            key = grant_key(flow.station, flow.sale, charge.grant_no)
            grant = self._granted.find(key)
            if grant is None:
                self.violated(
                    flow.station, f"S: {flow.sale} draws on grant {charge.grant_no}, never minted"
                )
                return
            pool = grant.pool
            self.taken_ml[pool] += taken_ml
            self.kinds_ml[pool[0]] += taken_ml
            self._of_grant(key, grant.volume_ml, taken_ml)
            self.compared["S"] += taken_ml
            quota_ml = self._quota_ml(pool)
            if self.taken_ml[pool] > quota_ml:
                self.violated(
                    flow.station,
                    f"S: {self.taken_ml[pool]} ml of {pool} have passed; the quota: {quota_ml} ml",
                )

    def _of_grant(self, key: GrantKey, volume_ml: int, taken_ml: int) -> None:
        self.passed_ml[key] += taken_ml
        if self.passed_ml[key] > volume_ml:
            gateway, _, number = key
            self.violated(
                gateway,
                f"S: {self.passed_ml[key]} ml of grant {number} have passed, it is of "
                f"{volume_ml} ml",
            )

    def is_current(self, flow: Flow) -> bool:
        """Its valve may still be open."""
        return self._current.get((flow.station, flow.pump)) is flow

    def settle_all(self, stations: list[Station]) -> None:
        for station in stations:
            for pump in station.pumps:
                self.settle(station, pump)
