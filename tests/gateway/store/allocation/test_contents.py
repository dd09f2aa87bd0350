"""The allocation cache: what it holds, and when it shows it."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
import rfc8785
from tinydb import TinyDB, where

from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.store.allocation import Allocation, KeyedTable
from gateway.store.allocation_file import AllocationFile
from gateway.store.durable import replace_file
from gateway.store.errors import AllocationDamaged, StoreFailed
from gateway.store.own_seals import OwnSeals
from tests.gateway.runtime.samples import CAR, CARD, POLICY, PRICE, UID
from tests.gateway.runtime.samples import directives as log
from tests.gateway.store.allocation.contents import ALL, GRANT
from tests.gateway.store.samples import SUBJECT


def test_what_was_applied_is_found_again(path: Path, seals: OwnSeals) -> None:
    allocation = Allocation.open(path, seals)
    assert allocation.card(UID) == CARD
    assert allocation.subject(SUBJECT) == CAR
    assert allocation.price("pertamax") == PRICE
    assert allocation.policy == POLICY
    assert allocation.grants_after(3) == [GRANT]
    assert allocation.grants_after(4) == []
    assert allocation.card("00000000") is None
    assert allocation.subject("nobody") is None
    assert allocation.applied_through == 5
    assert allocation.head == log(*ALL)[-1].hash
    assert allocation.blocked_by(SUBJECT) is None


def test_it_is_a_tinydb_database(path: Path, seals: OwnSeals) -> None:
    with TinyDB(storage=lambda: AllocationFile(path, seals)) as database:
        database.table_class = KeyedTable
        found = database.table("subjects").search(where("department") == "dinas-kesehatan")
    assert [subject["plate"] for subject in found] == ["DH 1001 A"]


def test_the_newest_directive_about_a_card_counts(path: Path, seals: OwnSeals) -> None:
    allocation = Allocation.open(path, seals)
    lost = msgspec.structs.replace(CARD, status="lost")
    applied = allocation.apply(log(lost, after=log(*ALL)[-1]))
    assert allocation.card(UID) == lost
    assert (applied.through, applied) == (6, Allocation.open(path, seals).applied)


def test_one_batch_is_one_write(
    path: Path, seals: OwnSeals, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[Path] = []

    def count(target: Path, content: bytes) -> None:
        writes.append(target)
        replace_file(target, content)

    monkeypatch.setattr("gateway.store.allocation_file.replace_file", count)
    Allocation.open(path, seals).apply(log(*ALL, after=log(*ALL)[-1]))
    assert writes == [path]


@pytest.mark.parametrize(
    "skipped", [log(CARD), log(CARD, CAR, PRICE, POLICY, GRANT, CARD, CAR)[6:]]
)
def test_directives_out_of_order_are_refused(
    path: Path, seals: OwnSeals, skipped: Sequence[Entry]
) -> None:
    allocation = Allocation.open(path, seals)
    with pytest.raises(ValueError, match="does not follow directive 5"):
        allocation.apply(skipped)
    assert allocation.applied_through == 5


def test_a_failed_write_leaves_the_old_cache(
    path: Path, seals: OwnSeals, monkeypatch: pytest.MonkeyPatch
) -> None:
    allocation = Allocation.open(path, seals)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gateway.store.allocation_file.replace_file", full)
    lost = msgspec.structs.replace(CARD, status="lost")
    with pytest.raises(StoreFailed) as caught:
        allocation.apply(log(lost, after=log(*ALL)[-1]))
    assert caught.value.code is Reason.STORAGE_FULL
    assert allocation.card(UID) == CARD
    assert allocation.applied_through == 5

    monkeypatch.undo()
    allocation.apply(log(lost, after=log(*ALL)[-1]))
    assert allocation.card(UID) == lost


def test_grants_that_the_ledger_has_are_dropped(path: Path, seals: OwnSeals) -> None:
    allocation = Allocation.open(path, seals)
    newer = log(*(msgspec.structs.replace(GRANT, grant_no=n) for n in (5, 6)), after=log(*ALL)[-1])
    before = len(path.read_bytes())
    allocation.apply(newer, high_water=5)
    assert [grant.grant_no for grant in Allocation.open(path, seals).grants_after(0)] == [6]
    allocation.apply(log(CARD, after=newer[-1]), high_water=6)
    assert allocation.grants_after(0) == []
    assert len(path.read_bytes()) < before


@pytest.mark.parametrize("high_water", [0, 4, 9])
def test_what_the_ledger_records_does_not_depend_on_what_was_dropped(
    path: Path, seals: OwnSeals, high_water: int
) -> None:
    recorded = Allocation.open(path, seals).apply(log(CARD, after=log(*ALL)[-1]), high_water=4)
    again = Allocation.rebuild(path, seals, log(*ALL, CARD), high_water)
    again.check_against(recorded)
    other = msgspec.structs.replace(GRANT, volume_ml=1)
    changed = Allocation.rebuild(path, seals, log(*ALL[:-1], other, CARD), high_water)
    with pytest.raises(AllocationDamaged):
        changed.check_against(recorded)


def test_the_content_is_in_canonical_form_and_so_is_the_file(path: Path, seals: OwnSeals) -> None:
    allocation = Allocation.open(path, seals)
    names = ["\ufb33", "\U0001f600", "é", "z", ""]  # UTF-16 puts them in another order
    last = log(*ALL)[-1]
    allocation.apply(log(*(("price.put", {"product": name}) for name in names), after=last))
    raw = path.read_bytes()
    file = json.loads(raw)
    assert raw == rfc8785.dumps(file)
    assert file["digest"] == hashlib.sha256(rfc8785.dumps(file["content"])).hexdigest()
    assert len(file["content"]["blocks"]) == len(names)


def test_look_ups_see_the_old_cache_until_the_new_one_is_durable(
    path: Path, seals: OwnSeals, monkeypatch: pytest.MonkeyPatch
) -> None:
    allocation = Allocation.open(path, seals)
    seen = []

    def look(target: Path, content: bytes) -> None:
        seen.append(allocation.card(UID))
        replace_file(target, content)

    monkeypatch.setattr("gateway.store.allocation_file.replace_file", look)
    lost = msgspec.structs.replace(CARD, status="lost")
    allocation.apply(log(lost, after=log(*ALL)[-1]))
    assert (seen, allocation.card(UID)) == ([CARD], lost)


def test_a_cache_is_made_once(path: Path, seals: OwnSeals) -> None:
    with pytest.raises(FileExistsError):
        Allocation.create(path, seals)
