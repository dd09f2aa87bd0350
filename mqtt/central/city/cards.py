"""Cards of the model city: one a vehicle, some replaced or lost, and those of people."""

from collections.abc import Iterator
from random import Random

from gateway.core.allocation import CardKind, CardStatus, PutCard, PutSubject

REPLACED_OF_1000 = 30
"""Vehicles whose first card was replaced by a second one."""
LOST_OF_1000 = 6
"""Vehicles whose only card is reported lost."""
SHORT_UID_PERCENT = 15

PEOPLE: dict[CardKind, int] = {"driver": 60, "attendant": 8, "supervisor": 3, "technician": 2}


class Uids:
    """Draws each UID once: mostly 7 bytes, some 4, as such cards are sold."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._drawn: set[str] = set()

    def draw(self) -> str:
        while True:
            short = self._random.randrange(100) < SHORT_UID_PERCENT
            uid = self._short() if short else self._long()
            if uid not in self._drawn:
                self._drawn.add(uid)
                return uid

    def _long(self) -> str:
        """NXP's first byte; the fourth is never the cascade tag (ISO 14443-3, 6.5.4)."""
        uid = bytes([0x04]) + self._random.randbytes(6)
        return uid.hex().upper() if uid[3] != 0x88 else self._long()

    def _short(self) -> str:
        """First byte neither random (08), cascade tag (88) nor shared by many (xF)."""
        first = self._random.choice([byte for byte in range(256) if byte & 0x0F not in (8, 15)])
        return (bytes([first]) + self._random.randbytes(3)).hex().upper()


def draw_cards(random: Random, subjects: list[PutSubject]) -> Iterator[PutCard]:
    """Cards of all subjects, then of people, in a fixed order."""
    uids = Uids(random)
    marked = random.sample(subjects, len(subjects) * (REPLACED_OF_1000 + LOST_OF_1000) // 1000)
    replaced = {put.subject for put in marked[: len(subjects) * REPLACED_OF_1000 // 1000]}
    lost = {put.subject for put in marked} - replaced
    for put in subjects:
        if put.subject in replaced:
            yield PutCard(uid=uids.draw(), card="vehicle", holder=put.subject, status="replaced")
        status: CardStatus = "lost" if put.subject in lost else "active"
        yield PutCard(uid=uids.draw(), card="vehicle", holder=put.subject, status=status)
    for kind, count in PEOPLE.items():
        for number in range(1, count + 1):
            yield PutCard(uid=uids.draw(), card=kind, holder=f"{kind}-{number:02}", status="active")
