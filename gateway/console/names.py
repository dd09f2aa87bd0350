"""Which vehicles and people this gateway knows, for lists and tables.

Read from the allocation cache beside its writer, and only to be shown: what a form names the
gateway looks up itself, in what it has verified.
"""

import asyncio
import re
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import Struct, field


class Vehicle(Struct, frozen=True):
    subject: str
    plate: str
    """Or asset number."""
    department: str


class _Card(Struct, frozen=True):
    uid: str
    holder: str
    card: str


class _Policy(Struct, frozen=True):
    override_fill_ml: int = 0
    override_day_ml: int = 0


class _Content(Struct, frozen=True):
    subjects: dict[str, Vehicle] = {}
    cards: dict[str, _Card] = {}
    policy: dict[str, _Policy] = {}


class Names(Struct, frozen=True, dict=True):
    """As the cache has them now; empty where it does not read."""

    content: _Content = field(default_factory=_Content)

    @cached_property
    def vehicles(self) -> list[Vehicle]:
        """By plate."""
        return sorted(self.content.subjects.values(), key=lambda one: one.plate)

    @cached_property
    def people(self) -> dict[str, str]:
        """Holder of each person's card, by its UID."""
        cards = self.content.cards.values()
        return {one.uid: one.holder for one in cards if one.card != "vehicle"}

    @property
    def policy(self) -> _Policy:
        return next(iter(self.content.policy.values()), _Policy())

    def plate(self, subject: str) -> str:
        """Its plate or asset number; of one that is not known here any more, its name."""
        known = self.content.subjects.get(subject)
        return known.plate if known is not None else subject.replace("-", " ").upper()

    def subjects(self, words: str) -> frozenset[str]:
        """Whose plate holds these words, whatever stands between letters and digits."""
        part = _bare(words)
        return frozenset(one.subject for one in self.vehicles if part and part in _bare(one.plate))


class NamesOf:
    """The newest names, read again when the file is another one."""

    def __init__(self, path: Path) -> None:
        """`path` of the allocation cache."""
        self._path = path
        self._held: tuple[object, Names] | None = None
        self._reading = asyncio.Lock()

    async def now(self) -> Names:
        async with self._reading:
            return await asyncio.to_thread(self._read)

    def _read(self) -> Names:
        try:
            stat = self._path.stat()
            mark = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if self._held is None or self._held[0] != mark:
                content = msgspec.json.decode(self._path.read_bytes(), type=_File).content
                self._held = mark, Names(content)
        except (OSError, ValueError, msgspec.MsgspecError):
            return Names()
        return self._held[1]


class _File(Struct, frozen=True):
    content: _Content


def _bare(text: str) -> str:
    return re.sub(r"[^0-9a-z]+", "", text.casefold())
