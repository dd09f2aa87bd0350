"""Pieces of one group: doubled, overlapping, reordered, badly sealed. Each entry counts once."""

import json
from dataclasses import replace
from itertools import permutations
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from gateway.core.chain import GENESIS
from gateway.core.facts import EpochAdopted, GatewayBooted
from mqtt.central.many import ROWS_AT_ONCE
from mqtt.central.opening import Received, neighbours_joined, open_message
from mqtt.central.report_tables import anomalies, sales
from mqtt.central.succession import begin_epoch
from mqtt.central.tables import entries, seals
from tests.mqtt.central.changed_key import rotated
from tests.mqtt.central.city import NOW
from tests.mqtt.central.test_succession import FRESH, restored


def sequences(office: Any, table: Any) -> list[int]:
    with office.engine.connect() as connection:
        return list(connection.scalars(select(table.c.sequence).order_by(table.c.sequence)))


def badly_sealed(message: Received, how: Any) -> Received:
    body = json.loads(message.payload)
    body["seal"] |= how(body["seal"])
    return message._replace(payload=json.dumps(body, separators=(",", ":")).encode())


def test_neighbours_are_one_piece_with_the_seal_of_each(office: Any) -> None:
    for _ in range(6):
        office.first.sell()
    group = [office.first.ledger(1, 2), office.first.ledger(3, 5), office.first.ledger(6)]
    (one,) = neighbours_joined([open_message(message) for message in group])
    assert [seal.sequence for seal in one.message.seals] == [2, 5, 6]  # type: ignore[union-attr]
    office.handle(*group)
    assert sequences(office, entries) == [1, 2, 3, 4, 5, 6]
    assert sequences(office, seals) == [2, 5, 6], "an export proves each where it was sealed"
    assert office.count() == (6, 6, 6000)


@pytest.mark.parametrize("order", list(permutations([(1, 2), (2, 4), (3, 3), (4, 6)])))
def test_overlapping_pieces_in_any_order_then_the_rest(office: Any, order: Any) -> None:
    for _ in range(6):
        office.first.sell()
    handler = office.handler()
    published = handler.handle([office.first.ledger(*piece) for piece in order])
    through = office.acknowledged(published)["depot-1"].sequence
    assert office.count() == (through, through, 1000 * through)
    handler.handle([office.first.ledger(through + 1)] if through < 6 else [])
    handler.handle([office.first.ledger(*piece) for piece in order])
    assert office.count() == (6, 6, 6000)
    assert office.rejections() == []


def test_the_same_messages_twice_in_a_group(office: Any) -> None:
    for _ in range(3):
        office.first.sell()
        office.second.sell()
    group = [office.first.ledger(1, 1), office.second.ledger(), office.first.ledger(2, 3)]
    answers = office.handle(*group, *group, office.first.ledger(1, 1), office.first.ledger(1))
    assert office.count() == (6, 6, 6000)
    assert {seal.sequence for seal in office.acknowledged(answers).values()} == {3}


@pytest.mark.parametrize("cut", [None, 1, 2], ids=["one message", "joined", "joined later"])
def test_a_sale_told_twice_in_a_group_counts_once(office: Any, cut: int | None) -> None:
    first = office.first
    first.sell(1000)
    first.sell(700)
    first.sell(1000, sale=f"{first.incarnation}-1")
    pieces = [first.ledger()] if cut is None else [first.ledger(1, cut), first.ledger(cut + 1)]
    assert office.acknowledged(office.handle(*pieces))["depot-1"].sequence == 3
    assert office.count() == (3, 2, 1700)
    assert "recorded before, at 1; not counted again" in office.scalar(select(anomalies.c.what))


@pytest.mark.parametrize("between", ["nothing", "a start", "another gateway"])
def test_a_sale_of_an_earlier_group_counts_once(office: Any, between: str) -> None:
    """The quick way only meets the table's own rule: others in the group must not suffer."""
    first, second = office.first, office.second
    first.sell(1000)
    office.handle(first.ledger())
    if between == "a start":
        first.tell(booted(2))
    first.sell(1000, sale=f"{first.incarnation}-1")
    first.sell(300)
    second.sell(400)
    group = [first.ledger(2), second.ledger()]
    group = group[::-1] if between == "another gateway" else group
    acknowledged = office.acknowledged(office.handle(*group))
    assert {seal.sequence for seal in acknowledged.values()} == {len(first.entries), 1}
    assert office.count()[1:] == (3, 1700)
    assert "not counted again" in office.scalar(select(anomalies.c.what))


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (lambda _: {"signature": "A" * 86}, "does not fit"),
        (lambda _: {"key_id": "0" * 16}, "unknown key"),
    ],
)
@pytest.mark.parametrize("bad", [0, 1, 2])
def test_a_bad_seal_among_joined_pieces_proves_nothing(
    office: Any, how: Any, why: str, bad: int
) -> None:
    """What stands before it is applied; what follows it waits until it is told again."""
    for _ in range(3):
        office.first.sell()
        office.second.sell()
    group = [office.first.ledger(number, number) for number in (1, 2, 3)]
    group[bad] = badly_sealed(group[bad], how)
    answers = office.handle(office.second.ledger(), *group)
    acknowledged = office.acknowledged(answers)
    assert acknowledged["depot-2"].sequence == 3
    assert acknowledged["depot-1"].sequence == bad if bad else office.row("depot-1").through == 0
    assert sequences(office, seals) == sorted([*range(1, bad + 1), 3])
    assert len(office.rejections()) == 1
    assert why in office.rejections()[0]


