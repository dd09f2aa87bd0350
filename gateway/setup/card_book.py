"""cards.json: what the simulated forecourt can tap, by plate or UID."""

from mqtt.central.city.generate import City

UNREGISTERED = ("04FEEDFACECAFE", "0BADC0DE")
"""Cards that no city knows: one of 7 bytes, one of 4."""


def card_book(city: City) -> list[dict[str, str | None]]:
    """{"uid", "plate", "kind", "vehicle", "status", "product"} of every card.

    `status` is the card's, or `blocked` where its vehicle is; `unregistered` for cards from
    elsewhere. `product` is the vehicle's usual one. People's cards have no plate.
    """
    subjects = {entitled.put.subject: entitled.put for entitled in city.subjects}
    book: list[dict[str, str | None]] = []
    for card in city.cards:
        subject = subjects.get(card.holder)
        blocked = subject is not None and subject.blocked and card.status == "active"
        book.append(
            {
                "uid": card.uid,
                "plate": subject.plate if subject else None,
                "kind": card.card,
                "vehicle": subject.vehicle if subject else None,
                "status": "blocked" if blocked else card.status,
                "product": subject.products[0] if subject else None,
            }
        )
    book += [
        {
            "uid": uid,
            "plate": None,
            "kind": "vehicle",
            "vehicle": None,
            "status": "unregistered",
            "product": None,
        }
        for uid in UNREGISTERED
    ]
    return book
