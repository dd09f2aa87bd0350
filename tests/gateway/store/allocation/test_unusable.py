"""Directives that this version cannot use block their subject, or everybody."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.core.allocation import (
    DIRECTIVE_TYPES,
    PutPrice,
)
from gateway.store.allocation import Allocation
from gateway.store.own_seals import OwnSeals
from tests.gateway.runtime.samples import CARD, CENTRAL, PRICE, UID
from tests.gateway.runtime.samples import directives as log
from tests.gateway.store.allocation.contents import ALL
from tests.gateway.store.samples import SUBJECT


class PutRoundedPrice(PutPrice, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As a later version of the contract might have it."""

    rounding: str


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
