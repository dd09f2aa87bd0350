"""One simulation, from a seed to a verdict."""

import gc
import hashlib
import logging
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from simulation.books import check_books
from simulation.broker import Broker
from simulation.city import City, make_city
from simulation.disk import Mounted
from simulation.faults import Faults
from simulation.granted import Granted, Pool
from simulation.motorists import Motorists
from simulation.office import Office
from simulation.records import Records
from simulation.register import DEPARTMENT, EMERGENCY_ML, OVERRIDE_ML, QUOTA_TANKS
from simulation.station import Station
from simulation.truth import Truth
from simulation.world import DAY_NS, HOUR_NS, Happening, Violation, World

BEGAN = datetime(2026, 3, 25, 16, tzinfo=UTC)
"""Midnight in the city's zone (UTC+8) of 26 March: the month ends within a week."""
HEALING_NS = 6 * HOUR_NS
COLLECT_EVERY = 500_000
"""New objects from one look for cycles to the next: many are made here, few in cycles."""
FAST_FOLDER = Path("/dev/shm")  # noqa: S108  # no disk to wear, and none to wait for


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    seed: int
    gateways: int
    days: int
    fills: int
    volume_ml: int
    refusals: Counter[str]
    messages: int
    entries: int
    faults: Counter[str]
    checks: Counter[str]
    compared: Counter[str]
    kinds_ml: Counter[str]
    """What flowed, by kind of grant."""
    violation: str | None
    ended_day: float
    """When the run was over: at a violation, or when everything had been healed."""
    history: list[Happening]
    digest: str
    """Of every ledger's head: the same for the same seed."""


class Simulation:
    def __init__(
        self, seed: int, gateways: int, mounted: Mounted, often: float, quota_tanks: Sequence[int]
    ) -> None:
        self.world = World(seed, BEGAN)
        self.broker = Broker(self.world)
        self.city: City = make_city(seed, gateways, BEGAN, quota_tanks)
        self._quota_ml = {("vehicle", one.subject): one.quota_ml for one in self.city.vehicles}
        self._quota_ml["emergency", DEPARTMENT] = EMERGENCY_ML
        for config in self.city.gateways:
            self._quota_ml["override", config.gateway.name] = OVERRIDE_ML
        self._granted = Granted(self.city.database)
        self.truth = Truth(self.world, self._quota_of, self._granted)
        self.stations = [
            Station(self.world, self.broker, mounted, config, self.truth)
            for config in self.city.gateways
        ]
        self.office = Office(self.world, self.broker, self.city.database, self.city.root)
        self.office.restoring = self._granted.database_goes
        self.records = Records(self.truth, self.stations, self.city.database)
        self.truth.records = self.records
        self.motorists = Motorists(self.world, self.stations, self.city.vehicles, self.truth.visits)
        self.faults = Faults(self.world, self.broker, self.stations, self.office, often)
        self.faults.replacing.losing = self._losing

    def _losing(self, station: Station) -> None:
        self.truth.settle_all([station])
        self.records.losing(station)
        self.faults.tampering.forget(station)

    def run(self, days: int) -> None:
        """Raises Violation."""
        self.office.boot()
        for station in self.stations:
            station.boot()
        for day in range(days):
            self.motorists.plan_day(day)
            self.faults.plan_day(day)
            self.world.run_until((day + 1) * DAY_NS)
            self.truth.settle_all(self.stations)
            self._compare(healed=False)
        self.faults.heal()
        self.world.run_until(days * DAY_NS + HEALING_NS)
        self.truth.settle_all(self.stations)
        for station in self.stations:
            self.records.verify(station, whole=True)
        self._compare(healed=True)
        self.records.totals()

    def _compare(self, *, healed: bool) -> None:
        self.records.central(healed=healed)
        connection = sqlite3.connect(f"file:{self.city.database}?mode=ro", uri=True)
        try:
            check_books(connection, self.truth, self._quota_of)
        finally:
            connection.close()

    def close(self) -> None:
        for station in self.stations:
            station.crash("the simulation ends")
        self.office.crash("the simulation ends")
        self._granted.close()

    def _quota_of(self, pool: Pool) -> int:
        kind, holder, _ = pool
        return self._quota_ml.get((kind, holder), 0)

    def outcome(self, days: int, violation: str | None) -> Outcome:
        heads = sorted((log, hashes[-1]) for log, hashes in self.records.hashes.items() if hashes)
        return Outcome(
            seed=self.world.seed,
            gateways=len(self.stations),
            days=days,
            fills=sum(len(sales) for sales in self.records.sales.values()),
            volume_ml=self.records.recorded_ml,
            refusals=self.records.refusals,
            messages=self.broker.messages,
            entries=sum(len(hashes) for hashes in self.records.hashes.values()),
            faults=self.world.faults,
            checks=self.truth.checks,
            compared=self.truth.compared,
            kinds_ml=self.truth.kinds_ml,
            violation=violation,
            ended_day=self.world.now_ns / DAY_NS,
            history=self.world.history,
            digest=hashlib.sha256(repr(heads).encode()).hexdigest()[:16],
        )


def simulate(
    seed: int,
    *,
    gateways: int = 5,
    days: int = 30,
    often: float = 1.0,
    quota_tanks: Sequence[int] = QUOTA_TANKS,
) -> Outcome:
    """Run it in a temporary folder; faults come `often` times as often as usual.

    `quota_tanks`: a vehicle's quota is one of these, in whole tanks a month; few are felt early.

    A violation is in the outcome; any other error is raised.
    """
    mounted = Mounted()
    with _quiet(), _seldom_collecting(), _folder(), mounted.in_place(seed):
        simulation = Simulation(seed, gateways, mounted, often, quota_tanks)
        try:
            simulation.run(days)
        except Violation as violation:
            return simulation.outcome(days, str(violation))
        finally:
            simulation.close()
        return simulation.outcome(days, None)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def _folder() -> Iterator[None]:
    where = FAST_FOLDER if FAST_FOLDER.is_dir() else None
    with ExitStack() as stack:
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="takar-simulation-", dir=where)
        )
        stack.enter_context(chdir(folder))
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Thousands of faults would each say their line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
