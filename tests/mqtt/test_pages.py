"""Pages of a snapshot at the gateway: kept over a cut, asked for one by one, checked as a whole."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from gateway.core.chain import GENESIS
from gateway.core.units import NS_PER_S
from mqtt.following import DirectivesForked, Following
from mqtt.messages import DirectivesMessage, Request, SnapshotPage
from mqtt.pace import AT_LEAST_BYTES, FIRST_BYTES
from mqtt.pages import page_hash
from mqtt.payloads import MessageRejected
from mqtt.seals import SealInvalid, Signer
from mqtt.snapshot import Snapshot, content_hash, snapshot_of
from tests.gateway.runtime.samples import CITY, directives, grant
from tests.mqtt.parties import (
    CENTRAL_KEY,
    EPOCH,
    GATEWAY,
    GATEWAY_KEY,
    GATEWAY_RING,
    INCARNATION,
)

CENTRAL = Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH)
LOG = directives(*CITY, grant(1))
WHOLE = snapshot_of(LOG)
TOTAL = len(WHOLE.entries)


def page(first: int, last: int, signer: Signer = CENTRAL, **changes: Any) -> SnapshotPage:
    fields: dict[str, Any] = {
        "at": WHOLE.at,
        "head": WHOLE.head,
        "time": WHOLE.time,
        "content": content_hash(WHOLE.entries),
        "total": TOTAL,
        "first": first,
        "entries": WHOLE.entries[first - 1 : last],
        "seal": signer.seal("snapshot", WHOLE.at, GENESIS),
    } | changes
    unsealed = SnapshotPage(**fields)
    seal = signer.seal("snapshot", unsealed.at, page_hash(unsealed))
    return msgspec.structs.replace(unsealed, seal=seal)


class Gateway:
    def __init__(self) -> None:
        self.position = 0, GENESIS
        signer = Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH)
        self.following = Following(lambda: self.position, signer, GATEWAY_RING)
        self.following.restart(0)
        self.now_ns = 0

    def ask(self) -> Request:
        assert self.following.ask_at_ns is not None
        self.now_ns = max(self.now_ns, self.following.ask_at_ns)
        return self.following.request(self.now_ns)

    def gather(self, page: SnapshotPage) -> Snapshot | None:
        self.now_ns += NS_PER_S // 10
        return self.following.gather(page, self.now_ns)

    def reconnect(self) -> None:
        self.following.went_down()
        self.following.restart(self.now_ns)


@pytest.fixture
def gateway() -> Gateway:
    gateway = Gateway()
    gateway.ask()
    return gateway


def wants(request: Request) -> tuple[str, int, int, int, str]:
    seal = request.seal
    return request.request, request.from_sequence, request.at, seal.sequence, seal.head


def test_pages_are_asked_for_one_by_one_and_end_as_our_place(gateway: Gateway) -> None:
    assert gateway.gather(page(1, 3)) is None
    assert wants(gateway.ask()) == ("snapshot", 4, WHOLE.at, WHOLE.at, WHOLE.head)
    assert gateway.gather(page(4, 4)) is None
    assert wants(gateway.ask())[:2] == ("snapshot", 5)
    assert gateway.gather(page(5, TOTAL)) == WHOLE
    assert gateway.following.ask_at_ns is None
    tail = directives(*CITY[:1], after=LOG[-1])
    seal = CENTRAL.seal("directives", tail[0].sequence, tail[0].hash)
    message = DirectivesMessage(directives=tail, seal=seal)
    assert gateway.following.accept(message, gateway.now_ns) == tail


def test_a_cut_loses_no_page(gateway: Gateway) -> None:
    gateway.gather(page(1, 5))
    gateway.ask()
    gateway.reconnect()
    assert wants(gateway.ask())[:3] == ("snapshot", 6, WHOLE.at)


def test_pages_that_come_twice_overlap_or_leave_a_gap(gateway: Gateway) -> None:
    for first, last, wanted in ((1, 3, 4), (1, 3, 4), (6, TOTAL, 4), (2, 5, 6), (1, 4, 6)):
        assert gateway.gather(page(first, last)) is None
        assert gateway.ask().from_sequence == wanted
    assert gateway.gather(page(6, TOTAL)) == WHOLE
    assert gateway.gather(page(1, TOTAL)) is None


def test_a_gap_before_the_first_page_leaves_us_asking_from_our_place(gateway: Gateway) -> None:
    assert gateway.gather(page(4, 5)) is None
    assert wants(gateway.ask()) == ("directives", 1, 0, 1, GENESIS)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (page(1, 3, Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH)), "unknown key"),
        (page(1, 3, Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH - 1)), "epoch"),
        (page(1, 3, Signer(CENTRAL_KEY, "depot-2", INCARNATION, EPOCH)), "depot-2"),
        (msgspec.structs.replace(page(1, 3), total=TOTAL + 1), "not what was sealed"),
        (msgspec.structs.replace(page(1, 3), first=2), "not what was sealed"),
        (page(1, TOTAL, total=2), "more than 2 entries"),
        (page(1, TOTAL, content="0" * 64), "but it hashes to"),
    ],
)
def test_a_bad_page_moves_nothing(gateway: Gateway, bad: SnapshotPage, why: str) -> None:
    with pytest.raises((SealInvalid, MessageRejected), match=why):
        gateway.gather(bad)
    gateway.reconnect()
    assert wants(gateway.ask())[:3] == ("directives", 1, 0)
    assert gateway.gather(page(1, TOTAL)) == WHOLE


def test_another_snapshot_of_the_same_directives_takes_the_place(gateway: Gateway) -> None:
    gateway.gather(page(1, 3, content="0" * 64))
    assert gateway.gather(page(4, TOTAL)) is None
    assert wants(gateway.ask())[:2] == ("directives", 1)
    assert gateway.gather(page(1, TOTAL)) == WHOLE


def test_an_older_snapshot_does_not_disturb_a_newer_one(gateway: Gateway) -> None:
    gateway.gather(page(1, 3))
    older = snapshot_of(LOG[:4])
    changes: dict[str, Any] = {
        "at": older.at,
        "head": older.head,
        "total": 4,
        "entries": older.entries,
    }
    assert gateway.gather(page(1, 4, **changes)) is None
    assert wants(gateway.ask())[:2] == ("snapshot", 4)


def test_a_place_beyond_the_snapshot_makes_it_useless(gateway: Gateway) -> None:
    gateway.gather(page(1, 3))
    gateway.position = len(LOG), LOG[-1].hash
    gateway.reconnect()
    assert wants(gateway.ask())[:2] == ("directives", len(LOG) + 1)


def prices(last: int) -> list[Any]:
    return directives(*(CITY[-2] for _ in range(last)))


@pytest.mark.parametrize("kind", ["head", "directives", "snapshot"])
def test_a_fork_is_an_error_and_ends_the_asking(gateway: Gateway, kind: str) -> None:
    gateway.position = len(LOG), LOG[-1].hash
    if kind == "snapshot":
        gateway.position = 0, GENESIS
        gateway.gather(page(1, 3))
    gateway.reconnect()
    gateway.ask()
    other = prices(len(LOG) + 1)
    seal = CENTRAL.seal("directives", len(other), other[-1].hash)
    message = DirectivesMessage(directives=other[-1:], seal=seal)
    head = CENTRAL.seal("directives-head", len(LOG), other[-2].hash)
    following = gateway.following
    with pytest.raises(DirectivesForked, match=f"directive {len(LOG)} has hash"):
        following.accept(message, 0) if kind == "directives" else following.head(head, 0)
    gateway.following.head(CENTRAL.seal("directives-head", 99, "0" * 64), 0)
    assert gateway.following.ask_at_ns is None
    gateway.reconnect()
    assert gateway.following.ask_at_ns is not None


def test_the_size_follows_what_comes_through(gateway: Gateway) -> None:
    gateway.following.head(CENTRAL.seal("directives-head", 99, "0" * 64), 0)
    wanted = []
    turn: list[Callable[[], object]] = [
        lambda: gateway.gather(page(1, 2)),
        gateway.reconnect,
        lambda: gateway.gather(page(3, 4)),
        *[gateway.reconnect] * 9,
    ]
    for happens in turn:
        wanted.append(gateway.ask().bytes)
        happens()
    less = FIRST_BYTES * 2 * 3 // 4
    assert wanted[:3] == [FIRST_BYTES, 2 * FIRST_BYTES, less]
    more = less + less // 5
    assert wanted[3:6] == [more, more * 3 // 4, more * 3 // 4 // 2]
    assert gateway.ask().bytes == AT_LEAST_BYTES


def test_a_slow_answer_is_waited_for(gateway: Gateway) -> None:
    gateway.now_ns = 3 * NS_PER_S
    gateway.gather(page(1, 2))
    asked_ns = gateway.now_ns
    gateway.ask()
    assert gateway.following.ask_at_ns == asked_ns + 4 * asked_ns
