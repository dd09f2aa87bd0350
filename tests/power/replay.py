"""Play a recorded program on disks of our own, stopping wherever power could be cut."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from tests.power.disk import Disk, File, Renaming, Truncate, Write
from tests.power.trace import Call

Said = dict[str, Any]
STDOUT = 1


@dataclass
class Place:
    """One folder of the program: its disk, and what the program has said while it was there."""

    disk: Disk
    said: list[Said] = field(default_factory=list)


@dataclass
class Opened:
    """An open file or folder."""

    place: Place
    file: File | None
    """None: the folder itself."""
    name: str
    at: int = 0


class Player:
    """Understands the calls of a program that works in the folders it was given."""

    def __init__(self, places: dict[str, Place]) -> None:
        self._places = places
        self._here = next(iter(places.values()))
        self._opened: dict[int, Opened] = {}

    def play(self, calls: list[Call]) -> Iterator[tuple[Place, str]]:
        """The place that the next call changes or syncs, and its name, just before it does.

        So each is a moment of a power cut, and so is the end of the program, called "end".
        """
        for call in calls:
            if call.name == "write" and int(call.words[0]) == STDOUT:
                self._hear(call)
            elif (step := self._step(call)) is not None:
                place, name, act = step
                yield place, name
                act()
        for place in self._places.values():
            yield place, "end"

    def _hear(self, call: Call) -> None:
        for line in call.texts[0].splitlines():
            said = json.loads(line)
            if "enter" in said:
                self._here = self._places[said["enter"]]
            else:
                self._here.said.append(said)

    def _step(self, call: Call) -> tuple[Place, str, Callable[[], None]] | None:
        if call.name in ("openat", "open", "creat"):
            return self._open(call)
        if call.name in ("unlink", "unlinkat", "rename"):
            return self._rename(call)
        number = _number(call.words[0]) if call.name != "mmap" else _number(call.words[4])
        opened = self._opened.get(number)
        if opened is None:
            if any(self._found(text.decode("latin-1")) for text in call.texts[:1]):
                raise ValueError(f"{call.name} is not understood")
            return None
        if opened.file is None:
            return self._folder(call, opened, number)
        return self._file(call, opened, opened.file, number)

    def _folder(
        self, call: Call, opened: Opened, number: int
    ) -> tuple[Place, str, Callable[[], None]] | None:
        if call.name == "close":
            del self._opened[number]
            return None
        if call.name not in ("fsync", "fdatasync"):
            raise ValueError(f"{call.name} of a folder is not understood")
        return opened.place, "sync of the folder", opened.place.disk.sync_names

    def _file(
        self, call: Call, opened: Opened, file: File, number: int
    ) -> tuple[Place, str, Callable[[], None]] | None:
        place, words = opened.place, call.words
        if call.name in ("fsync", "fdatasync"):
            return place, f"sync of {opened.name}", file.sync
        if call.name == "ftruncate":
            truncate = Truncate(int(words[1]))
            return place, f"truncate of {opened.name}", lambda: file.pending.append(truncate)
        if call.name in ("pwrite64", "write"):
            at = int(words[3]) if call.name == "pwrite64" else opened.at
            write = Write(at, call.texts[0][: call.result])
            if call.name == "write":
                opened.at += call.result
            return place, f"write to {opened.name}", lambda: file.pending.append(write)
        if call.name == "lseek":
            opened.at = call.result
        elif call.name == "close":
            del self._opened[number]
        elif call.name != "mmap" or not _is_memory(opened.name):
            raise ValueError(f"{call.name} of {opened.name} is not understood")
        return None

    def _open(self, call: Call) -> tuple[Place, str, Callable[[], None]] | None:
        path = call.texts[0].decode()
        flags = call.words[2] if call.name == "openat" else call.words[1]
        if path in self._places:
            self._opened[call.result] = Opened(self._places[path], None, "folder")
            return None
        found = self._found(path)
        if found is None:
            self._opened.pop(call.result, None)
            return None
        place, name = found
        file = place.disk.names.get(name)
        made = file is None
        file = file or File()
        self._opened[call.result] = Opened(place, file, name)
        if made:
            return place, f"making of {name}", lambda: place.disk.pending_names.append({name: file})
        if "O_TRUNC" in flags:
            return place, f"truncate of {name}", lambda: file.pending.append(Truncate(0))
        return None

    def _rename(self, call: Call) -> tuple[Place, str, Callable[[], None]] | None:
        found = [self._found(text.decode()) for text in call.texts]
        if found == [None] * len(found):
            return None
        if found[0] is None or found[-1] is None or found[0][0] is not found[-1][0]:
            raise ValueError("a rename out of or into a folder is not understood")
        (place, old), (_, new) = found[0], found[-1]
        change: Renaming = (
            {old: None} if len(found) == 1 else {old: None, new: place.disk.names[old]}
        )
        what = f"{call.name} of {old}"
        return place, what, lambda: place.disk.pending_names.append(change)

    def _found(self, path: str) -> tuple[Place, str] | None:
        pure = PurePath(path)
        place = self._places.get(str(pure.parent))
        return None if place is None else (place, pure.name)


def _number(word: str) -> int:
    return int(word) if word.lstrip("-").isdigit() else -1


def _is_memory(name: str) -> bool:
    """SQLite's shared memory holds nothing that the log does not: what is mapped is lost."""
    return name.endswith("-shm")
