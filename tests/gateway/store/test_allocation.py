"""The allocation cache: what it holds, and that any doubt about it is an error."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tinydb import TinyDB, where

from gateway.core.allocation import (
    DIRECTIVE_TYPES,
    Grant,
    PutPrice,
)
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.store.allocation import Allocation, KeyedTable
from gateway.store.allocation_file import AllocationFile
from gateway.store.durable import replace_file
from gateway.store.errors import AllocationDamaged, AllocationExpired, StoreFailed
from gateway.store.own_seals import OwnSeals
from tests.gateway.runtime.samples import CAR, CARD, CENTRAL, POLICY, PRICE, UID
from tests.gateway.runtime.samples import directives as log
from tests.gateway.store.samples import GATEWAY, INCARNATION, SUBJECT, grant

GRANT = Grant(**msgspec.structs.asdict(grant(4)))
ALL = (CARD, CAR, PRICE, POLICY, GRANT)


@pytest.fixture(scope="module")
def seals() -> OwnSeals:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    return OwnSeals(private, GATEWAY, INCARNATION, 1)


@pytest.fixture
def path(tmp_path: Path, seals: OwnSeals) -> Path:
    """A cache with all five kinds of directive."""
    path = tmp_path / "allocation.json"
    Allocation.create(path, seals).apply(log(*ALL))
    return path


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


class PutRoundedPrice(PutPrice, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As a later version of the contract might have it."""

    rounding: str


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


@pytest.mark.parametrize(
    ("directive", "blocked", "free"),
    [
        (("subject.suspend", {"subject": SUBJECT}), [SUBJECT], ["dh-2002-b"]),
        (("grant.put", {"grant_no": 9, "subject": SUBJECT}), [SUBJECT], ["dh-2002-b"]),
        (("card.put", {"uid": UID, "holder": SUBJECT, "status": "cut"}), [SUBJECT], ["dh-2002-b"]),
        (("price.put", {"product": "pertamax"}), [SUBJECT, "dh-2002-b"], []),
        (("city.closed", {}), [SUBJECT, "dh-2002-b"], []),
    ],
)
def test_an_unusable_directive_blocks_its_subject_or_everybody(
    path: Path,
    seals: OwnSeals,
    directive: tuple[str, dict[str, Any]],
    blocked: list[str],
    free: list[str],
) -> None:
    allocation = Allocation.open(path, seals)
    allocation.apply(log(directive, after=log(*ALL)[-1]))
    assert allocation.applied_through == 6
    for subject in blocked:
        found = Allocation.open(path, seals).blocked_by(subject)
        assert found is not None
        assert found.directive == f"{CENTRAL}/6"
        assert directive[0] in found.why
    assert [allocation.blocked_by(subject) for subject in free] == [None] * len(free)


def test_a_usable_directive_about_the_same_supersedes_an_unusable_one(
    path: Path, seals: OwnSeals
) -> None:
    allocation = Allocation.open(path, seals)
    broken = log(("price.put", {"product": "pertamax"}), after=log(*ALL)[-1])
    allocation.apply(broken)
    other = log(msgspec.structs.replace(PRICE, product="dexlite"), after=broken[-1])
    allocation.apply(other)
    assert allocation.blocked_by(SUBJECT) is not None
    allocation.apply(log(PRICE, after=other[-1]))
    assert allocation.blocked_by(SUBJECT) is None


