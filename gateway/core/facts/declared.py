"""Fuel from a third party's station, by a person's word."""

from gateway.core.facts.fact import Fact
from gateway.core.facts.sales import SaleId
from gateway.core.fields import FillMl, Name, PersonName, PumpNumber, ReceiptNo, UtcTime

DECLARED_MODE = "authorise_only"
"""Of the sale that charges it: no meter of ours counted it, and nothing of ours could stop it."""


class SaleDeclared(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an attendant typed from a station's receipt, twice alike. The sale that it became
    stands in the entry before this one."""

    sale: SaleId
    pump: PumpNumber
    station: Name
    receipt_no: ReceiptNo
    subject: Name
    volume_ml: FillMl
    started: UtcTime
    """When the card was tapped."""
    first_by: PersonName
    second_by: PersonName
