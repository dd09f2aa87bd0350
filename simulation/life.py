"""One run of a gateway's process, turned by the simulation's one thread."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING

from gateway.core.log import Entry
from gateway.core.session import State
from gateway.core.units import NS_PER_MS
from gateway.runtime.desk import Desk
from gateway.runtime.gateway import Gateway
from gateway.runtime.made_of import MadeOf
from gateway.runtime.valve import is_known
from gateway.store.errors import StoreError
from hardware.assemble import Hardware, PumpUnit
from simulation.city import TIMER_HOLD_MS
from simulation.disk import ledger_on
from simulation.pump import Driver
from simulation.turned import RETRY_NS, NoStatus, TurnedKeeper, TurnedLink, on
from simulation.world import HOUR_NS, MINUTE_NS, Crashed

if TYPE_CHECKING:
    from simulation.station import Station

LATE_NS = 15 * NS_PER_MS
"""A loop that sleeps comes so late: what is due within that time is done in one turn."""
FEED_LATE_NS = TIMER_HOLD_MS * NS_PER_MS // 2
"""A timer that is fed three times within its hold may as well be fed once late: it is what most
turns of a fill would do, and nothing else."""
LOOK_EVERY_NS = 4 * HOUR_NS
"""The ledger is looked at so often, whatever happens."""
FIRST_HOUSEWORK_NS, HOUSEWORK_NS = MINUTE_NS, 8 * HOUR_NS
"""The writer keeps house whenever it is idle; here seldom, for little has changed since."""

KINDS = {"sale.completed": "fill", "sale.refused": "refused"}
TOLD = (
    "pump",
    "subject",
    "code",
    "grant_no",
    "period",
    "volume_ml",
    "wanted_ml",
    "spent_ml",
    "why",
    "through",
    "epoch",
    "sale",
    "estimated",
)
"""What a timeline says of an entry's content."""


class Life:
    """One run of the gateway's process."""

    keeper: TurnedKeeper
    link: TurnedLink | None = None

    def __init__(self, station: "Station") -> None:
        self.station, self.world = station, station.world
        self.alive = True
        self.gateway: Gateway | None = None
        self._drivers: list[Driver] = []
        self._look_ns: int | None = None
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
        self._keep_house_after(FIRST_HOUSEWORK_NS)
        self._have_it_looked_at()

    def at(self, at_ns: int, call: Callable[[], None]) -> None:
        """Later, unless this process is dead by then."""
        self.world.at(at_ns, partial(self.guarded, call))

    def guarded(self, call: Callable[[], None]) -> None:
        if not self.alive:
            return
        mounted = self.station.mounted
        before = mounted.mount(self.station.disk)
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
        finally:
            mounted.mount(before)

    def restart_ns(self) -> int:
        return self.world.chance(f"restart {self.world.now_ns}").randrange(5, 300) * 10**9

    def wake(self) -> None:
        self._look_at(self.world.now_ns)

    def told(self) -> None:
        """The control loop wakes if there is anything in its inbox."""
        if not self.keeper.inbox.empty():
            self.wake()

    def recorded(self, entry: Entry) -> None:
        """An entry is durable in the ledger."""
        said = " ".join(
            f"{name}={entry.data[name]}" for name in TOLD if entry.data.get(name) is not None
        )
        kind = KINDS.get(entry.type, "ledger")
        self.world.tell(self.station.name, kind, f"{entry.sequence} {entry.type} {said}")

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
        )

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
        forecourt.reader.forget()
        return PumpUnit(forecourt.reader, driver, forecourt.nozzle, forecourt.lamps)

    def _opens(self, pump: int, limit_pulses: int, counted: int) -> None:
        self.station.witness.opens(self.station, pump, limit_pulses, counted)
        self.station.opened()

    def _look_at(self, at_ns: int) -> None:
        if self._look_ns is None or at_ns < self._look_ns:
            self._look_ns = at_ns
            self.at(at_ns, partial(self._turn, at_ns))

    def _turn(self, at_ns: int) -> None:
        """What the control loop does when something has come, or is due; then it would wait."""
        if self._look_ns != at_ns or self.gateway is None:
            return
        self._look_ns = None
        loop, inbox = self.gateway.loop, self.keeper.inbox
        if not inbox.empty():
            loop.take(inbox.get_nowait())
        loop.look(self._rests)
        if not inbox.empty():
            self.wake()
        elif (due_ns := self._next_due_ns()) is not None:
            self._look_at(self.station.clock.world_ns(due_ns) + LATE_NS)

    def _rests(self, desk: Desk) -> bool:
        forecourt, session = self.station.pumps[desk.number], desk.session
        return (
            session.state is State.IDLE
            and desk.next_deadline_ns() is None
            and forecourt.reader.told
            and forecourt.nozzle.lifted == session.nozzle_lifted
            and is_known(desk.unit.pump.read(), session)
        )

    def _next_due_ns(self) -> int | None:
        """None: looking would find what was found before, until something comes from outside."""
        assert self.gateway is not None  # noqa: S101
        pumps, due = self.station.pumps, []
        for number, desk in self.gateway.desks.items():
            if not pumps[number].reader.told:
                due.append(desk.card_watch.next_poll_ns)
            if (at_ns := desk.next_deadline_ns()) is not None:
                due.append(at_ns)
            if (feed_ns := desk.next_feed_ns()) is not None:
                due.append(feed_ns + FEED_LATE_NS)
        return min(due, default=None)

    def _have_it_looked_at(self) -> None:
        def look() -> None:
            self.station.witness.looks(self.station)
            self._have_it_looked_at()

        self.at(self.world.now_ns + LOOK_EVERY_NS, look)

    def _keep_house_after(self, delay_ns: int) -> None:
        def keep_house() -> None:
            self.station.witness.looks(self.station)
            more = self.keeper.keep_house()
            self._keep_house_after(RETRY_NS if more else HOUSEWORK_NS)
            self.told()

        self.at(self.world.now_ns + delay_ns, keep_house)

    def _write(self) -> None:
        self._writer_awaited = False
        self.keeper.serve()
        if self.keeper.waiting:
            self.writer_due()
        elif self.keeper.refused:
            self._writer_awaited = True
            self.at(self.world.now_ns + RETRY_NS, self._write_again)
        self.told()

    def _write_again(self) -> None:
        self._writer_awaited = False
        self.keeper.retry()
        if self.keeper.waiting or self.keeper.refused:
            self.writer_due()
        self.told()
