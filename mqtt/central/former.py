"""Incarnations of a gateway's ledger that another one has followed."""

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from mqtt.central.history_tables import former_ledgers

_FORMER = select(former_ledgers.c.through, former_ledgers.c.head).where(
    former_ledgers.c.gateway == bindparam("of_gateway"),
    former_ledgers.c.incarnation == bindparam("of_incarnation"),
)


class FormerLedger(NamedTuple):
    """How far one is applied."""

    through: int
    head: str


def former_ledger(connection: Connection, gateway: str, incarnation: str) -> FormerLedger | None:
    """None where it is the present one, or not known here."""
    place = {"of_gateway": gateway, "of_incarnation": incarnation}
    row = connection.execute(_FORMER, place).first()
    return None if row is None else FormerLedger(*row)
