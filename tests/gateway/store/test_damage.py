"""Whatever is done to a ledger on disk is found when it is opened, and nothing is changed."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.store.anchor import anchor_path
from gateway.store.errors import LedgerDamaged
from gateway.store.ledger import Ledger
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal

Open = Callable[[], Ledger]


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (
            ["UPDATE entries SET body = replace(body, '00000004', '00000FFF') WHERE sequence = 4"],
            "entry 4: expected content with the hash",
        ),
        (
            ["UPDATE entries SET body = replace(body, '00000003', '0000000C'), "
             "hash = 'eeb0' WHERE sequence = 3"],
            "entry 3: expected content with the hash eeb0",
        ),
        (["DELETE FROM entries WHERE sequence = 5"], "entry 5: expected this entry, found entry 6"),
        (["DELETE FROM entries WHERE sequence = 1"], "entry 1: expected this entry, found entry 2"),
        (
            ["DELETE FROM entries WHERE sequence > 9", "DELETE FROM seals WHERE sequence > 9"],
            "shorter than its anchor: expected entry 12",
        ),
        (["DELETE FROM entries WHERE sequence = 12"], "seal at entry 12"),
        (["UPDATE meta SET commit_no = 11"], "shorter than its anchor: .* commit 12"),
        (["UPDATE meta SET commit_no = 14"], "anchor, which is older than its database"),
        (
            ["UPDATE seals SET seal = replace(seal, '\"epoch\":1', '\"epoch\":2')"],
            "seal at entry 12: expected a valid seal .* does not fit",
        ),
        (
            ["UPDATE seals SET sequence = 7 WHERE sequence = 6"],
            "seal at entry 7: expected entry 6 .* found entry 7",
        ),
        (["UPDATE seals SET seal = '{}' WHERE sequence = 6"], "seal at entry 6"),
        (
            ["UPDATE seals SET seal = CAST(x'7b2274797065223a22ff227d' AS TEXT)"],
            "seal at entry 6: expected a valid seal",
        ),
        (["UPDATE meta SET gateway = CAST(x'ff' AS TEXT)"], "cannot read the ledger"),
        (["UPDATE entries SET hash = CAST(x'ff' AS TEXT)"], "cannot read the ledger"),
        (["UPDATE meta SET schema_version = 99"], "schema version 99"),
        (["UPDATE meta SET incarnation = '0011223344556600'"], "entry 1: expected sequence, id"),
        (["DELETE FROM meta"], "table meta is empty"),
        (["UPDATE meta SET acknowledged_through = 3"], "counters and open sessions"),
        (["UPDATE meta SET session_no = 3"], "counters and open sessions"),
        (["DELETE FROM open_session"], "counters and open sessions"),
        (["UPDATE open_session SET pump = 2"], "counters and open sessions"),
        (
            ["UPDATE open_session SET body = replace(body, '4000', '0000')"],
            "counters and open sessions: expected content with the hash",
        ),
        (["DROP TABLE seals"], "no such table: seals"),
    ],
)  # fmt: skip
def test_an_edit_is_named(
    written: Path, open_ledger: Open, statements: list[str], named: str
) -> None:
    with sqlite3.connect(written) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    before = written.read_bytes()

    with pytest.raises(LedgerDamaged, match=named) as caught:
        open_ledger()
    assert "takar ledger verify" in str(caught.value) or "version of Takar" in str(caught.value)
    assert written.read_bytes() == before


def test_an_older_copy_does_not_fit_its_anchor(
    written: Path, open_ledger: Open, tmp_path: Path
) -> None:
    shutil.copy(written, tmp_path / "older")
    ledger = open_ledger()
    ledger.commit([(refusal(13), TIME)])
    ledger.close()
    shutil.copy(tmp_path / "older", written)
    with pytest.raises(LedgerDamaged, match="shorter than its anchor"):
        open_ledger()


def test_an_older_anchor_does_not_fit_its_ledger(written: Path, open_ledger: Open) -> None:
    older = anchor_path(written).read_bytes()
    ledger = open_ledger()
    for number in (13, 14):
        ledger.commit([(refusal(number), TIME)])
    ledger.close()
    anchor_path(written).write_bytes(older)
    with pytest.raises(LedgerDamaged, match="anchor, which is older"):
        open_ledger()


def test_another_history_of_the_same_length_does_not_fit(
    written: Path, open_ledger: Open, tmp_path: Path, private: Ed25519PrivateKey
) -> None:
    other = tmp_path / "other.sqlite3"
    twin = Ledger.create(other, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    for number in range(1, 13):
        twin.commit([(refusal(number + 100), TIME)], seal=number == 12)
    twin.close()
    shutil.copy(other, written)
    with pytest.raises(LedgerDamaged, match="another than its anchor's"):
        open_ledger()


def test_a_damaged_file_is_an_error_wherever_it_is_cut(written: Path, open_ledger: Open) -> None:
    content = written.read_bytes()
    for length in (0, 50, 100, 4096, 8192, len(content) - 4096, len(content) - 1):
        written.write_bytes(content[:length])
        with pytest.raises(LedgerDamaged):
            open_ledger()


def test_a_missing_anchor_is_named(written: Path, open_ledger: Open) -> None:
    anchor_path(written).unlink()
    with pytest.raises(LedgerDamaged, match="anchor is missing"):
        open_ledger()
