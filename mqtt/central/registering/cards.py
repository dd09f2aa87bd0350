"""Cards: new ones, and what becomes of those that are lost."""

import re
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from gateway.core.allocation import CardStatus, PutCard
from mqtt.central import register
from mqtt.central.decisions import DecisionRefused
from mqtt.central.registering.noted import Note, checked
from mqtt.central.registering.vehicles import named
from mqtt.central.tables import cards

_FIELDS = PutCard.__struct_fields__
_UID = re.compile(r"[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20}")


def uid_of(text: str) -> str | None:
    """A UID however it is grouped, such as 04:a1:b2:c3; None if the text is none."""
    plain = re.sub(r"[\s:-]", "", text).upper()
    return plain if _UID.fullmatch(plain) else None


def cards_of(connection: Connection, whose: str) -> list[PutCard]:
    """The card with that UID, or all of a vehicle (name or plate) or person; in order of UIDs.

    DecisionRefused where there is none.
    """
    uid = uid_of(whose)
    if uid is not None and (found := _read(connection, cards.c.uid == uid)):
        return found
    if found := _read(connection, cards.c.holder == whose):
        return found
    if found := _read(connection, cards.c.holder == named(connection, whose)):
        return found
    raise DecisionRefused(f"{whose} has no card in the register")


def change_cards(
    connection: Connection, whose: str, status: CardStatus, note: Note
) -> list[PutCard]:
    """Give the card with a UID a status, or all cards in use of a vehicle or person.

    Gateways hear of it with their next directives. DecisionRefused where no card is meant or it
    has that status, and where several are to be used again at once.
    """
    by_uid = uid_of(whose) is not None
    meant = [
        card
        for card in cards_of(connection, whose)
        if card.status != status and (by_uid or status == "active" or card.status == "active")
    ]
    if not meant:
        raise DecisionRefused(f"nothing was changed: no card of {whose} would become {status}")
    if status == "active" and len(meant) > 1:
        raise DecisionRefused(
            f"{whose} has several cards that are not in use: name the one that is found by its "
            f"UID, of {', '.join(card.uid for card in meant)}"
        )
    return [_set_status(connection, card, status, note) for card in meant]


def add_card(connection: Connection, put: PutCard, note: Note, *, replaces: bool) -> list[PutCard]:
    """Take a card in for a vehicle (name or plate) or person; `replaces` ends the use of all their
    others, which are returned.

    DecisionRefused where the card is another's, or the vehicle is not known.
    """
    holder = named(connection, put.holder) if put.card == "vehicle" else put.holder
    put = checked(PutCard, msgspec.structs.asdict(put) | {"holder": holder})
    held = _read(connection, cards.c.uid == put.uid)
    if held and held[0].status != "replaced":
        (old,) = held
        raise DecisionRefused(
            f"card {put.uid} is {old.holder}'s ({old.card}, {old.status}): make it `replaced` "
            "first if it is to be somebody else's"
        )
    others: Sequence[PutCard] = ()
    if replaces:
        of_holder = (cards.c.holder == put.holder) & (cards.c.card == put.card)
        others = [
            card for card in _read(connection, of_holder) if card.status in ("active", "blocked")
        ]
    ended = [_set_status(connection, card, "replaced", note) for card in others]
    register.put_card(connection, put, note.now)
    note.record(connection, f"card {put.uid}: new, {put.card} card of {put.holder}")
    return ended


def _set_status(connection: Connection, card: PutCard, status: CardStatus, note: Note) -> PutCard:
    after = msgspec.structs.replace(card, status=status)
    register.put_card(connection, after, note.now)
    words = f"card {card.uid} of {card.holder}: {card.status} -> {status}"
    note.record(connection, words)
    return after


def _read(connection: Connection, which: object) -> list[PutCard]:
    query = select(*(cards.c[name] for name in _FIELDS)).where(which)  # type: ignore[arg-type]
    rows = connection.execute(query.order_by(cards.c.uid))
    return [msgspec.convert(dict(zip(_FIELDS, row, strict=True)), PutCard) for row in rows]
