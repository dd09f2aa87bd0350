"""An export taken into central: history of an old card, or what a restored central lacks."""

from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.backup.imported import Less
from gateway.core.facts import (
    GrantClosed,
    GrantRequested,
    KeyRotated,
)
from mqtt.central.epochs import withheld_by
from mqtt.central.grant_tables import decisions, requests
from mqtt.central.report_tables import anomalies, sales
from mqtt.central.returning import return_litres
from mqtt.central.succession import begin_epoch
from mqtt.certificates import public_text
from tests.gateway.audit.scribe import booted
from tests.gateway.backup.importing.old_card import (
    FRESH,
    charged,
    exported,
    restored,
    rows,
    seal,
    taken_in,
)
from tests.mqtt.central.city import NOW, PERIOD, SUBJECTS, ZONE
from tests.mqtt.central.office import Office


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
    old.tell(booted(7))
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
