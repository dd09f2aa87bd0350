"""Paper vouchers: each number once, whichever gateway enters it."""

from sqlalchemy import bindparam, insert, select

from gateway.core.facts import VoucherEntered
from gateway.core.paper_number import paper_number
from mqtt.central.report_tables import vouchers
from mqtt.central.teller import Teller

_BEFORE = (
    select(vouchers.c.gateway, vouchers.c.incarnation, vouchers.c.sequence)
    .where(vouchers.c.serial == bindparam("of_serial"))
    .order_by(vouchers.c.gateway, vouchers.c.incarnation, vouchers.c.sequence)
    .limit(1)
)
_INSERT = insert(vouchers)


def take_voucher(teller: Teller, sequence: int, fact: VoucherEntered) -> list[str]:
    """Keep its number; returns what is odd. Its litres are charged by the sale before it, also
    the second time: they are off the vehicle's grants at the gateway, and a person decides."""
    connection = teller.connection
    before = connection.execute(_BEFORE, {"of_serial": paper_number(fact.serial)}).first()
    row = {
        "gateway": teller.gateway,
        "incarnation": teller.incarnation,
        "sequence": sequence,
        "serial": paper_number(fact.serial),
    }
    connection.execute(_INSERT, row)
    if before is None:
        return []
    return [
        f"voucher {fact.serial} of {fact.volume_ml} ml was entered before, by {before.gateway} at "
        f"{before.incarnation}/{before.sequence}: both are charged"
    ]
