"""What central sends when asked: tail or snapshot, as long as asked for, the same each time."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from gateway.core.allocation import PutPrice
from gateway.core.chain import GENESIS
from gateway.core.log import Entry
from mqtt.central import directives
from mqtt.central.directives import append, log_of
from mqtt.central.tables import gateways
from mqtt.following import Following
from mqtt.keys import Keyring
from mqtt.messages import DirectivesMessage, Request, SnapshotPage
from mqtt.payloads import decode, encode
from mqtt.seal import Seal
from mqtt.snapshot import Snapshot, snapshot_of
from tests.mqtt.central.city import NOW


def price(version: int) -> PutPrice:
    return PutPrice(product="pertamax", price_idr_per_l=10_000, version=version, subsidised=False)


def say(office: Any, count: int, first: int = 2) -> None:
    with office.engine.begin() as connection:
        append(connection, [price(first + number) for number in range(count)], NOW)


def log(office: Any) -> list[Entry]:
    with office.engine.connect() as connection:
        return list(log_of(connection, "depot-1"))


def ask(office: Any, **fields: Any) -> DirectivesMessage | SnapshotPage | Seal | None:
    at, first = fields.get("at", 0), fields["from_sequence"]
    stands = at or first - 1
    hashes = [GENESIS, *(entry.hash for entry in log(office))]
    head = fields.pop("head", None) or hashes[stands]
    request = Request(
        request="snapshot" if at else "directives",
        seal=office.first.signer.seal("request", at or first, head),
        **fields,
    )
    answers = office.handler().handle([office.first.received("requests", encode(request))])
    if not answers:
        return None
    (answer,) = answers
    message = decode(answer.topic.removeprefix("takar/v1/depot-1/"), answer.payload)
    assert isinstance(message, DirectivesMessage | SnapshotPage | Seal)
    return message


def test_a_short_gap_is_answered_with_the_tail(office: Any) -> None:
    before = len(log(office))
    say(office, 3)
    answer = ask(office, from_sequence=before + 1)
    assert isinstance(answer, DirectivesMessage)
    assert answer.directives == log(office)[before:]


def test_a_tail_longer_than_a_snapshot_is_answered_with_the_snapshot(office: Any) -> None:
    before = len(log(office))
    say(office, 100)
    whole = ask(office, from_sequence=before + 1, bytes=4096)
    assert isinstance(whole, SnapshotPage)
    assert (whole.at, whole.first) == (before + 100, 1)
    # The same gap, where it fits into one message.
    assert isinstance(ask(office, from_sequence=before + 1), DirectivesMessage)


def test_which_of_them_is_decided_by_bytes(office: Any) -> None:
    before = len(log(office))
    say(office, 100)
    kinds = [type(ask(office, from_sequence=before + 1 + behind, bytes=1)) for behind in range(100)]
    with office.engine.connect() as connection:
        missing = [
            directives.bytes_from(connection, "depot-1", before + 1 + behind)
            for behind in range(100)
        ]
    held = sum(len(msgspec.json.encode(one)) for one in snapshot_of(log(office)).entries)
    assert kinds == [SnapshotPage if size > held else DirectivesMessage for size in missing]
    assert len(set(kinds)) == 2


def pages(office: Any, at: int, limit: int) -> Iterator[SnapshotPage]:
    first = 1
    while (page := ask(office, at=at, from_sequence=first, bytes=limit)) is not None:
        assert isinstance(page, SnapshotPage)
        yield page
        first += len(page.entries)


@pytest.mark.parametrize("limit", [1, 500, 1500, 204_800])
def test_pages_of_any_size_come_to_the_same_snapshot_also_when_the_log_has_grown(
    office: Any, limit: int
) -> None:
    at, expected = len(log(office)), snapshot_of(log(office))
    say(office, 5)
    position = 0, GENESIS
    following = Following(
        lambda: position, office.first.signer, Keyring({"central": office.key.public_key()})
    )
    following.restart(0)
    following.request(0)
    done: list[Snapshot] = []
    for page in pages(office, at, limit):
        assert len(page.entries) == 1 or len(encode(page)) < limit + 1000
        done += filter(None, [following.gather(page, 0)])
    assert done == [expected]


def test_a_restarted_central_makes_the_same_page(office: Any) -> None:
    at = len(log(office))
    first = ask(office, at=at, from_sequence=3, bytes=900)
    say(office, 50)
    assert ask(office, at=at, from_sequence=3, bytes=900) == first  # each asks a new handler


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"from_sequence": 3, "head": "ab" * 32}, "directive 2 has hash abab"),
        ({"from_sequence": 1, "at": 4, "head": "ab" * 32}, "directive 4 has hash abab"),
        ({"from_sequence": 999, "head": "ab" * 32}, "ours there is none"),
    ],
)
def test_a_fork_is_reported_on_both_sides(office: Any, fields: dict[str, Any], why: str) -> None:
    stands = fields.get("at") or fields["from_sequence"] - 1
    answer = ask(office, **fields)
    assert why in office.row("depot-1").fork
    assert "directives of depot-1 are forked" in office.rejections()[-1]
    if stands < 999 - 1:
        assert isinstance(answer, Seal)
        assert (answer.type, answer.sequence) == ("directives-head", stands)
        assert answer.head == log(office)[stands - 1].hash
    else:
        assert answer is None


def test_no_snapshot_at_nothing_and_no_page_beyond_the_last(office: Any) -> None:
    assert ask(office, at=2, from_sequence=99) is None
    assert office.rejections() == []
    with office.engine.begin() as connection:
        connection.execute(update(gateways).values(fork=None))
    seal = office.first.signer.seal("request", 0, GENESIS)
    request = Request(request="snapshot", from_sequence=1, at=0, seal=seal)
    assert office.handle(office.first.received("requests", encode(request))) == []
    assert "snapshot at 0" in office.rejections()[-1]
