"""What a gateway writes when it starts: that it is back, and what a crash left unsaid."""

import logging
import secrets
from collections.abc import Callable, Container, Mapping
from contextlib import closing
from types import MappingProxyType

from gateway import VERSION
from gateway.config.load import configuration_hash
from gateway.config.types import GatewayConfig
from gateway.core.facts import CounterReading, Fact, GatewayBooted
from gateway.core.log import Entry
from gateway.core.meters import NEW, in_force
from gateway.core.open_draw import OpenDraw, OpenFill, drawn, drawn_unseen
from gateway.core.recounting import taken_ml
from gateway.core.recovery import ENDED_BY, close_counted, close_estimated
from gateway.core.units import NS_PER_MS
from gateway.runtime.allocating import Allocating
from gateway.runtime.holdings import Holdings
from gateway.runtime.jobs import Job
from gateway.runtime.pump_rules import configured_ratio
from gateway.runtime.settling import NONE_UNCOUNTED, Settling
from gateway.runtime.shelf import Shelf
from gateway.runtime.trust import Trust
from gateway.runtime.wall import WallClock
from gateway.runtime.witnessing import UNWITNESSED, Testimony
from gateway.store.errors import LedgerInUse, StoreError, StoreFailed
from gateway.store.ledger import Ledger
from hardware.clock import MachineClock
from mqtt.keys import KeyRefused

log = logging.getLogger(__name__)

NO_COUNTERS: Mapping[int, CounterReading] = MappingProxyType({})
NO_KEYS: frozenset[int] = frozenset()


def must_confirm(config: GatewayConfig, testimony: Testimony) -> bool:
    """Nothing is sold before central has acknowledged this very start."""
    return config.gateway.unwitnessed_offline_boot == "refuse" and not testimony.same


class Recovery:
    """Says that we are back, then closes what was open when the power or the gateway went.

    Power may be cut, or the disk be full, at any moment of this: it goes on where it ended.
    """

    def __init__(
        self,
        ledger: Ledger,
        allocating: Allocating,
        trust: Trust,
        config: GatewayConfig,
        wall: WallClock,
        uptime_ms: int,
        *,
        holdings: Holdings,
        counters: Mapping[int, CounterReading],
        testimony: Testimony,
        keys_on: Container[int] = NO_KEYS,
        last_alive: str | None = None,
        uncounted_ms: Mapping[int, int] = NONE_UNCOUNTED,
    ) -> None:
        """`counters`: what co-processors had counted when their pumps were opened; `testimony`:
        what they had witnessed; `keys_on`: pumps whose bypass key is turned now; `last_alive`:
        UTC text of the newest time that the ledger knows; `uncounted_ms`: for how long
        co-processors may have missed pulses with every valve shut."""
        self._holdings = holdings
        self._counters = counters
        meters = holdings.balance.meters
        self._ratios = {
            pump.number: in_force(meters.get(pump.number, NEW), configured_ratio(pump))
            for pump in config.pumps
        }
        self._settling = Settling(
            config,
            wall,
            self._ratios,
            counters,
            keys_on=keys_on,
            last_alive=last_alive,
            uncounted_ms=uncounted_ms,
        )
        self._settled: set[int] = set()
        self._ledger = ledger
        self._allocating = allocating
        self._trust = trust
        self._wall = wall
        self._uptime_ms = uptime_ms
        self._single = any(
            pump.pins is not None and pump.pins.timer_feed is None and pump.limiter == "timer"
            for pump in config.pumps
        )
        self._configuration = configuration_hash(config)
        self._testimony = testimony
        refuses = must_confirm(config, testimony)
        self._challenge = secrets.token_hex(8) if refuses else None
        self._said_booted = False

    def go_on(
        self, commit: Callable[[Job], list[Entry]], learn: Callable[[list[Entry]], None]
    ) -> None:
        """`learn` is told all that is written. StoreError: call again when there may be room."""

        def say(facts: list[Fact], drop_session: int | None = None) -> None:
            now = self._wall.now()
            learn(
                commit(
                    Job(
                        facts=[(fact, now) for fact in facts],
                        drop_session=drop_session,
                        seal=drop_session is not None,
                        before_notes=True,
                    )
                )
            )

        if not self._said_booted:
            say([self._booted(), *self._testimony.differed])
            self._said_booted = True
        for row in self._ledger.open_sessions():
            say(self._closing(row), row.pump)
        for pump in self._ratios:
            if pump not in self._settled:
                facts = self._settling.facts(pump, self._holdings.balance)
                if facts:
                    say(facts)
                self._settled.add(pump)
        self._allocating.catch_up(say)
        news = self._trust.unsaid(self._allocating.epoch, self._allocating.position[0])
        if news:
            say(list(news))
            self._trust.take(news)

    def _booted(self) -> Fact:
        return GatewayBooted(
            boot=self._ledger.boot,
            version=VERSION,
            uptime_ms=self._uptime_ms,
            clock=self._wall.quality,
            configuration_hash=self._configuration,
            unwitnessed=not self._testimony.same,
            challenge=self._challenge,
            single_channel=self._single,
        )

    def _closing(self, row: OpenFill) -> list[Fact]:
        counter, ratio = self._counters.get(row.pump), self._ratios.get(row.pump)
        volume_ml = taken_ml(row, counter, ratio) if ratio is not None else None
        if isinstance(row, OpenDraw):
            words = "a draw at pump %d is closed; nobody is charged for it"
            log.warning(words, row.pump, extra={"event": "draw_closed", "pump": row.pump})
            if counter is None or volume_ml is None:
                return [drawn_unseen(row, row.metered_ml, ended_by=ENDED_BY)]
            return [drawn(row, volume_ml, ended_by=ENDED_BY, counter_end=counter)]
        if counter is not None and volume_ml is not None:
            words = "fill %s: %d ml, as counted"
            told = (row.sale, volume_ml)
            log.warning(words, *told, extra={"event": "fill_recovered", "pump": row.pump})
            return close_counted(
                row,
                volume_ml,
                counter,
                boot=self._ledger.boot,
                uptime_ms=self._uptime_ms,
                clock=self._wall.quality,
            )
        words = "fill %s at pump %d is closed as estimated"
        log.warning(words, row.sale, row.pump, extra={"event": "fill_estimated", "pump": row.pump})
        return close_estimated(
            row,
            boot=self._ledger.boot,
            uptime_ms=self._uptime_ms,
            clock=self._wall.quality,
            counted=False,
            single_channel=self._single,
        )


