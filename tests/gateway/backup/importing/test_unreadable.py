"""Entries by a newer Takar in an export: what verifies is taken in, the rest kept beside it."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from gateway.backup.importing import ImportRefused
from gateway.core.chain import canonical, entry_hash
from mqtt.central.quarantine import listed
from mqtt.central.tables import entries
from mqtt.export import ExportHeader, new_export, write_export
from tests.gateway.backup.importing.old_card import taken_in
from tests.mqtt.central.office import Office

Change = Callable[[dict[str, Any]], None]


def rewritten(office: Office, path: Path, number: int, change: Change) -> Path:
    """An export with one entry changed before it was chained and sealed."""
    teller = office.first
    raw = [json.loads(msgspec.json.encode(entry)) for entry in teller.entries]
    change(raw[number])
    for before, after in pairwise(raw):
        after["prevhash"] = entry_hash(before)
    header = ExportHeader(
        gateway=teller.name,
        incarnation=teller.incarnation,
        holder="gateway",
        from_sequence=1,
        through=len(raw),
        prevhash=raw[0]["prevhash"],
    )
    seals = [teller.signer.seal("ledger", one["sequence"], entry_hash(one)) for one in raw[1:]]
    with new_export(path) as file:
        write_export(file, header, raw, seals)
    return path


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda raw: raw.update(colour="red"), "unknown field `colour`"),
        (lambda raw: raw.update(type="tank.dipped"), "tank.dipped"),
        (lambda raw: raw.update(source="takar/depot-2"), "calls itself"),
    ],
)
@pytest.mark.parametrize("number", [0, 1, 3])
def test_it_waits_in_quarantine_and_the_rest_counts(
    office: Office, tmp_path: Path, change: Change, why: str, number: int
) -> None:
    for _ in range(4):
        office.first.sell(1000)
    done = taken_in(office, rewritten(office, tmp_path / "a.jsonl", number, change))
    assert (done.first, done.through, done.unsealed, done.unusable) == (1, 4, 0, 1)
    assert office.count() == (4, 3, 3000)
    with office.engine.connect() as connection:
        (kept,) = listed(connection)
    assert kept.sequence == number + 1
    assert why in kept.why
    stored = office.scalar(select(entries.c.hash).where(entries.c.sequence == kept.sequence))
    assert entry_hash(json.loads(kept.body)) == stored
    assert canonical(json.loads(kept.body)).decode() == kept.body


def test_what_breaks_the_chain_is_refused_whole(office: Office, tmp_path: Path) -> None:
    for _ in range(4):
        office.first.sell(1000)
    path = rewritten(office, tmp_path / "a.jsonl", 1, lambda raw: raw.update(colour="red"))
    path.write_bytes(path.read_bytes().replace(b'"colour":"red"', b'"colour":"tan"'))
    with pytest.raises(ImportRefused, match="nothing was taken in"):
        taken_in(office, path)
    assert office.count() == (0, 0, 0)
