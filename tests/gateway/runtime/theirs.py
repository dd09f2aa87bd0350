"""A third party's pump before a real till: taps, and what attendants type afterwards."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import msgspec

from gateway.core.declaring import ThirdParty
from gateway.core.events import CardPresented, StopRequested, Woken
from gateway.core.facts import SaleCancelled, SaleDeclared, SaleReserved
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from gateway.runtime.control import Answer
from gateway.runtime.declaring import Declaring
from gateway.runtime.desk import Desk
from gateway.runtime.requests import (
    CancelDeclaration,
    Declare,
    DeclareRequest,
    ListDeclarations,
    Typed,
)
from hardware.assemble import PumpUnit
from hardware.unfitted import NoIndicator, NoNozzle, NoPump
from tests.gateway.runtime.devices import HandReader
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import OTHER_UID, RULES, UID

STATION = "spbu-54"
NOTHING: Mapping[str, object] = MappingProxyType({})
PLACE = ThirdParty(STATION, serve_within_s=1800)


class Theirs:
    """One pump, number 3, beside those of the office."""

    def __init__(self, office: Office) -> None:
        self.office = office
        office.books._products[3] = "pertamax"
        unit = PumpUnit(HandReader(), NoPump(), NoNozzle(), NoIndicator())
        rules = replace(RULES, pump=3, third_party=PLACE)
        self.desk = Desk(rules, unit, office.clock, office.till, 100_000_000)
        self.declaring = Declaring(office.books, office.keeper, office.holdings, office.till.fills)

    @property
    def state(self) -> State:
        return self.desk.session.state

    @property
    def code(self) -> str:
        return self.desk.code.value

    def tap(self, uid: str = UID) -> SaleReserved | None:
        """What it reserved."""
        before = set(self.office.books.balance.reservations)
        self.desk.take(CardPresented(uid))
        self.office.settle()
        new = [
            reserved
            for sale, reserved in self.office.books.balance.reservations.items()
            if sale not in before
        ]
        return new[0] if new else None

    def tap_other(self) -> SaleReserved | None:
        return self.tap(OTHER_UID)

    def reserve(self, uid: str = UID) -> SaleReserved:
        reserved = self.tap(uid)
        assert reserved is not None, self.code
        return reserved

    def wait(self, seconds: int) -> None:
        self.office.clock.now_ns += seconds * NS_PER_S
        self.desk.take(Woken())
        self.office.settle()

    def stop(self) -> None:
        self.desk.take(StopRequested("attendant"))
        self.office.settle()

    def ask(self, *requests: DeclareRequest) -> list[Answer]:
        """All are asked before the first is durable."""
        answers: list[Answer] = []
        for request in requests:
            self.declaring.take(request, answers.append)
        self.office.settle()
        return answers

    def declare(
        self,
        sale: str,
        volume_ml: int = 15_000,
        receipt: str = "A-1",
        again: Mapping[str, object] = NOTHING,
    ) -> Answer:
        (answer,) = self.ask(declare(sale, volume_ml, receipt, again))
        return answer

    def cancel(self, sale: str, by: str = "Ama", why: str = "") -> Answer:
        (answer,) = self.ask(CancelDeclaration(sale, by, why))
        return answer

    @property
    def open(self) -> list[str]:
        (answer,) = self.ask(ListDeclarations())
        assert answer.done is not None
        return [each["sale"] for each in answer.done["declarations"]]

    @property
    def told(self) -> list[SaleReserved | SaleDeclared | SaleCancelled]:
        """What the ledger says of it."""
        kinds = {
            "sale.reserved": SaleReserved,
            "sale.declared": SaleDeclared,
            "sale.cancelled": SaleCancelled,
        }
        return [
            msgspec.convert(entry.data, kinds[entry.type])
            for entry in self.office.ledger.every_entry()
            if entry.type in kinds
        ]


def declare(
    sale: str,
    volume_ml: int = 15_000,
    receipt: str = "A-1",
    again: Mapping[str, object] = NOTHING,
) -> Declare:
    """`again`: what is typed otherwise the second time."""
    first = Typed(receipt, volume_ml, "Ama")
    return Declare(sale, first, msgspec.structs.replace(first, **{"by": "Beni", **again}))
