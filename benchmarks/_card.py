"""An ext4 file system of its own under a folder, as the data partition of a Pi's SD card is."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

SIZE_MB = 256
_SECTOR_BYTES = 512
_WRITTEN, _FLUSHES = 6, 15
"""Fields of /sys/block/*/stat: sectors written, flush requests (Linux 5.5)."""


class Worn(NamedTuple):
    """What a block device was asked to do until now."""

    written_bytes: int
    flushes: int


class Card:
    """A block device that counts."""

    def __init__(self, device: str, folder: Path) -> None:
        self._stat = Path("/sys/block", Path(device).name, "stat")
        self._folder = folder

    def worn(self) -> Worn:
        """Of all that was written before this call."""
        _run("sync", "-f", str(self._folder))
        fields = self._stat.read_text().split()
        return Worn(int(fields[_WRITTEN]) * _SECTOR_BYTES, int(fields[_FLUSHES]))


@contextmanager
def card_under(folder: Path, room: Path) -> Iterator[Card | None]:
    """The folder's files on a card of their own, while nobody has them open; None without root or
    without loop devices. `room`: a folder for the image."""
    if os.geteuid() != 0:
        yield None
        return
    image, mounted = room / "card.img", room / "card"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(SIZE_MB * 1024 * 1024)
    with ExitStack() as undo:
        try:
            _run("mkfs.ext4", "-q", str(image))
            device = _run("losetup", "--find", "--show", str(image)).strip()
            undo.callback(_run, "losetup", "--detach", device)
            _run("mount", device, str(mounted))
            undo.callback(_run, "umount", str(mounted))
            shutil.copytree(folder, mounted, dirs_exist_ok=True)
            _run("mount", "--bind", str(mounted), str(folder))
            undo.callback(_run, "umount", str(folder))
        except (OSError, subprocess.CalledProcessError):
            yield None
            return
        yield Card(device, mounted)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
