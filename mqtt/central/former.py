"""Incarnations of a gateway's ledger that another one has followed."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from mqtt.central.history_tables import former_ledgers


class FormerLedger(NamedTuple):
    """How far one is applied."""

    through: int
    head: str


def former_ledger(connection: Connection, gateway: str, incarnation: str) -> FormerLedger | None:
    """None where it is the present one, or not known here."""
    columns = former_ledgers.c
    query = select(columns.through, columns.head).where(
        columns.gateway == gateway, columns.incarnation == incarnation
    )
    row = connection.execute(query).first()
    return None if row is None else FormerLedger(*row)