def test_a_newer_version_uses_what_an_older_could_not(
    path: Path, seals: OwnSeals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its start on, without a write; and the next directive leaves it used for good."""
    dearer = msgspec.to_builtins(msgspec.structs.replace(PRICE, price_idr_per_l=20_000, version=9))
    newer = ("price.put", dearer | {"rounding": "up"})
    allocation = Allocation.open(path, seals)
    first = log(newer, after=log(*ALL)[-1])
    recorded = allocation.apply(first)
    assert allocation.price("pertamax") is None
    assert allocation.blocked_by(SUBJECT) is not None

    with monkeypatch.context() as upgraded:
        upgraded.setitem(DIRECTIVE_TYPES, "price.put", PutRoundedPrice)
        allocation = Allocation.open(path, seals)
        allocation.check_against(recorded)
        assert allocation.blocked_by(SUBJECT) is None
        (block,) = allocation.blocks().values()
        assert block.retried() == PutRoundedPrice(**dearer, rounding="up")
        allocation.apply(log(CARD, after=first[-1]))
        assert not allocation.blocks()
    assert Allocation.open(path, seals).blocked_by(SUBJECT) is None


def test_a_card_made_unusable_is_no_card_any_more(path: Path, seals: OwnSeals) -> None:
    allocation = Allocation.open(path, seals)
    allocation.apply(log(("card.put", {"uid": UID}), after=log(*ALL)[-1]))
    assert allocation.card(UID) is None


def test_an_older_file_is_expired(path: Path, seals: OwnSeals, tmp_path: Path) -> None:
    older = shutil.copy(path, tmp_path / "older.json")
    recorded = Allocation.open(path, seals).apply(
        log(msgspec.structs.replace(CARD, status="blocked"), after=log(*ALL)[-1])
    )
    with pytest.raises(AllocationExpired, match=r"through 5, but .* through 6") as caught:
        Allocation.open(Path(older), seals).check_against(recorded)
    assert caught.value.code is Reason.ALLOCATION_EXPIRED
    Allocation.open(path, seals).check_against(recorded)


def test_another_file_of_the_same_age_is_damaged(
    path: Path, seals: OwnSeals, tmp_path: Path
) -> None:
    other = Allocation.create(tmp_path / "other.json", seals)
    other.apply(log(CARD, CAR, PRICE, POLICY, msgspec.structs.replace(GRANT, volume_ml=10**9)))
    with pytest.raises(AllocationDamaged, match="but the ledger says"):
        other.check_against(Allocation.open(path, seals).applied)


def test_a_newer_file_is_what_a_crash_leaves(path: Path, seals: OwnSeals) -> None:
    allocation = Allocation.open(path, seals)
    recorded = allocation.applied
    allocation.apply(log(CARD, after=log(*ALL)[-1]))
    allocation.check_against(recorded)
    allocation.check_against(None)


@pytest.mark.parametrize(
    ("gateway", "incarnation", "seed"),
    [
        ("kupang-02", INCARNATION, bytes(range(32))),
        (GATEWAY, "0000000000000000", bytes(range(32))),
        (GATEWAY, INCARNATION, bytes(32)),
    ],
)
def test_a_file_of_another_is_damaged(
    path: Path, gateway: str, incarnation: str, seed: bytes
) -> None:
    other = OwnSeals(Ed25519PrivateKey.from_private_bytes(seed), gateway, incarnation, 1)
    with pytest.raises(AllocationDamaged, match=r"not a cache of this gateway: (seal of|unknown)"):
        Allocation.open(path, other)


def test_a_cut_file_is_damaged_wherever_it_is_cut(path: Path, seals: OwnSeals) -> None:
    content = path.read_bytes()
    for length in [*range(0, len(content), 17), len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(AllocationDamaged):
            Allocation.open(path, seals)


def test_any_flipped_bit_is_damage(
    seals: OwnSeals, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("flips") / "allocation.json"
    Allocation.create(path, seals).apply(log(*ALL))
    content = path.read_bytes()

    @given(st.integers(0, len(content) * 8 - 1))
    def flip(bit: int) -> None:
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(AllocationDamaged) as caught:
            Allocation.open(path, seals)
        assert caught.value.code is Reason.ALLOCATION_DAMAGED

    flip()


@pytest.mark.parametrize(
    "edit",
    [
        lambda file: file["content"]["cards"][UID].update(holder="dh-2002-b"),
        lambda file: file["content"]["grants"].clear(),
        lambda file: file["content"]["meta"]["meta"].update(applied_through=6),
        lambda file: file["content"].pop("meta"),
        lambda file: file["seal"].update(sequence=6),
        lambda file: file.update(more=1),
        lambda file: file.pop("seal"),
    ],
)
def test_an_edited_file_is_damaged(path: Path, seals: OwnSeals, edit: Any) -> None:
    file = json.loads(path.read_bytes())
    edit(file)
    path.write_text(json.dumps(file))
    with pytest.raises(AllocationDamaged):
        Allocation.open(path, seals)


def test_the_same_content_written_otherwise_is_damaged(path: Path, seals: OwnSeals) -> None:
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=1))
    with pytest.raises(AllocationDamaged, match="changed since it was written"):
        Allocation.open(path, seals)


def test_a_lost_file_says_how_to_resync_and_is_not_rebuilt(path: Path, seals: OwnSeals) -> None:
    path.unlink()
    with pytest.raises(AllocationDamaged, match=r"is missing.*central has sent all directives"):
        Allocation.open(path, seals)
    assert not path.exists()


def test_a_resync_starts_from_the_first_directive(path: Path, seals: OwnSeals) -> None:
    recorded = Allocation.open(path, seals).applied
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="does not follow directive 0"):
        Allocation.rebuild(path, seals, log(*ALL)[1:])
    assert path.read_bytes() == b""

    part = Allocation.rebuild(path, seals, log(*ALL)[:2])
    with pytest.raises(AllocationExpired):
        part.check_against(recorded)
    part.apply(log(*ALL)[2:])
    part.check_against(recorded)


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
