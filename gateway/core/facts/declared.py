"""Fuel from a third party's station, by a person's word: reserved by a tap, declared afterwards."""

from gateway.core.facts.fact import Fact
from gateway.core.facts.sales import Charge, SaleId, VehicleMeter
from gateway.core.fields import (
    Count,
    FillMl,
    Name,
    PersonName,
    PriceIdrPerL,
    PumpNumber,
    ReceiptNo,
    Text,
    Uid,
    UtcTime,
)

DECLARED_MODE = "authorise_only"
"""Of the sale that charges it: no meter of ours counted it, and nothing of ours could stop it."""


class SaleReserved(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tap at a third party's pump. So much stays reserved, over restarts and for any time,
    until a person declares what was given, or cancels it."""

    sale: SaleId
    """Of the sale that it becomes."""
    pump: PumpNumber
    station: Name
    card: Uid
    subject: Name
    department: Name
    product: Name
    price_idr_per_l: PriceIdrPerL
    price_version: Count
    reserved: list[Charge]
    """By grant: at most so much may be given."""
    started: UtcTime
    until: UtcTime
    """So long the station may serve on it."""
    boot: Count
    override_by: Uid | None = None
    """The supervisor's card that let it draw on the station's grant."""
    driver: Uid | None = None
    meter: VehicleMeter | None = None

    @property
    def reserved_ml(self) -> int:
        return sum(charge.volume_ml for charge in self.reserved)


class SaleDeclared(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an attendant typed from a station's receipt, twice alike. The sale that it became
    stands in the entry before this one."""

    sale: SaleId
    pump: PumpNumber
    station: Name
    receipt_no: ReceiptNo
    subject: Name
    volume_ml: FillMl
    reserved_ml: FillMl
    """What is declared beyond it was given although it was not allowed."""
    started: UtcTime
    """When the card was tapped."""
    first_by: PersonName
    second_by: PersonName


class SaleCancelled(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing was given: what was reserved is free again."""

    sale: SaleId
    pump: PumpNumber
    station: Name
    subject: Name
    reserved_ml: FillMl
    by: PersonName | None
    """None: the gateway, before anybody was told that something is reserved."""
    why: Text
