"""A gateway's day without hardware: `python workload.py STATE none|WEAKNESS`.

Two boots of the real shelf, recovery, books, writer and allocation: fills on two pumps with
top-ups, refusals, directives with grants, acknowledgements, two prunings with their exports,
a release, and a fill left open; and taps at a third party's pump, declared in the second boot.
"""

import dataclasses
import logging
import sys
from functools import partial
from pathlib import Path

import msgspec
from msgspec.structs import replace

from gateway.config.types import GatewayConfig
from gateway.core import actions as a
from gateway.core.decision import Allowed
from gateway.core.events import ReservationDurable
from gateway.core.log import Entry
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Reason
from gateway.core.session import Fill
from gateway.runtime.asking import Asking
from gateway.runtime.books import Books
from gateway.runtime.control import Answer
from gateway.runtime.declaring import Declaring
from gateway.runtime.recovering import recover
from gateway.runtime.requests import CancelDeclaration, Declare, Typed
from gateway.runtime.shelf import Shelf
from gateway.runtime.till import Till
from gateway.runtime.wall import WallClock
from gateway.store.pruning import export_before, next_checkpoint
from tests.gateway.runtime.devices import HandClock
from tests.gateway.runtime.office import Listener
from tests.gateway.runtime.samples import (
    CARD,
    OTHER,
    OTHER_UID,
    PRICE,
    UID,
    directives,
    grant,
)
from tests.gateway.runtime.theirs import PLACE
from tests.gateway.runtime.writing import Writing
from tests.gateway.store.samples import INCARNATION, SUBJECT
from tests.power.place import UPTIME_MS, config_of, first_directives, opened
from tests.power.saying import say, say_promises
from tests.power.weak import weaken

HOLDER = {UID: SUBJECT, OTHER_UID: OTHER}
ML_PER_PULSE = 10
PRUNED_AT_ONCE = 12
ALL_OLD = 10**6


def second_directives() -> list[Entry]:
    """A grant for the first vehicle, and a new price."""
    price = msgspec.structs.replace(PRICE, price_idr_per_l=13_100, version=4)
    return directives(grant(3, 9000), price, after=first_directives()[-1])


def third_directives() -> list[Entry]:
    """A lost card, and a grant for the second vehicle."""
    lost = msgspec.structs.replace(CARD, status="lost")
    return directives(lost, grant(4, 12_000, subject=OTHER), after=second_directives()[-1])


def all_directives() -> list[Entry]:
    """As central would send them from the first."""
    return [*first_directives(), *second_directives(), *third_directives()]


