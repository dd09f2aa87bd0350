"""A filling station: its pumps and disk, and the gateway process that comes and goes."""

import logging
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from gateway.config.types import GatewayConfig
from gateway.core.session import State
from gateway.core.units import NS_PER_MS, NS_PER_S, Calibration
from gateway.runtime.gateway import Gateway
from gateway.runtime.made_of import MadeOf
from gateway.store.errors import StoreError
from hardware.assemble import Hardware, PumpUnit
from simulation.broker import Broker
from simulation.devices import Lamps, PartyClock, Reader, Switch
from simulation.disk import Disk, Mounted, ledger_on
from simulation.pump import Driver, Physics
from simulation.turned import RETRY_NS, NoStatus, TurnedKeeper, TurnedLink, TurnedWaiting, on
from simulation.world import Crashed, World

log = logging.getLogger(__name__)

FINISHED_NS = 120 * NS_PER_S
"""Whoever was allowed to fill before has by then lifted the nozzle, or lost the turn."""
LATE_NS = 15 * NS_PER_MS
"""A loop that sleeps comes so late: what is due within that time is done in one turn."""
EMPTY_POLLS = 4
"""After so many a reader has told all that it has to tell."""
QUIET = frozenset({State.IDLE, State.FAULTED, State.EMERGENCY_STOP})


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


class Life:
    """One run of the gateway's process."""

    keeper: TurnedKeeper
    link: TurnedLink | None = None

    def __init__(self, station: Station) -> None:
        self.station, self.world = station, station.world
        self.alive = True
        self.gateway: Gateway | None = None
        self._drivers: list[Driver] = []
        self._waiting: TurnedWaiting | None = None
        self._turn_ns: int | None = None
        self._writer_awaited = False

    def begin(self) -> None:
        try:
            self.gateway = Gateway(self.station.config, self._made_of())
        except (StoreError, OSError) as error:
            self.world.tell(self.station.name, "process", f"does not start: {error}")
            self.die("did not start", power=False)
            self.world.after(RETRY_NS, self.station.boot)
            return
        self.gateway.loop.begin()
        self.world.tell(self.station.name, "process", f"started: {self.gateway.summary}")
        self.wake()

    def at(self, at_ns: int, call: Callable[[], None]) -> None:
        """Later, unless this process is dead by then."""
        self.world.at(at_ns, lambda: self.guarded(call) if self.alive else None)

    def guarded(self, call: Callable[[], None]) -> None:
        with self.station.mounted.of(self.station.disk):
            try:
                call()
            except Crashed as crash:
                self.world.fault(self.station.name, f"power cut {crash}")
                self.die(f"power cut {crash}", power=True)
                self.world.after(self.restart_ns(), self.station.boot)
            except Exception:
                # It may have died while its writer waited for the disk; then nobody minds.
                if self.alive:
                    raise

    def restart_ns(self) -> int:
        return self.world.chance(f"restart {self.world.now_ns}").randrange(5, 300) * 10**9

    def wake(self) -> None:
        self._turn_due(self.world.now_ns)

    def writer_due(self) -> None:
        if not self._writer_awaited:
            self._writer_awaited = True
            self.at(self.world.now_ns + self.station.disk.latency_ns, self._write)

    def die(self, why: str, *, power: bool) -> None:
        """All that is in memory is gone; what is on disk stays as it is."""
        if not self.alive:
            return
        self.alive = False
        station = self.station
        station.life = None
        self.world.tell(station.name, "process", f"ends: {why}")
        for driver in self._drivers:
            driver.die(power=power)
        for forecourt in station.pumps.values():
            forecourt.nozzle.forget()
        station.stop.forget()
        if self.link is not None:
            self.link.die()
        if self.gateway is not None and self.gateway.ledger is not None:
            with suppress(Exception):
                self.gateway.ledger.close()
        station.witness.ended(station)

    def _made_of(self) -> MadeOf:
        keeper = type("StationsKeeper", (TurnedKeeper,), {"life": self})
        link = type(
            "StationsLink",
            (TurnedLink,),
            {"life": self, "connection": on(self.station.broker)},
        )
        return MadeOf(
            hardware=self._hardware,
            ledger=ledger_on(self.station.disk),
            keeper=keeper,
            link=link,
            status=NoStatus,  # type: ignore[arg-type]
            people_s=lambda: 0.0,
            waiting=self._wait_with,
        )

    def _wait_with(self, inbox: Any) -> TurnedWaiting:
        self._waiting = TurnedWaiting(inbox)
        return self._waiting

    def _hardware(self, *_: object, **__: object) -> Hardware:
        units = {number: self._unit(number) for number in self.station.pumps}
        return Hardware(self.station.clock, self.station.stop, units, ExitStack())

    def _unit(self, number: int) -> PumpUnit:
        station, forecourt = self.station, self.station.pumps[number]
        driver = Driver(
            self.world,
            forecourt.physics,
            opens=lambda limit, now: self._opens(number, limit, now),
            raises=lambda limit, began: station.witness.raises(station, number, limit, began),
        )
        self._drivers.append(driver)
        forecourt.reader.empty_polls = 0
        return PumpUnit(forecourt.reader, driver, forecourt.nozzle, forecourt.lamps)

    def _opens(self, pump: int, limit_pulses: int, counted: int) -> None:
        self.station.witness.opens(self.station, pump, limit_pulses, counted)
        self.station.opened()

    def _turn_due(self, at_ns: int) -> None:
        if self._turn_ns is None or at_ns < self._turn_ns:
            self._turn_ns = at_ns
            self.at(at_ns, lambda: self._turn(at_ns))

    def _turn(self, at_ns: int) -> None:
        if self._turn_ns != at_ns or self.gateway is None or self._waiting is None:
            return
        self._turn_ns = None
        self.gateway.loop.turn()
        if self._waiting.took:
            self.wake()
        elif not self._quiet():
            self._turn_due(self.station.clock.world_ns(self._waiting.until_ns) + LATE_NS)

    def _quiet(self) -> bool:
        """Turns would only find what they found before, until something comes from outside."""
        assert self.gateway is not None  # noqa: S101
        for number, desk in self.gateway.desks.items():
            reader = self.station.pumps[number].reader
            if (
                desk.session.state not in QUIET
                or desk.wake_ns is not None
                or reader.uid is not None
                or reader.empty_polls < EMPTY_POLLS
            ):
                return False
        return True

    def _write(self) -> None:
        self._writer_awaited = False
        self.keeper.serve()
        if self.keeper.waiting:
            self.writer_due()
        elif self.keeper.refused:
            self._writer_awaited = True
            self.at(self.world.now_ns + RETRY_NS, self._write_again)
        self.wake()

    def _write_again(self) -> None:
        self._writer_awaited = False
        self.keeper.retry()
        if self.keeper.waiting or self.keeper.refused:
            self.writer_due()
        self.wake()
