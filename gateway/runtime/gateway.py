"""A gateway put together: hardware first and shut, then what is on disk, then the network."""

import gc
import signal
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Empty

from gateway.config.types import GatewayConfig
from gateway.core.facts import TYPE_OF, EmergencyStopChanged, GrantActivated
from gateway.core.log import Entry
from gateway.core.units import NS_PER_MS
from gateway.runtime.asking import Asking
from gateway.runtime.control import Answer
from gateway.runtime.inbox import Inbox
from gateway.runtime.look_up import LookUp
from gateway.runtime.loop import Loop
from gateway.runtime.made_of import MadeOf
from gateway.runtime.network import Network
from gateway.runtime.opening import (
    battery_clock_s,
    open_books,
    open_desks,
    open_hardware,
    open_vouching,
    read_counters,
    read_uncounted_ms,
    turned_keys,
)
from gateway.runtime.pruner import Pruner
from gateway.runtime.recent import Recent
from gateway.runtime.recovering import recover
from gateway.runtime.renewing import have_certificate, renew_by_itself
from gateway.runtime.requested import Requested
from gateway.runtime.requests import Request
from gateway.runtime.shelf import Shelf
from gateway.runtime.small_display import shown_small_too
from gateway.runtime.snapshots import Snapshots
from gateway.runtime.supplied import Supplied
from gateway.runtime.surroundings import look_out
from gateway.runtime.till import Till
from gateway.runtime.totals import Totals
from gateway.runtime.unfinished import finish_in_time
from gateway.runtime.upkeep import Upkeep
from gateway.runtime.waiting import waiting_with
from gateway.runtime.wall import WallClock
from gateway.runtime.witnessing import hear
from gateway.store.ledger import Ledger

LAST_ANSWER_S = 10.0
"""A store that is silent for longer does not keep the gateway from ending."""


