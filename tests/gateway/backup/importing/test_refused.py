"""Exports that are damaged, from elsewhere, or of another history are not taken in."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.backup.importing import ImportRefused
from gateway.core.chain import GENESIS
from mqtt.central.tables import entries
from mqtt.central.written_off import revoke
from tests.gateway.backup.importing.old_card import FRESH, exported, taken_in
from tests.mqtt.central.city import NOW
from tests.mqtt.central.office import Office


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


def test_of_a_revoked_gateway_the_error_says_the_order(office: Office, tmp_path: Path) -> None:
    office.first.sell(1000)
    with office.engine.begin() as connection:
        revoke(connection, "depot-1", by="head", reason="stolen", now=NOW)
    with pytest.raises(
        ImportRefused, match=r"stolen.*release, import, revoke, lift, in this order"
    ):
        taken_in(office, exported(office.first, tmp_path / "a.jsonl"))
    assert office.count() == (0, 0, 0)


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
