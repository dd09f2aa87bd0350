"""Whatever is tapped, filled, declared, cancelled and recalled in any order: no grant is passed."""

from collections.abc import Sequence

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from gateway.audit.declarations import Declarations
from gateway.audit.grants import Grants
from gateway.audit.tally import Tally
from gateway.core.accounts import Balance
from gateway.core.balance import fold
from gateway.core.declaring import cancelled
from gateway.core.draws import Draw, available_ml, split_over
from gateway.core.facts import (
    FACT_TYPES,
    Charge,
    Fact,
    GrantActivated,
    GrantClosed,
    GrantReported,
    SaleCompleted,
    SaleReserved,
)
from gateway.core.log import Entry
from gateway.core.open_session import OpenSession
from gateway.core.sale import completed
from gateway.runtime.holdings import Holdings, Superseded
from gateway.runtime.jobs import Timed
from tests.core.ledger_of import PERIOD, WITA, entries
from tests.core.third_parties import said, tapped
from tests.gateway.runtime.devices import hand_wall
from tests.gateway.store.samples import GATEWAY, SUBJECT, TIME, grant, session

DRAWS = [Draw("vehicle", SUBJECT)]
MOMENT = TIME, PERIOD
VOLUMES = st.integers(1, 30_000)


class TheirsAndOurs(RuleBasedStateMachine):
    """One vehicle, a pump of ours and one that is not; what the writer's thread judges."""

    taps = Bundle("taps")
    stale = Bundle("stale")

    def __init__(self) -> None:
        super().__init__()
        self.holdings = Holdings(Balance(WITA), [], hand_wall())
        self.ledger: list[Entry] = []
        self.number = self.receipts = self.overrun_ml = self.sold_ml = 0
        self.filling: OpenSession | None = None

    def write(self, facts: Sequence[Timed]) -> list[Entry]:
        added = entries(*(fact for fact, _ in facts), after=len(self.ledger))
        self.ledger += added
        return added

    def commit(self, *facts: Fact, put: OpenSession | None = None, drop: int | None = None) -> None:
        timed = [(fact, TIME) for fact in facts]
        self.holdings.commit(self.write, timed, put_session=put, drop_session=drop)

    @property
    def balance(self) -> Balance:
        return self.holdings.balance

    def wanted(self, volume_ml: int) -> list[Charge]:
        """As a tap would have it; less where there is less."""
        reserved = self.holdings._reserved()
        left_ml = available_ml(self.balance, DRAWS, MOMENT, reserved)
        return split_over(self.balance, DRAWS, min(volume_ml, left_ml), MOMENT, reserved)

    @rule(volume_ml=VOLUMES)
    def granted(self, volume_ml: int) -> None:
        self.commit(grant(self.balance.high_water + 1, volume_ml))

    @rule(target=stale, volume_ml=VOLUMES)
    def work_out(self, volume_ml: int) -> list[Charge]:
        """By the loop's thread, which does not know yet what comes before it is written."""
        return self.wanted(volume_ml)

    @rule(target=taps, volume_ml=VOLUMES)
    def tap(self, volume_ml: int) -> object:
        return self.reserve(self.wanted(volume_ml))

    @rule(target=taps, charges=consumes(stale))
    def tap_late(self, charges: list[Charge]) -> object:
        return self.reserve(charges)

    def reserve(self, charges: list[Charge]) -> object:
        self.number += 1
        fact = msgspec.structs.replace(tapped(self.number), reserved=charges)
        try:
            self.commit(fact)
        except Superseded:
            return multiple()
        return fact

    @rule(tap=consumes(taps), volume_ml=st.integers(1, 60_000))
    def declare(self, tap: SaleReserved, volume_ml: int) -> None:
        self.receipts += 1
        beyond_ml = max(0, volume_ml - tap.reserved_ml)
        more = self.holdings.split_up_to(DRAWS, beyond_ml, MOMENT)
        sold, receipt = said(tap, volume_ml, f"{self.receipts}", more)
        self.commit(sold, receipt)
        self.overrun_ml += sold.overrun_ml
        self.sold_ml += volume_ml
        if sold.overrun_ml:
            assert self.wanted(1) == [], "an overrun while there was something left"

    @rule(tap=consumes(taps))
    def cancel(self, tap: SaleReserved) -> None:
        self.commit(cancelled(tap, "Ama", ""))

    @rule(volume_ml=VOLUMES, taken=st.integers(0, 100))
    def fill(self, volume_ml: int, taken: int) -> None:
        """At our own pump: begun, or ended."""
        if self.filling is None:
            self.number += 1
            row = msgspec.structs.replace(session(self.number), reserved=self.wanted(volume_ml))
            self.commit(put=row)
            self.filling = row
            return
        row, self.filling = self.filling, None
        self.commit(*_sold(row, row.reserved_ml * taken // 100), drop=row.pump)
        self.sold_ml += row.reserved_ml * taken // 100

    @rule(grant_no=st.integers(1, 6))
    def recall(self, grant_no: int) -> None:
        self.commit(*self.holdings.taken_up([], [grant_no]))

    @invariant()
    def no_grant_is_passed(self) -> None:
        held: dict[int, int] = {}
        for charge in self.holdings._reserved():
            held[charge.grant_no] = held.get(charge.grant_no, 0) + charge.volume_ml
        for account in self.balance.accounts.values():
            for one in account.grants:
                assert 0 <= one.spent_ml + held.pop(one.grant_no, 0) <= one.volume_ml
        assert held == {}, "of a grant that is closed"

    @invariant()
    def what_was_sold_is_charged(self) -> None:
        charged_ml = sum(
            charge["volume_ml"]
            for entry in self.ledger
            if entry.type == "sale.completed"
            for charge in entry.data["charges"]
        )
        assert charged_ml + self.overrun_ml == self.sold_ml

    def teardown(self) -> None:
        assert fold(Balance(WITA), self.ledger) == self.balance
        tally = Tally()
        grants = Grants(GATEWAY, tally, whole=True)
        declarations = Declarations(tally, grants, whole=True)

        def wrong(code: str, /, **values: object) -> None:
            raise AssertionError((code, values))

        for entry in self.ledger:
            fact = _read(entry)
            match fact:
                case GrantActivated():
                    grants.activated(fact, wrong)
                case SaleCompleted():
                    grants.charged(fact, wrong, wrong)
                case GrantReported():
                    grants.reported(fact, wrong)
                case GrantClosed():
                    grants.closed(fact, wrong)
                case _:
                    pass
            declarations.take(fact, entry.sequence, wrong)
        declarations.compare(self.balance, wrong)


def _sold(row: OpenSession, volume_ml: int) -> list[Fact]:
    if not volume_ml:
        return []
    return [
        completed(
            row,
            volume_ml,
            totaliser_start_ml=0,
            totaliser_end_ml=volume_ml,
            metered_ml=volume_ml,
            estimated=False,
            ended_by="nozzle_hung",
            offline=False,
            clock="good",
            boot=1,
            uptime_ms=1,
        )
    ]


def _read(entry: Entry) -> Fact:
    return msgspec.convert(entry.data, FACT_TYPES[entry.type])


TestTheirsAndOurs = TheirsAndOurs.TestCase
TestTheirsAndOurs.settings = settings(stateful_step_count=30)
