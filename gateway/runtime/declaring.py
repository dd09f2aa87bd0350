"""What third parties' pumps gave, declared by people; or that they gave nothing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from gateway.core.declaring import cancelled, receipt_no, receipt_of, row_of
from gateway.core.draws import Draw, Moment
from gateway.core.facts import Fact, SaleCompleted, SaleReserved
from gateway.runtime.books import Books
from gateway.runtime.control import Answer
from gateway.runtime.fills import Fills
from gateway.runtime.holdings import Holdings
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.look_up import LookUp
from gateway.runtime.open_declarations import OpenDeclarations
from gateway.runtime.refusals import Refusal, Refused, not_written
from gateway.runtime.requests import (
    CancelDeclaration,
    Declare,
    DeclareRequest,
    ListDeclarations,
    Typed,
)
from gateway.store.errors import StoreError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Typed:
    """A receipt that was typed twice alike, and what the control loop knows of its sale."""

    receipt_no: str
    volume_ml: int
    by: tuple[str, str]
    draws: list[Draw]
    moment: Moment


class Declaring:
    """Lives in the control loop's thread; which sales are open, the writer's knows."""

    def __init__(self, books: Books, keeper: Keeper, holdings: Holdings, fills: Fills) -> None:
        self._books = books
        self._keeper = keeper
        self._holdings = holdings
        self._fills = fills
        self._look_up = LookUp(books)
        self.open = OpenDeclarations(books, self._look_up)

    def take(self, request: DeclareRequest, answer: Callable[[Answer], None]) -> None:
        """Answers once it is durable. Whatever the rules say of the volume: the fuel is gone."""
        if isinstance(request, ListDeclarations):
            shown = [msgspec.to_builtins(each) for each in self.open]
            answer(Answer(done={"declarations": shown}))
            return
        try:
            said = self._typed(request) if isinstance(request, Declare) else request
        except Refused as refused:
            answer(refused.answer)
            return
        now = self._books.now()
        self._keeper.run(lambda: self._write(request.sale, said, now, answer))

    def _typed(self, request: Declare) -> _Typed:
        """Refused: what differs, or is no receipt."""
        first, second = request.first, request.second
        number, again = _receipt_no(first), _receipt_no(second)
        if number != again:
            raise Refused(
                Refusal.RECEIPTS_DIFFER,
                f"receipt {number} first, then {again}: look at the receipt again",
                first=number,
                second=again,
            )
        if first.volume_ml != second.volume_ml:
            raise Refused(
                Refusal.LITRES_DIFFER,
                f"{first.volume_ml} ml first, then {second.volume_ml} ml: look again",
                first_ml=first.volume_ml,
                second_ml=second.volume_ml,
            )
        reserved = self._books.balance.reservations.get(request.sale)
        if reserved is None:
            raise _not_open(request.sale)
        tank_ml = self._look_up.tank_ml(reserved.subject)
        if tank_ml is not None and first.volume_ml > tank_ml:
            raise Refused(
                Refusal.TANK_SMALLER,
                f"{first.volume_ml} ml, but the tank of {reserved.subject} holds {tank_ml} ml: "
                "look at the receipt again",
                tank_ml=tank_ml,
            )
        return _Typed(
            number,
            first.volume_ml,
            (first.by, second.by),
            self._look_up.draws(reserved.subject),
            self._books.moment_of(row_of(reserved)),
        )

    def _write(
        self,
        sale: str,
        said: _Typed | CancelDeclaration,
        now: str,
        answer: Callable[[Answer], None],
    ) -> None:
        """In the writer's thread: nothing can come between what is asked and its entry."""
        try:
            reserved = self._reserved(sale)
            facts = self._facts(reserved, said)
            entries = self._keeper.commit(
                Job(facts=[(fact, now) for fact in facts], seal=True, before_notes=True)
            )
        except Refused as error:
            refused = error.answer
        except StoreError as error:
            log.error("sale %s: not durable: %s", sale, error, extra={"event": "entry_not_durable"})
            refused = not_written(error.code).answer
        else:
            done = {**_done(reserved, facts[0]), "sequence": entries[len(facts) - 1].sequence}
            self._keeper.answer(
                lambda: self._keeper.tell_committed(entries), lambda: answer(Answer(done=done))
            )
            return
        self._keeper.answer(lambda: answer(refused))

    def _reserved(self, sale: str) -> SaleReserved:
        """As it is on disk. Refused: there is none of this name, or no longer."""
        reserved = self._holdings.balance.reservations.get(sale)
        if reserved is None:
            raise _not_open(sale)
        return reserved

    def _facts(self, reserved: SaleReserved, said: _Typed | CancelDeclaration) -> list[Fact]:
        """Refused: why nothing is to be written."""
        if isinstance(said, CancelDeclaration):
            return [cancelled(reserved, said.by, said.why)]
        receipt = receipt_of(reserved.station, said.receipt_no)
        before = self._holdings.balance.receipts.get(receipt)
        if before is not None:
            raise Refused(
                Refusal.RECEIPT_KNOWN,
                f"receipt {said.receipt_no} of {reserved.station} was declared before: entry "
                f"{before}",
                receipt=said.receipt_no,
                entry=before,
            )
        beyond_ml = max(0, said.volume_ml - reserved.reserved_ml)
        if beyond_ml:
            log.error(
                "sale %s: %d ml declared, %d ml beyond what was reserved",
                *(reserved.sale, said.volume_ml, beyond_ml),
                extra={"event": "declared_beyond_reserved", "pump": reserved.pump},
            )
        more = self._holdings.split_up_to(said.draws, beyond_ml, said.moment)
        return [*self._fills.declared(reserved, said.volume_ml, said.receipt_no, said.by, more)]


def _receipt_no(typed: Typed) -> str:
    try:
        return receipt_no(typed.receipt_no)
    except ValueError as error:
        raise Refused(Refusal.RECEIPT_WRONG, str(error)) from error


def _not_open(sale: str) -> Refused:
    text = f"sale {sale} waits for no declaration: it was declared or cancelled, or never was"
    return Refused(Refusal.SALE_CLOSED, text)


def _done(reserved: SaleReserved, first: Fact) -> dict[str, int | str]:
    """What is answered, of the first of its entries."""
    done: dict[str, int | str] = {
        "sale": reserved.sale,
        "subject": reserved.subject,
        "reserved_ml": reserved.reserved_ml,
    }
    if isinstance(first, SaleCompleted):
        done |= {
            "volume_ml": first.volume_ml,
            "beyond_ml": max(0, first.volume_ml - reserved.reserved_ml),
            "overrun_ml": first.overrun_ml,
            "amount_idr": first.amount_idr,
        }
    return done