def recover(
    shelf: Shelf,
    config: GatewayConfig,
    wall: WallClock,
    uptime_ms: int,
    counters: Mapping[int, CounterReading] = NO_COUNTERS,
    testimony: Testimony = UNWITNESSED,
    keys_on: Container[int] = NO_KEYS,
    uncounted_ms: Mapping[int, int] = NONE_UNCOUNTED,
) -> Recovery | None:
    """Recover before anything else is started. Nothing to do where the ledger is damaged.

    On a full disk, what the keeper is to go on with; it has said why in the log. StoreFailed
    if the ledger must be opened again.
    """
    ledger, allocating = shelf.ledger, shelf.allocating
    if ledger is None or allocating is None:
        return None
    recovery = Recovery(
        ledger,
        allocating,
        shelf.trust,
        config,
        wall,
        uptime_ms,
        holdings=shelf.holdings,
        counters=counters,
        testimony=testimony,
        keys_on=keys_on,
        last_alive=shelf.newest.time,
        uncounted_ms=uncounted_ms,
    )

    def commit(job: Job) -> list[Entry]:
        return shelf.holdings.commit(
            lambda facts: ledger.commit(facts, drop_session=job.drop_session, seal=job.seal),
            job.facts,
            drop_session=job.drop_session,
        )

    try:
        recovery.go_on(commit, shelf.learn)
    except StoreFailed as error:
        if error.reopen:
            raise
        words = "nothing is sold until this start is in the ledger: %s"
        log.error(words, error, extra={"event": "start_not_recorded"})
        return recovery
    return None


def recover_without_devices(config: GatewayConfig) -> None:
    """A device is absent, so the gateway does not start; close all the same what was open.

    Each start is tried again and again by the system, so nothing is written where no fill is
    open. Of a simulated forecourt the time is not known without it.
    """
    if config.hardware.kind != "raspberry-pi":
        return
    clock = MachineClock()
    wall = WallClock(clock, config.gateway.city_timezone)
    try:
        with closing(Shelf(config, wall)) as shelf:
            if shelf.ledger is not None and shelf.ledger.open_sessions():
                recover(shelf, config, wall, clock.monotonic_ns() // NS_PER_MS)
    except (StoreError, LedgerInUse, KeyRefused, OSError) as error:
        log.error("open fills are not closed yet: %s", error, extra={"event": "fills_not_closed"})