def test_a_stranger_cannot_append_to_a_gateways_pieces(office: Any) -> None:
    for _ in range(2):
        office.first.sell()
    stranger = replace(office.first, key=Ed25519PrivateKey.generate())
    answers = office.handle(office.first.ledger(1, 1), stranger.ledger(2, 2))
    assert office.acknowledged(answers)["depot-1"].sequence == 1
    assert office.count() == (1, 1, 1000)


def test_a_copys_piece_does_not_continue_ours(office: Any) -> None:
    """It follows by number, and not by hash."""
    copy = replace(office.first, entries=[])
    for number in range(3):
        office.first.sell()
        copy.sell(900 + number)
    answers = office.handle(office.first.ledger(1, 2), copy.ledger(3))
    assert office.acknowledged(answers)["depot-1"].head == office.first.entries[1].hash
    assert office.count() == (2, 2, 2000)
    assert "forked" in office.row("depot-1").fork


@pytest.mark.parametrize("count", [ROWS_AT_ONCE[1] - 1, ROWS_AT_ONCE[1], sum(ROWS_AT_ONCE)])
def test_many_rows_are_written_once_each(office: Any, count: int) -> None:
    """In statements of several sizes."""
    for _ in range(count):
        office.first.sell(10)
    pieces = [office.first.ledger(first, first + 49) for first in range(1, count + 1, 50)]
    assert office.acknowledged(office.handle(*pieces))["depot-1"].sequence == count
    assert office.count() == (count, count, 10 * count)
    assert sequences(office, entries) == sequences(office, sales) == [*range(1, count + 1)]


def booted(boot: int) -> GatewayBooted:
    return GatewayBooted(
        boot=boot,
        version="0.1.0",
        uptime_ms=1,
        clock="good",
        configuration_hash="0" * 64,
        unwitnessed=False,
        single_channel=False,
    )


def test_a_key_changes_in_the_middle_of_a_group(office: Any) -> None:
    old = office.first
    old.sell()
    new = rotated(old)
    new.sell()
    new.sell()
    group = [old.ledger(1, 1), old.ledger(2, 2), new.ledger(3, 3), old.ledger(4), new.ledger(4)]
    parts = neighbours_joined([open_message(message) for message in group[:3]])
    assert len(parts) == 3, "the change is judged by itself"
    answers = office.handle(*group)
    assert office.acknowledged(answers)["depot-1"].sequence == 4
    (reason,) = office.rejections()
    assert "was replaced" in reason
    assert office.count() == (4, 3, 3000)


def test_a_last_will_overtaken_in_its_own_group(office: Any) -> None:
    first = office.first
    office.handle(first.status("online", 5), first.status("offline", 4))
    assert (office.row("depot-1").state, office.row("depot-1").boot) == ("online", 5)
    first.tell(booted(8))
    office.handle(first.ledger(), first.status("offline", 7))
    assert (office.row("depot-1").state, office.row("depot-1").boot) == ("online", 8)


def test_an_epoch_is_adopted_in_the_middle_of_a_group(office: Any) -> None:
    """Behind it no incarnation may begin that nobody heard of, as one might before."""
    first = office.first
    with office.engine.begin() as connection:
        epoch = begin_epoch(connection, NOW)
    first.sell()
    first.tell(EpochAdopted(epoch=epoch, through=0))
    unheard = replace(first, incarnation=FRESH, entries=[], epoch=1)
    for _ in range(2):
        unheard.sell()
    adopting = replace(first, epoch=epoch)
    answers = office.handle(first.ledger(1, 1), adopting.ledger(2), unheard.ledger(2))
    seal = office.acknowledged(answers)["depot-1"]
    assert (seal.incarnation, seal.sequence, seal.epoch) == (first.incarnation, 2, epoch)
    assert f"incarnation {FRESH} of depot-1 begins with" in office.rejections()[0]


def test_an_incarnation_asked_for_and_begun_in_one_group_is_acknowledged_as_it_stands(
    office: Any,
) -> None:
    with office.engine.begin() as connection:
        begin_epoch(connection, NOW)
    fresh = restored(office.first)
    fresh.sell(charges=[], overrun_ml=1000)
    published = office.handle(fresh.ledger(2), fresh.ledger(1, 1))
    seals = [one for one in published if one.topic.endswith("/ack")]
    assert len(seals) == 1, "no older word is retained after it"
    assert office.acknowledged(published)["depot-1"].sequence == 1


def test_what_a_former_incarnation_asked_for_is_not_answered_to_the_next(office: Any) -> None:
    """Its place in directives that have ended says nothing about the new ones."""
    head = office.row("depot-1").directives_head
    through = office.row("depot-1").directives_through
    seal = office.first.signer.seal("request", through, head)
    asking = office.first.request(1, GENESIS)
    body = json.loads(asking.payload) | {"request": "snapshot", "at": through}
    asking = asking._replace(
        payload=json.dumps(body | {"seal": msgspec.to_builtins(seal)}).encode()
    )
    assert any(one.topic.endswith("/directives") for one in office.handle(asking))
    answers = office.handle(asking, restored(office.first).ledger())
    assert [one.topic for one in answers] == ["takar/v1/depot-1/ledger/ack"]
    assert office.rejections() == []
    assert office.scalar(select(func.count()).select_from(entries)) == 1
