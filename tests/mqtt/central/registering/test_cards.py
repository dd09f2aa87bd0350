"""Cards: lost ones are blocked everywhere, new ones serve, none is two people's."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, select

from gateway.core.allocation import PutCard
from gateway.core.log import Entry
from mqtt.central.decisions import DecisionRefused, all_decisions
from mqtt.central.registering.cards import add_card, cards_of, change_cards, uid_of
from mqtt.central.registering.noted import Note
from mqtt.central.tables import directives
from tests.mqtt.central.city import NOW, SUBJECTS

NOTE = Note("Ama Nalle", "told by phone", NOW)
FIRST, SECOND, THIRD = "04A1B2C3D4E5F6", "6CB79A0E", "04A1B2C3D4E5F7"


@pytest.fixture
def connection(office: Any) -> Iterator[Connection]:
    """Of an office whose first vehicle, which has a card, got a second one."""
    with office.engine.begin() as made:
        add_card(made, card(SECOND), NOTE, replaces=False)
        yield made


def card(uid: str, holder: str = SUBJECTS[0]) -> PutCard:
    return PutCard(uid=uid, card="vehicle", holder=holder, status="active")


def statuses(connection: Connection) -> dict[str, str]:
    return {one.uid: one.status for one in cards_of(connection, SUBJECTS[0])}


def told(connection: Connection, gateway: str) -> list[PutCard]:
    """What a gateway's directives say of cards."""
    where = (directives.c.gateway == gateway) & (directives.c.type == "card.put")
    bodies = connection.scalars(
        select(directives.c.body).where(where).order_by(directives.c.sequence)
    )
    entries = (msgspec.json.decode(body, type=Entry) for body in bodies)
    return [msgspec.convert(entry.data, PutCard) for entry in entries]


@pytest.mark.parametrize("whose", [SUBJECTS[0], "dh 1001 aa", "DH 1001 AA"])
def test_a_vehicles_cards_are_lost_together_at_every_gateway(
    connection: Connection, whose: str
) -> None:
    done = change_cards(connection, whose, "lost", NOTE)
    assert [one.uid for one in done] == [FIRST, SECOND]
    assert statuses(connection) == {FIRST: "lost", SECOND: "lost"}
    for gateway in ("depot-1", "depot-2"):
        assert told(connection, gateway)[-2:] == done
    last = all_decisions(connection)[-1]
    assert last.who == "Ama Nalle"
    assert last.why == "told by phone"
    assert last.what == f"card {SECOND} of {SUBJECTS[0]}: active -> lost"


@pytest.mark.parametrize("text", ["04:a1:b2:c3:d4:e5:f6", "04A1-B2C3-D4E5F6", FIRST])
def test_one_card_by_its_uid_however_it_is_written(connection: Connection, text: str) -> None:
    assert [one.uid for one in change_cards(connection, text, "blocked", NOTE)] == [FIRST]
    assert statuses(connection) == {FIRST: "blocked", SECOND: "active"}


def test_a_lost_card_stays_lost_when_the_rest_is_replaced(connection: Connection) -> None:
    change_cards(connection, FIRST, "lost", NOTE)
    ended = add_card(connection, card(THIRD, "DH 1001 AA"), NOTE, replaces=True)
    assert [one.uid for one in ended] == [SECOND]
    assert statuses(connection) == {FIRST: "lost", SECOND: "replaced", THIRD: "active"}


def test_of_several_that_are_not_in_use_the_found_one_must_be_named(
    connection: Connection,
) -> None:
    change_cards(connection, SUBJECTS[0], "lost", NOTE)
    with pytest.raises(DecisionRefused, match=f"by its UID, of {FIRST}, {SECOND}"):
        change_cards(connection, SUBJECTS[0], "active", NOTE)
    change_cards(connection, SECOND, "active", NOTE)
    assert statuses(connection) == {FIRST: "lost", SECOND: "active"}


def test_what_makes_no_sense_changes_nothing(connection: Connection) -> None:
    before = (statuses(connection), all_decisions(connection), told(connection, "depot-1"))
    for whose, why in (
        ("DH 0 XX", "no vehicle named"),
        ("04A1B2C3D4E5FF", "no vehicle named"),
        (SUBJECTS[1], "has no card"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            change_cards(connection, whose, "lost", NOTE)
    with pytest.raises(DecisionRefused, match="would become active"):
        change_cards(connection, FIRST, "active", NOTE)
    with pytest.raises(DecisionRefused, match="is dh-1001-aa's"):
        add_card(connection, card(FIRST, SUBJECTS[1]), NOTE, replaces=False)
    with pytest.raises(DecisionRefused, match="no vehicle"):
        add_card(connection, card(THIRD, "nobody"), NOTE, replaces=False)
    person = PutCard(uid=THIRD, card="driver", holder="Ama Nalle", status="active")
    with pytest.raises(DecisionRefused, match=r"nothing was changed.*holder"):
        add_card(connection, person, NOTE, replaces=False)
    assert (statuses(connection), all_decisions(connection), told(connection, "depot-1")) == before


def test_a_replaced_card_may_become_somebody_elses(connection: Connection) -> None:
    change_cards(connection, FIRST, "replaced", NOTE)
    add_card(connection, card(FIRST, SUBJECTS[1]), NOTE, replaces=False)
    assert cards_of(connection, FIRST) == [card(FIRST, SUBJECTS[1])]
    assert told(connection, "depot-2")[-1] == card(FIRST, SUBJECTS[1])


def test_what_is_no_uid() -> None:
    assert uid_of("DH 1001 AA") is None
    assert uid_of("04A1B2C3D4") is None
    assert uid_of("04a1b2c3") == "04A1B2C3"