class Station:
    """One boot: what the runtime has between pumps and disk, with the test as control loop."""

    def __init__(self, config: GatewayConfig, shelf: Shelf, wall: WallClock) -> None:
        assert shelf.ledger is not None
        assert shelf.allocating is not None
        recover(shelf, config, wall, UPTIME_MS)
        self._wall, self._ledger, self._allocating = wall, shelf.ledger, shelf.allocating
        clock = HandClock()
        self.books = Books(
            gateway=config.gateway.name,
            balance=shelf.balance,
            allocation=None,
            wall=wall,
            clock=clock,
            head=shelf.ledger.head.sequence,
            state_dir=shelf.state_dir,
            free_floor_bytes=1,
            products={1: "pertamax", 2: "pertamax", 3: "pertamax"},
        )
        self.books.allocation_changed(shelf.allocating)
        self._writing = Writing()
        self._keeper = self._writing.keeper(
            shelf.ledger, self.books.committed, holdings=shelf.holdings
        )
        self.till = Till(
            self.books,
            self._keeper,
            asking=Asking(self.books, self._keeper, wall, clock),
            wall=wall,
            clock=clock,
            incarnation=INCARNATION,
            boot=shelf.ledger.boot,
            next_session_no=shelf.ledger.next_session_no,
        )
        self.desks = {number: Listener(number, clock, self.till) for number in (1, 2, 3)}
        theirs = self.desks[3]
        rules = dataclasses.replace(theirs.session.rules, third_party=PLACE)
        theirs.session = replace(theirs.session, rules=rules)
        self._declaring = Declaring(self.books, self._keeper, shelf.holdings, self.till.fills)

    def start(self, pump: int, uid: str, reserved_ml: int) -> Fill:
        fill = self._fill(pump, uid)
        self.reserve(pump, fill, reserved_ml, 0)
        return fill

    def _fill(self, pump: int, uid: str) -> Fill:
        allocation = self.books.allocation
        assert allocation is not None
        card, subject = allocation.card(uid), allocation.subject(HOLDER[uid])
        assert card is not None
        assert subject is not None
        price = allocation.price("pertamax")
        assert price is not None
        allowed = Allowed(card, subject, price, 20_000, Reason.LIMIT_FILL, 40_000)
        return Fill(allowed, self.desks[pump].session.pulses_total, 0)

    def tap(self, uid: str, reserved_ml: int) -> None:
        """At the third party's pump, which may give it from then on."""
        theirs = self.desks[3]
        self.till.reserve(theirs, a.Reserve(self._fill(3, uid), reserved_ml, 0))
        self._settle()
        assert theirs.heard.pop() == ReservationDurable(reserved_ml)
        say(reserved=self._open(uid), volume_ml=reserved_ml)

    def declare(self, uid: str, volume_ml: int, receipt: str) -> None:
        """Its attendant does, once the boot before is over too."""
        sale, typed = self._open(uid), Typed(receipt, volume_ml, "Ama")
        self._ask(Declare(sale, typed, typed))
        say(flow=sale, volume_ml=volume_ml)

    def cancel(self, uid: str) -> None:
        self._ask(CancelDeclaration(self._open(uid), "Ama"))

    def _open(self, uid: str) -> str:
        held = self.books.balance.reservations.values()
        return next(each.sale for each in held if each.card == uid)

    def _ask(self, request: Declare | CancelDeclaration) -> None:
        answers: list[Answer] = []
        self._declaring.take(request, answers.append)
        self._settle()
        assert answers[0].done is not None

    def reserve(self, pump: int, fill: Fill, reserved_ml: int, metered_ml: int) -> None:
        self.till.reserve(self.desks[pump], a.Reserve(fill, reserved_ml, metered_ml))
        self._settle()
        # What was reserved has been promised; all of it may flow, and here it does.
        say(flow=self._sale(pump), volume_ml=reserved_ml)

    def _sale(self, pump: int) -> str:
        row = self.books.rows[pump]
        assert isinstance(row, OpenSession)
        return row.sale

    def sell(self, pump: int, fill: Fill, volume_ml: int) -> None:
        self.desks[pump].count(volume_ml // ML_PER_PULSE)
        ended = replace(fill, opened=True, end_pulses=self.desks[pump].session.pulses_total)
        # The valve is shut: from here the sale, and no longer the reservation, is what flowed.
        say(flow=self._sale(pump), volume_ml=volume_ml)
        self.till.record_sale(self.desks[pump], a.RecordSale(ended, volume_ml, "nozzle_hung"))
        self._settle()

    def release(self, pump: int, fill: Fill) -> None:
        say(flow=self._sale(pump), volume_ml=0)
        self.till.release(self.desks[pump], a.Release(replace(fill, end_pulses=0)))
        self._settle()

    def refuse(self, pump: int, number: int) -> None:
        uid = f"{number:08X}"
        self.till.note(self.desks[pump], a.RecordRefusal(Reason.UNKNOWN_CARD, uid))
        self._settle()

    def arrive(self, arrived: list[Entry]) -> None:
        keeper, wall = self._keeper, self._wall
        keeper.run(lambda: self._allocating.arrived(arrived, keeper, wall, self._changed))
        self._settle()
        assert self._allocating.position[0] == arrived[-1].sequence

    def acknowledge(self) -> None:
        ledger = self._ledger
        self._keeper.acknowledge(ledger.head.sequence, epoch=ledger.seals.signer.epoch)
        self._settle()

    def prune(self) -> None:
        """As the pruner does, in smaller steps; the export is in the folder whose power is cut."""
        ledger, keeper, now = self._ledger, self._keeper, self._wall.now()

        def work() -> None:
            checkpoint = next_checkpoint(ledger, self._wall.zone, ALL_OLD, PRUNED_AT_ONCE)
            assert checkpoint is not None
            export_before(ledger, checkpoint, ledger.path.parent)
            entries = keeper.durably(partial(ledger.prune, checkpoint, now))
            keeper.answer(lambda: keeper.tell_committed(entries))

        keeper.run(work)
        self._settle()

    @property
    def pruned_with_a_tap(self) -> bool:
        checkpoint = self._ledger.checkpoint()
        return checkpoint is not None and len(checkpoint.balance["reservations"]) == 1

    def stop(self) -> None:
        self._settle()
        self._writing.stop()

    def _changed(self) -> None:
        self.books.allocation_changed(self._allocating)

    def _settle(self) -> None:
        self._writing.settle(self._keeper)


def morning(station: Station) -> None:
    station.refuse(1, 1)
    first = station.start(1, UID, 4000)
    station.reserve(1, first, 8000, 3000)
    station.sell(1, first, 7000)
    station.acknowledge()
    station.arrive(second_directives())
    other = station.start(2, OTHER_UID, 4000)
    for number in range(2, 9):
        station.refuse(1, number)
    second = station.start(1, UID, 20_000)
    station.reserve(2, other, 9000, 3500)
    station.reserve(1, second, 36_000, 19_000)
    station.sell(1, second, 35_500)
    station.acknowledge()
    station.prune()
    station.release(1, station.start(1, UID, 1000))
    station.tap(UID, 3000)
    station.sell(2, other, 8800)
    for number in range(9, 24):
        station.refuse(2, number)
    left = station.start(2, OTHER_UID, 4000)
    station.reserve(2, left, 6000, 2500)


def afternoon(station: Station) -> None:
    station.acknowledge()
    station.tap(OTHER_UID, 2000)
    station.arrive(third_directives())
    third = station.start(2, OTHER_UID, 5000)
    station.acknowledge()
    station.reserve(2, third, 9000, 4000)
    station.prune()
    assert station.pruned_with_a_tap
    station.sell(2, third, 8200)
    station.declare(UID, 2500, "A-1")
    station.cancel(OTHER_UID)


def main(state: Path, weakness: str) -> None:
    logging.disable(logging.ERROR)
    say_promises(weaken(weakness))
    config = config_of(state.parent, state)
    for part in (morning, afternoon):
        with opened(config) as (shelf, wall):
            station = Station(config, shelf, wall)
            part(station)
            station.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
