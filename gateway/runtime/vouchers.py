"""Numbered paper vouchers, entered when all works again."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.core.allocation import PutPrice, PutSubject
from gateway.core.draws import Draw, Moment
from gateway.core.facts import VoucherEntered
from gateway.core.facts.vouchers import VOUCHER_MODE
from gateway.core.paper_number import paper_number
from gateway.runtime.books import Books
from gateway.runtime.control import Answer
from gateway.runtime.fills import Fills
from gateway.runtime.holdings import Holdings
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.refusals import Refusal, Refused, no_such_pump, not_written
from gateway.runtime.requests import EnterVoucher
from gateway.store.errors import StoreError

log = logging.getLogger(__name__)


MOST_AGE = timedelta(days=92)
"""Papers are entered when the power is back, not when somebody finds one in a drawer."""


@dataclass(frozen=True, slots=True)
class _Given:
    """A voucher, and what the control loop knows of it."""

    request: EnterVoucher
    subject: PutSubject
    price: PutPrice
    draws: list[Draw]
    moment: Moment
    now: str


def _refuse_time(sold: str, now: str) -> None:
    try:
        age = datetime.fromisoformat(now) - datetime.fromisoformat(sold)
    except ValueError as error:
        text = f"given at {sold}: no such time"
        raise Refused(Refusal.TIME_WRONG, text, days=MOST_AGE.days) from error
    if not timedelta(0) <= age <= MOST_AGE:
        raise Refused(
            Refusal.TIME_WRONG,
            f"given at {sold}, and it is {now} now: expected at most {MOST_AGE.days} days before, "
            "and not later; look at the paper's date",
            days=MOST_AGE.days,
        )


class Vouchers:
    """Lives in the control loop's thread; what is left of the grants, the writer's knows."""

    def __init__(
        self, pumps: frozenset[int], books: Books, keeper: Keeper, holdings: Holdings, fills: Fills
    ) -> None:
        self._pumps = pumps
        self._books = books
        self._keeper = keeper
        self._holdings = holdings
        self._fills = fills

    def take(self, request: EnterVoucher, answer: Callable[[Answer], None]) -> None:
        """Answers once it is durable. Whatever the rules would have said: the fuel is gone. Only
        what must be a slip of the pen is refused."""
        try:
            given = self._given(request)
        except Refused as refused:
            answer(refused.answer)
            return
        self._keeper.run(lambda: self._write(given, answer))

    def _given(self, request: EnterVoucher) -> _Given:
        if request.pump not in self._pumps:
            raise no_such_pump(request.pump, self._pumps)
        now = self._books.now()
        _refuse_time(request.sold, now)
        allocation = self._books.allocation
        if allocation is None:
            raise Refused(Refusal.NO_DATA, "no data of vehicles is held here: wait for central")
        product = self._books.product(request.pump)
        try:
            found = allocation.with_plate(request.plate)
            price = allocation.price(product)
        except (StoreError, ValueError) as error:
            text = f"the data of vehicles does not read: {error}"
            raise Refused(Refusal.NO_DATA, text) from error
        if len(found) != 1:
            many = f"{len(found)} vehicles have" if found else "no vehicle has"
            code = Refusal.PLATE_DOUBLE if found else Refusal.PLATE_UNKNOWN
            raise Refused(code, f"{many} the plate {request.plate!r}: look at the paper again")
        if price is None:
            raise Refused(Refusal.NO_PRICE, f"{product} has no price here: wait for central")
        subject = found[0]
        if request.volume_ml > subject.tank_ml:
            raise Refused(
                Refusal.TANK_SMALLER,
                f"{request.volume_ml} ml, but the tank of {subject.plate} holds {subject.tank_ml} "
                "ml: look at the paper again",
                tank_ml=subject.tank_ml,
            )
        draws = self._books.draws(subject, None, request.pump)
        return _Given(request, subject, price, draws, self._books.moment(), now)

    def _write(self, given: _Given, answer: Callable[[Answer], None]) -> None:
        """In the writer's thread."""
        request = given.request
        before = self._holdings.balance.vouchers.get(paper_number(request.serial))
        if before is not None:
            text = f"voucher {request.serial} was entered before: entry {before}"
            known = Refused(Refusal.VOUCHER_KNOWN, text, entry=before).answer
            self._keeper.answer(lambda: answer(known))
            return
        sale = self._fills.unmetered(
            given.subject,
            given.price,
            self._holdings.split_up_to(given.draws, request.volume_ml, given.moment),
            request.volume_ml,
            pump=request.pump,
            mode=VOUCHER_MODE,
            card=None,
            started=request.sold,
        )
        entered = VoucherEntered(
            serial=request.serial,
            sale=sale.sale,
            pump=request.pump,
            subject=sale.subject,
            volume_ml=sale.volume_ml,
            sold=request.sold,
            by=request.by,
        )
        facts = [(sale, given.now), (entered, given.now)]
        try:
            entries = self._keeper.commit(Job(facts=[*facts], seal=True, before_notes=True))
        except StoreError as error:
            log.error(
                "voucher %s: not durable: %s",
                request.serial,
                error,
                extra={"event": "entry_not_durable"},
            )
            failed = not_written(error.code).answer
            self._keeper.answer(lambda: answer(failed))
            return
        done = {
            "sale": sale.sale,
            "subject": sale.subject,
            "plate": given.subject.plate,
            "volume_ml": sale.volume_ml,
            "overrun_ml": sale.overrun_ml,
            "amount_idr": sale.amount_idr,
            "sequence": entries[-1].sequence,
        }
        self._keeper.answer(
            lambda: self._keeper.tell_committed(entries), lambda: answer(Answer(done=done))
        )
