"""A filling station: its pumps and disk, and the gateway process that comes and goes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gateway.config.types import GatewayConfig
from gateway.core.units import NS_PER_S, Calibration
from simulation.broker import Broker
from simulation.devices import Lamps, PartyClock, Reader, Switch
from simulation.disk import Disk, Mounted
from simulation.life import Life
from simulation.pump import Physics
from simulation.world import World

FINISHED_NS = 120 * NS_PER_S
"""Whoever was allowed to fill before has by then lifted the nozzle, or lost the turn."""


@dataclass(slots=True)
class Forecourt:
    """What is bolted down at one pump, and survives every process."""

    physics: Physics
    reader: Reader = field(default_factory=Reader)
    nozzle: Switch = field(default_factory=Switch)
    lamps: Lamps = field(default_factory=Lamps)


class Witness(Protocol):
    """Who looks on when fuel may flow (truth.py)."""

    def opens(self, station: "Station", pump: int, limit_pulses: int, counted: int) -> None: ...
    def raises(self, station: "Station", pump: int, limit_pulses: int, began: int) -> None: ...
    def started(self, station: "Station") -> None: ...
    def looks(self, station: "Station") -> None: ...
    def ended(self, station: "Station") -> None: ...


class Station:
    def __init__(
        self,
        world: World,
        broker: Broker,
        mounted: Mounted,
        config: GatewayConfig,
        witness: Witness,
    ) -> None:
        self.world, self.broker, self.mounted = world, broker, mounted
        self.config = config
        self.name = config.gateway.name
        self.witness = witness
        self.disk = Disk(Path(config.gateway.state_dir))
        self.clock = PartyClock(world)
        self.stop = Switch()
        self.pumps = {
            pump.number: Forecourt(
                Physics(
                    world,
                    Calibration(pump.calibration_pulses, pump.calibration_litres),
                    pump.timer_hold_ms,
                )
            )
            for pump in config.pumps
        }
        self.life: Life | None = None
        self.damaged = ""
        """What is wrong with its ledger, so that it must sell nothing."""
        self.strike: tuple[int, Callable[[], None]] | None = None
        """What happens so many ns after a valve next opens."""
        self.forked = False
        """An older card is in it."""
        self.cache_spoilt = ""
        """What is wrong with its cache, until central has said all again."""

    @property
    def ledger(self) -> Path:
        return self.disk.folder / "ledger.sqlite3"

    @property
    def heard_ns(self) -> int:
        """When something from central last arrived here."""
        client = self.broker.road(self.name)
        return client.heard_ns

    def opened(self) -> None:
        if self.strike is not None:
            (delay_ns, hit), self.strike = self.strike, None
            self.world.after(delay_ns, hit)

    @property
    def closed(self) -> bool:
        """Nobody comes: with an older card it has not heard of central yet."""
        first_ns = self.broker.road(self.name).acknowledged_ns
        unproven = first_ns is None or self.world.now_ns - first_ns < FINISHED_NS
        return self.forked and unproven

    def sells_nothing(self) -> str:
        """Why it must refuse everybody now, as far as the simulation knows; else empty."""
        if self.damaged or self.forked:
            return self.damaged or "an old card was put back"
        road = self.broker.road(self.name)
        if self.cache_spoilt and road.directives == 0:
            return self.cache_spoilt
        full_ns = self.disk.full_since_ns
        if full_ns is not None and self.world.now_ns - full_ns > FINISHED_NS:
            return "its disk is full"
        return ""

    def boot(self) -> None:
        """Start the gateway, if it is not running. Its machine may die while it starts."""
        if self.life is not None:
            return
        self.clock.boot()
        life = Life(self)
        self.life = life
        life.guarded(life.begin)
        if life.alive:
            self.witness.started(self)

    def crash(self, why: str, *, power: bool = True) -> None:
        if self.life is not None:
            self.life.die(why, power=power)

    def wake(self) -> None:
        if self.life is not None:
            self.life.wake()
