"""An office whose gateway had a card before, and that card's export."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from gateway.backup.imported import Imported
from gateway.backup.importing import import_export
from gateway.core.facts import (
    GatewayRestored,
)
from gateway.core.log import Entry
from mqtt.central.tables import grants
from mqtt.export import ExportHeader, new_export, write_export
from mqtt.seal import Seal
from tests.mqtt.central.city import NOW
from tests.mqtt.central.office import Office
from tests.mqtt.central.teller import Teller

FRESH = "a" * 16


def exported(
    teller: Teller, path: Path, first: int = 1, seals: list[Seal] | None = None, **changes: Any
) -> Path:
    """A gateway's export of its ledger from one entry on, each entry sealed."""
    part = teller.entries[first - 1 :]
    header = ExportHeader(
        gateway=teller.name,
        incarnation=teller.incarnation,
        holder="gateway",
        from_sequence=first,
        through=len(teller.entries),
        prevhash=part[0].prevhash,
    )
    header = msgspec.structs.replace(header, **changes)
    made = seals if seals is not None else [seal(teller, entry) for entry in part]
    with new_export(path) as file:
        write_export(file, header, [msgspec.to_builtins(entry) for entry in part], made)
    return path


def seal(teller: Teller, entry: Entry) -> Seal:
    return teller.signer.seal("ledger", entry.sequence, entry.hash)


def taken_in(office: Office, path: Path) -> Imported:
    return import_export(office.engine, path, office.key, by="technician", now=NOW)


def restored(office: Office, known: int) -> Teller:
    """The first gateway goes on with a new card; central had its old ledger through `known`."""
    if known:
        office.handle(office.first.ledger(1, known))
    fresh = replace(office.first, incarnation=FRESH, entries=[])
    first = GatewayRestored(
        by="technician", version="1", configuration_hash="0" * 64, epoch=1, previous=None
    )
    fresh.tell(first)
    office.handle(fresh.ledger())
    return fresh


def charged(office: Office) -> list[tuple[int, int]]:
    query = select(grants.c.closed_ml, grants.c.volume_ml).where(grants.c.gateway == "depot-1")
    with office.engine.connect() as connection:
        return [(row[0], row[1]) for row in connection.execute(query)]


def rows(office: Office, column: Any) -> list[Any]:
    with office.engine.connect() as connection:
        return list(connection.scalars(select(column)))