class Gateway:
    """Opens everything when created, valves shut; `run` serves until it is told to stop."""

    def __init__(self, config: GatewayConfig, made_of: MadeOf | None = None) -> None:
        """HardwareError, KeyRefused, LedgerInUse, OSError: what is wrong and what to check."""
        self._config = config
        self._made_of = made_of or MadeOf()
        self._inbox: Inbox = Inbox()
        self._follow: list[Callable[[list[Entry]], None]] = []
        """Who else, once it is made, is told of new entries in the loop's thread."""
        with ExitStack() as opened:
            self._hardware = open_hardware(config, self._made_of.hardware)
            opened.callback(self._hardware.close)
            self._wall = WallClock(self._hardware.clock, config.gateway.city_timezone)
            self._shelf = Shelf(config, self._wall, self._made_of.ledger)
            self._wall.carried(battery_clock_s(self._hardware))
            opened.callback(self._shelf.close)
            uptime_ms = self._hardware.clock.monotonic_ns() // NS_PER_MS
            counters = read_counters(self._hardware)
            testimony = hear(self._hardware.witnesses, self._shelf)
            keys_on = turned_keys(self._hardware)
            unfinished = recover(
                self._shelf,
                config,
                self._wall,
                uptime_ms,
                counters,
                testimony,
                keys_on,
                read_uncounted_ms(self._hardware),
            )
            self._books = open_books(
                config, self._shelf, self._wall, self._hardware.clock, testimony
            )
            self._vouching = open_vouching(self._hardware, self._shelf, testimony)
            self._keeper = self._made_of.keeper(
                self._shelf.ledger,
                self._inbox,
                self._committed,
                holdings=self._shelf.holdings,
                blocked=self._books.stoppage.store_blocked,
                now=self._wall.now,
            )
            self._books.stoppage.watch_store(lambda: self._keeper.slow)
            opened.callback(self._keeper.stop)
            if self._shelf.ledger is not None:
                pruner = Pruner(self._shelf.ledger, self._keeper, config, self._wall)
                self._keeper.run(pruner.hold_back)
                self._keeper.when_idle(pruner.step)
            self._asking = Asking(self._books, self._keeper, self._wall, self._hardware.clock)
            self._till = self._open_till()
            if unfinished is not None:
                finish_in_time(unfinished, self._keeper, self._books)
            self._network = self._open_network()
            if self._network is not None:
                self._network.start()
                opened.callback(self._network.stop)
                opened.callback(renew_by_itself(config, self._shelf.private, self._network))
            status = self._made_of.status(Path(config.gateway.status_socket))
            opened.callback(status.close)
            self.desks = open_desks(config, self._hardware, self._shelf, self._till, keys_on)
            note = self._till.note_fact
            totals = Totals(
                self.desks,
                self._books,
                config.totalisers,
                self._hardware.clock,
                note=note,
                busy=lambda: self._keeper.outstanding,
            )
            self._requested = Requested(
                self.desks,
                self._books,
                self._keeper,
                self._hardware.clock,
                config.totalisers,
                self._shelf.holdings,
                self._till.fills,
            )
            look_up = LookUp(self._books)
            recent = Recent(look_up.plate, look_up.left_ml)
            snapshots = Snapshots(
                config.gateway.name,
                self.desks,
                books=self._books,
                keeper=self._keeper,
                wall=self._wall,
                network=self._network,
                publish=shown_small_too(status.publish, config, self._hardware.pumps),
                recent=recent,
                signing_in=self._requested.waits,
                pairing=self._requested.pairing,
                declarations=self._requested.declarations,
                surroundings=look_out(config, self._hardware, opened),
                now_s=self._made_of.people_s,
            )
            self._follow += [totals.committed, self._requested.committed]
            self._follow += [recent.committed, snapshots.counts.committed]
            supplied = Supplied(self._hardware, self.desks, self._books.stoppage, note)
            upkeep = Upkeep(self._shelf.holdings, self._keeper, self._wall, self._hardware.clock)

            def turn() -> None:
                for each in (supplied, snapshots, upkeep, self._asking, totals):
                    each.turn()
                self._vouching.turn()
                self._requested.turn()

            self.loop = Loop(
                self.desks,
                self._hardware.emergency_stop,
                self._hardware.clock,
                self._inbox,
                waiting_with(self._hardware.clock, self._inbox, self._network, self._keeper),
                on_emergency_stop=lambda pressed: note(EmergencyStopChanged(pressed=pressed)),
                on_turn=turn,
                due_ns=self._vouching.due_ns,
            )
            self._opened = opened.pop_all()

    def __enter__(self) -> "Gateway":
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    @property
    def ledger(self) -> Ledger | None:
        """None where it is damaged."""
        return self._shelf.ledger

    def ask(self, request: Request, answer: Callable[[Answer], None]) -> None:
        """Do what a person at this machine asks for, in the loop's thread; from any thread."""
        self._inbox.put(lambda: self._requested.take(request, answer))

    @property
    def summary(self) -> str:
        """One line: who, which pumps, and what keeps them from selling, if anything does."""
        pumps = ", ".join(f"{p.number} ({p.product})" for p in self._config.pumps)
        blocked = self._books.stoppage.blocked
        why = f"; sells nothing: {blocked}" if blocked else ""
        return f"{self._config.gateway.name}, pumps {pumps}{why}"

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT, then end in an orderly way."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self.loop.stop())
        # What is alive now stays alive: the collector need not look at it again in mid-fill.
        gc.collect()
        gc.freeze()
        self.loop.run(ready)
        self._hear_the_store_out()
        if self._network is not None:
            self._network.deliver(self._books.head)

    def _hear_the_store_out(self) -> None:
        """Take its last answers too, so that what was noted at the very end is delivered."""
        with suppress(Empty):
            while self._keeper.outstanding:
                self._inbox.get(timeout=LAST_ANSWER_S)()

    def _open_till(self) -> Till:
        ledger = self._shelf.ledger
        return Till(
            self._books,
            self._keeper,
            asking=self._asking,
            wall=self._wall,
            clock=self._hardware.clock,
            incarnation=ledger.seals.signer.incarnation if ledger is not None else "",
            boot=ledger.boot if ledger is not None else 0,
            next_session_no=ledger.next_session_no if ledger is not None else lambda: 0,
            vouch=self._vouching.vouch,
        )

    def _committed(self, entries: list[Entry]) -> None:
        self._books.committed(entries)
        self._vouching.committed(entries, self._books.balance.high_water)
        for follow in self._follow:
            follow(entries)
        if any(entry.type == TYPE_OF[GrantActivated] for entry in entries):
            for desk in self.desks.values():
                desk.grants_changed()
        if self._network is not None:
            self._network.wake()

    def _open_network(self) -> Network | None:
        shelf = self._shelf
        if shelf.ledger is None or shelf.allocating is None:
            return None
        have_certificate(self._config, shelf.private)
        return Network(
            self._config.mqtt,
            shelf.ledger,
            shelf.allocating,
            shelf.trust,
            books=self._books,
            forked=self._till.forked,
            keeper=self._keeper,
            inbox=self._inbox,
            wall=self._wall,
            make_link=self._made_of.link,
        )
