"""What a disk may hold after a power cut: some of what was not yet synced, whole or in parts."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.power.disk import Change, Disk, File, Renaming, Write, renamed, torn, written

Content = dict[str, bytes]
"""Name → content of every file that a start finds."""

FEW, ALL = 6, 1_000_000
"""How many random states of a moment are made at most, in a short look and in a whole one."""
MEMORY = "-shm"
"""Where SQLite's shared memory is kept: after a power cut it may hold anything."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One change that is not durable: of a file's content, or of names (file None)."""

    file: File | None
    number: int


def without_memory(disk: Disk) -> Disk:
    """The same disk, from which the shared memory was removed: SQLite makes it anew."""
    every: list[dict[str, Any]] = [disk.durable_names, *disk.pending_names]
    for names in every:
        for name in [name for name in names if name.endswith(MEMORY)]:
            names.pop(name)
    return disk


class Survivors:
    """The states of one disk at one moment."""

    def __init__(self, disk: Disk, seed: str) -> None:
        self._disk = disk
        self._chance = random.Random(seed)
        files = {id(file): file for file in disk.durable_names.values()}
        for change in disk.pending_names:
            files |= {id(file): file for file in change.values() if file is not None}
        memory = {
            id(file)
            for names in [dict[str, File | None](disk.durable_names), *disk.pending_names]
            for name, file in names.items()
            if file is not None and name.endswith(MEMORY)
        }
        self._units = [Unit(None, number) for number in range(len(disk.pending_names))]
        for key, file in files.items():
            if key not in memory:
                self._units += [Unit(file, number) for number in range(len(file.pending))]

    def states(self, most: int) -> Iterator[Content]:
        """None and all of the pending changes, then at most `most` states in between: all but
        one, only one, random ones, and one torn among the others.
        """
        yield self._content(set())
        yield self._content(set(self._units))
        if not self._units:
            return
        between = [*self._some(), *self._torn()]
        if len(between) > most:
            between = self._chance.sample(between, most)
        for kept, hurt, garbage in between:
            yield self._content(kept, hurt, garbage=garbage)

    def _some(self) -> Iterator[tuple[set[Unit], Unit | None, bool]]:
        every = set(self._units)
        for unit in self._units:
            yield every - {unit}, None, False
            yield {unit}, None, False
        for _ in self._units:
            yield {unit for unit in self._units if self._chance.random() < 0.5}, None, False

    def _torn(self) -> Iterator[tuple[set[Unit], Unit | None, bool]]:
        every = set(self._units)
        for unit in self._units:
            if unit.file is not None and isinstance(unit.file.pending[unit.number], Write):
                for garbage in (False, True):
                    yield every, unit, garbage
                    yield {unit}, unit, garbage

    def _content(
        self, kept: set[Unit], hurt: Unit | None = None, *, garbage: bool = False
    ) -> Content:
        changes: list[Renaming] = [
            change
            for number, change in enumerate(self._disk.pending_names)
            if Unit(None, number) in kept
        ]
        names = renamed(self._disk.durable_names, changes)
        content = {}
        for name, file in names.items():
            if not name.endswith(MEMORY):
                content[name] = written(file.durable, self._kept(file, kept, hurt, garbage))
            elif (choice := self._chance.randrange(3)) < 2:
                content[name] = self._chance.randbytes(32768) if choice else bytes(32768)
        return content

    def _kept(
        self,
        file: File,
        kept: set[Unit],
        hurt: Unit | None,
        garbage: bool,
    ) -> list[Change]:
        after: list[Change] = []
        for number, change in enumerate(file.pending):
            unit = Unit(file, number)
            if unit == hurt and isinstance(change, Write):
                after += torn(change, self._chance, garbage=garbage)
            elif unit in kept:
                after.append(change)
        return after
