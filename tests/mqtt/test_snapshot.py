"""A snapshot says what the whole log says: judged by the cache that each of them makes."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.allocation import Directive, RecallGrant
from gateway.core.log import Entry
from gateway.store.directives import Tables, applied, empty_tables, tables_of
from mqtt.snapshot import Snapshot, content_hash, snapshot_of
from tests.gateway.runtime.samples import CAR, CARD, OTHER_CARD, POLICY, PRICE, directives, grant

Said = Directive | tuple[str, dict[str, Any]]

LOST = msgspec.structs.replace(CARD, status="lost")
BLOCKED = msgspec.structs.replace(CAR, blocked=True)
DEARER = msgspec.structs.replace(PRICE, version=4)
SAID: dict[str, Said] = {
    "card": CARD,
    "lost": LOST,
    "other card": OTHER_CARD,
    "car": CAR,
    "blocked": BLOCKED,
    "price": PRICE,
    "dearer": DEARER,
    "policy": POLICY,
    "unusable card": ("card.put", {"uid": CARD.uid, "holder": CARD.holder, "status": "eaten"}),
    "unusable car": ("subject.put", {"subject": CAR.subject}),
    "unusable price": ("price.put", {"product": "pertamax", "version": "x"}),
    "unusable policy": ("policy.put", {}),
    "no key": ("card.put", {"uid": None}),
    "unknown": ("weather.put", {"subject": CAR.subject}),
}
ANY = st.lists(st.sampled_from(sorted(SAID)).map(SAID.__getitem__), min_size=1, max_size=25)


def whole(log: list[Entry]) -> Tables:
    return applied(empty_tables(1), log)


@given(ANY, ANY)
@settings(max_examples=200, deadline=None)
def test_a_snapshot_makes_the_cache_that_the_log_makes(first: list[Said], rest: list[Said]) -> None:
    log = directives(*first)
    assert tables_of(snapshot_of(log), 1) == whole(log)
    tail = directives(*rest, after=log[-1])
    assert applied(tables_of(snapshot_of(log), 1), tail) == whole([*log, *tail])


@given(ANY)
@settings(max_examples=50, deadline=None)
def test_a_snapshot_keeps_the_order_and_each_key_once(said: list[Said]) -> None:
    snapshot = snapshot_of(directives(*said))
    assert all(one.sequence < other.sequence for one, other in pairwise(snapshot.entries))
    known = [entry.data.get("uid") for entry in snapshot.entries if entry.data.get("uid")]
    assert len(known) == len(set(known))


def grants_in(snapshot: Snapshot) -> list[tuple[str, int]]:
    return [(held.type, held.data["grant_no"]) for held in snapshot.entries if "grant" in held.type]


def test_a_recall_stands_in_the_place_of_its_grant() -> None:
    log = directives(grant(1), grant(2), RecallGrant(grant_no=1), grant(3))
    assert grants_in(snapshot_of(log)) == [
        ("grant.put", 2),
        ("grant.recall", 1),
        ("grant.put", 3),
    ]


OLD = "2026-10-31T16:00:00.000Z"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ([grant(1, not_after=OLD), grant(2)], [("grant.put", 2)]),
        ([grant(1, not_after=OLD), grant(2, not_after=OLD)], [("grant.put", 2)]),
        ([grant(1, not_after=OLD), RecallGrant(grant_no=1), grant(2)], [("grant.put", 2)]),
        ([grant(1, not_after=OLD), RecallGrant(grant_no=1)], [("grant.recall", 1)]),
        ([RecallGrant(grant_no=7), grant(9)], [("grant.recall", 7), ("grant.put", 9)]),
        ([grant(9, not_after=OLD), grant(10)], [("grant.put", 10)]),
    ],
)
def test_what_has_passed_is_left_out_but_never_the_highest_number(
    said: list[Said], left: list[tuple[str, int]]
) -> None:
    assert grants_in(snapshot_of(directives(*said))) == left


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: entries.pop(),
        lambda entries: entries.reverse(),
        lambda entries: entries.append(entries[0]),
        lambda entries: entries.__setitem__(
            0, msgspec.structs.replace(entries[0], data=msgspec.to_builtins(LOST))
        ),
    ],
)
def test_the_content_hash_covers_every_entry_and_their_order(
    change: Callable[[list[Any]], None],
) -> None:
    entries = snapshot_of(directives(CARD, CAR, PRICE)).entries
    changed = list(entries)
    change(changed)
    assert content_hash(changed) != content_hash(entries)
