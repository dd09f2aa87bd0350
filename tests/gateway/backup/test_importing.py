"""An export taken into central: history of an old card, or what a restored central lacks."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from gateway.backup.importing import Imported, ImportRefused, Less, import_export
from gateway.core.chain import GENESIS
from gateway.core.facts import (
    GatewayBooted,
    GatewayRestored,
    GrantClosed,
    GrantRequested,
    KeyRotated,
)
from gateway.core.log import Entry
from mqtt.central.epochs import withheld_by
from mqtt.central.grant_tables import decisions, requests
from mqtt.central.report_tables import anomalies, sales
from mqtt.central.returning import return_litres
from mqtt.central.succession import begin_epoch
from mqtt.central.tables import entries, grants
from mqtt.certificates import public_text
from mqtt.export import ExportHeader, new_export, write_export
from mqtt.seals import Seal
from tests.mqtt.central.conftest import NOW, PERIOD, SUBJECTS, ZONE, Office, Teller, make_office

__all__ = ["make_office"]
FRESH = "a" * 16


@pytest.fixture
def office(make_office: Callable[[Path], Office], tmp_path: Path) -> Iterator[Office]:
    made = make_office(tmp_path)
    yield made
    made.engine.dispose()


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


def test_the_backlog_of_an_old_card_is_history_exactly_once(office: Office, tmp_path: Path) -> None:
    old = office.first
    old.sell(1000)
    old.sell(2000)
    restored(office, known=1)
    before = charged(office)
    path = exported(old, tmp_path / "old.jsonl.gz")
    done = taken_in(office, path)
    assert (done.first, done.through, done.ended) == (2, 2, True)
    assert sum(rows(office, sales.c.volume_ml)) == 3000
    assert charged(office) == before
    assert all(closed_ml == volume_ml for closed_ml, volume_ml in before)
    volume_ml = before[0][1]
    assert done.less[0] == Less(1, volume_ml, 3000)
    assert rows(office, anomalies.c.what) == []
    (decision,) = [why for why in rows(office, decisions.c.why) if "SHA-256" in why]
    assert decision.startswith("old.jsonl.gz, SHA-256 ")
    again = taken_in(office, path)
    assert (again.first, again.through) == (3, 2)
    assert sum(rows(office, sales.c.volume_ml)) == 3000
    assert len([why for why in rows(office, decisions.c.why) if "SHA-256" in why]) == 1


def test_what_it_says_of_grants_and_boots_opens_and_closes_nothing(
    office: Office, tmp_path: Path
) -> None:
    old = office.first
    old.sell(1000)
    old.tell(GrantClosed(grant_no=1, spent_ml=1000, why="recalled"))
    old.tell(GrantRequested(kind="vehicle", subject=SUBJECTS[0], period=PERIOD, wanted_ml=2000))
    old.tell(
        GatewayBooted(
            boot=7,
            version="1",
            uptime_ms=1,
            clock="good",
            configuration_hash="0" * 64,
            unwitnessed=True,
            single_channel=False,
        )
    )
    restored(office, known=0)
    before = charged(office)
    taken_in(office, exported(old, tmp_path / "old.jsonl"))
    assert charged(office) == before
    assert rows(office, requests.c.request_id) == []
    assert office.row("depot-1").boot == 0
    assert office.row("depot-1").incarnation == FRESH
    assert office.row("depot-1").through == 1


def test_sales_beyond_what_was_returned_are_odd(office: Office, tmp_path: Path) -> None:
    old = office.first
    old.sell(3000)
    restored(office, known=0)
    with office.engine.begin() as connection:
        return_litres(
            connection, "depot-1", 1, 2000, by="head", reason="a receipt", zone=ZONE, now=NOW
        )
    taken_in(office, exported(old, tmp_path / "old.jsonl"))
    assert "closed at 2000 ml" in rows(office, anomalies.c.what)[0]


def test_an_old_ledger_does_not_lift_what_a_restored_central_withholds(
    office: Office, tmp_path: Path
) -> None:
    """It may have had more entries than the export."""
    with office.engine.begin() as connection:
        begin_epoch(connection, NOW)
    office.first.sell(1000)
    restored(office, known=0)
    with office.engine.connect() as connection:
        before = withheld_by(connection, PERIOD)
    taken_in(office, exported(office.first, tmp_path / "old.jsonl"))
    with office.engine.connect() as connection:
        assert before == withheld_by(connection, PERIOD) == ["depot-1"]


def test_a_restored_central_gets_what_the_gateway_has_pruned(
    office: Office, tmp_path: Path
) -> None:
    for _ in range(5):
        office.first.sell(1000)
    pruned = replace(office.first, entries=office.first.entries[:4])
    answer = office.handle(office.first.ledger(5))
    assert office.acknowledged(answer)["depot-1"].sequence == 0, "a gap"
    done = taken_in(office, exported(pruned, tmp_path / "pruned.jsonl.gz"))
    assert (done.first, done.through, done.ended, done.less) == (1, 4, False, [])
    office.handle(office.first.ledger(5))
    assert office.count() == (5, 5, 5000)


def test_many_entries_and_a_change_of_key(office: Office, tmp_path: Path) -> None:
    old = office.first
    for _ in range(120):
        old.refuse()
    early = [seal(old, old.entries[-1])]
    new = Ed25519PrivateKey.generate()
    rotation = old.tell(
        KeyRotated(old=public_text(old.key.public_key()), new=public_text(new.public_key()), by="x")
    )
    early.append(seal(old, rotation))
    later = replace(old, key=new)
    later.sell(1000)
    done = taken_in(
        office, exported(later, tmp_path / "a.jsonl", seals=[*early, seal(later, old.entries[-1])])
    )
    assert done.through == 122
    assert sum(rows(office, sales.c.volume_ml)) == 1000


def test_entries_behind_the_last_seal_are_not_taken(office: Office, tmp_path: Path) -> None:
    office.first.sell(1000)
    proof = [seal(office.first, office.first.entries[0])]
    office.first.refuse()
    done = taken_in(office, exported(office.first, tmp_path / "a.jsonl", seals=proof))
    assert (done.through, done.unsealed) == (1, 1)
    assert office.row("depot-1").through == 1


def _cut(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def _edited(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"volume_ml":1000', b'"volume_ml":1001'))


def _reordered(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1], lines[3] = lines[3], lines[1]
    path.write_bytes(b"".join(lines))


def _nonsense(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more\n")


def _endless(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]) + b"x" * 300_000)


@pytest.mark.parametrize("damage", [_cut, _edited, _reordered, _nonsense, _endless])
def test_of_a_damaged_file_nothing_is_taken_in(
    office: Office, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    for _ in range(150):
        office.first.sell(1000)
    path = exported(office.first, tmp_path / "a.jsonl")
    damage(path)
    with pytest.raises(ImportRefused, match="nothing was taken in"):
        taken_in(office, path)
    assert office.count() == (0, 0, 0)
    assert office.row("depot-1").through == 0


def test_who_else_may_have_written_it(office: Office, tmp_path: Path) -> None:
    office.first.sell(1000)
    stranger = replace(office.first, key=office.second.key)
    with pytest.raises(ImportRefused, match=r"belongs to|unknown key"):
        taken_in(office, exported(stranger, tmp_path / "stranger.jsonl"))
    with pytest.raises(ImportRefused, match="not registered"):
        taken_in(office, exported(replace(office.first, name="depot-9"), tmp_path / "9.jsonl"))
    with pytest.raises(ImportRefused, match=r"incarnation .* is not known here"):
        taken_in(office, exported(replace(office.first, incarnation=FRESH), tmp_path / "f.jsonl"))
    newer = replace(office.first, epoch=2)
    with pytest.raises(ImportRefused, match="seal of epoch 2"):
        taken_in(office, exported(newer, tmp_path / "newer.jsonl"))
    assert office.scalar(select(func.count()).select_from(entries)) == 0


def test_a_gap_and_another_history_are_refused(office: Office, tmp_path: Path) -> None:
    for _ in range(3):
        office.first.sell(1000)
    with pytest.raises(ImportRefused, match=r"begins at entry 2, but central holds .* through 0"):
        taken_in(office, exported(office.first, tmp_path / "gap.jsonl", 2))
    office.handle(office.first.ledger())
    fork = replace(office.first, entries=office.first.entries[:2])
    fork.sell(4000)
    fork.sell(1000)
    with pytest.raises(ImportRefused, match="is forked"):
        taken_in(office, exported(fork, tmp_path / "fork.jsonl"))
    assert office.count() == (3, 3, 3000)


def test_a_header_that_lies_is_refused(office: Office, tmp_path: Path) -> None:
    office.first.sell(1000)
    path = exported(office.first, tmp_path / "a.jsonl", prevhash="f" * 64)
    with pytest.raises(ImportRefused, match="chain"):
        taken_in(office, path)
    assert json.loads(path.read_text().splitlines()[1])["entry"]["prevhash"] == GENESIS
