"""Fuel given on paper while all failed, entered afterwards."""

from gateway.core.facts.fact import Fact
from gateway.core.facts.sales import SaleId
from gateway.core.fields import FillMl, Name, PersonName, PumpNumber, UtcTime, VoucherSerial

VOUCHER_MODE = "voucher"
"""Of the sale that charges it."""


class VoucherEntered(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A numbered paper voucher. The sale that it became stands in the entry before this one."""

    serial: VoucherSerial
    """Once in a ledger; central looks for it in all others."""
    sale: SaleId
    pump: PumpNumber
    subject: Name
    volume_ml: FillMl
    sold: UtcTime
    """When the fuel was given, as the paper says."""
    by: PersonName
