"""Central's copy of a gateway's ledger, written out with the seals that prove it."""

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Column, Connection, Select, func, select

from mqtt.central.tables import entries, identity, seals
from mqtt.export import ExportEnd, ExportHeader, write_export
from mqtt.seal import Seal
from mqtt.seals import Signer

ROWS_AT_ONCE = 1000


class Held(NamedTuple):
    """One incarnation of a gateway's ledger, as far as central has applied it."""

    gateway: str
    incarnation: str
    first: int
    through: int


def held(connection: Connection) -> list[Held]:
    """Every ledger of which central holds entries, also of incarnations gone by."""
    whose = (entries.c.gateway, entries.c.incarnation)
    query = select(*whose, func.min(entries.c.sequence), func.max(entries.c.sequence))
    rows = connection.execute(query.group_by(*whose).order_by(*whose))
    return [Held(*row) for row in rows]


def export_copy(
    connection: Connection, ledger: Held, private: Ed25519PrivateKey, file: BinaryIO
) -> ExportEnd:
    """Write central's copy, and behind it central's own seal that it holds so much.

    That seal (`ledger-ack`, by central's key) is what shows a gateway's export to be cut.
    """
    head = _at(connection, ledger, entries.c.hash, ledger.through)
    first = _at(connection, ledger, entries.c.body, ledger.first)
    epoch = connection.execute(select(identity.c.epoch)).scalar_one()
    signer = Signer(private, ledger.gateway, ledger.incarnation, epoch)
    copies = _each(connection, ledger, entries.c.body)
    proofs = _each(connection, ledger, seals.c.seal)
    return write_export(
        file,
        ExportHeader(
            gateway=ledger.gateway,
            incarnation=ledger.incarnation,
            holder="central",
            from_sequence=ledger.first,
            through=ledger.through,
            prevhash=msgspec.json.decode(first)["prevhash"],
        ),
        map(msgspec.json.decode, copies),
        chain(
            (msgspec.json.decode(text, type=Seal) for text in proofs),
            [signer.seal("ledger-ack", ledger.through, head)],
        ),
    )


def _of(ledger: Held, column: Column[str]) -> Select[str]:
    table = column.table.c
    return (
        select(column)
        .where(table.gateway == ledger.gateway, table.incarnation == ledger.incarnation)
        .order_by(table.sequence)
    )


def _at(connection: Connection, ledger: Held, column: Column[str], sequence: int) -> str:
    query = _of(ledger, column).where(column.table.c.sequence == sequence)
    return connection.execute(query).scalar_one()


def _each(connection: Connection, ledger: Held, column: Column[str]) -> Iterator[str]:
    query = _of(ledger, column).execution_options(yield_per=ROWS_AT_ONCE)
    return iter(connection.execute(query).scalars())
