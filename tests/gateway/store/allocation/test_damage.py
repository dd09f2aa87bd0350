"""Any doubt about the cache's file is an error, and the remedy is to have it sent anew."""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.reasons import Reason
from gateway.store.allocation import Allocation
from gateway.store.errors import AllocationDamaged, AllocationExpired
from gateway.store.own_seals import OwnSeals
from tests.gateway.runtime.samples import CAR, CARD, POLICY, PRICE, UID
from tests.gateway.runtime.samples import directives as log
from tests.gateway.store.allocation.contents import ALL, GRANT
from tests.gateway.store.samples import GATEWAY, INCARNATION


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
