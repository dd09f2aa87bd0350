"""Small disks of our own, mounted for a test: one without room, one that turns read-only."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

EXT4_ERRORS = Path("/sys/fs/ext4")


def run(*command: str | Path) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@contextmanager
def small_disk(folder: Path, size: str = "512k") -> Iterator[Path]:
    """A tmpfs; skips where nothing may be mounted."""
    folder.mkdir()
    if not run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder):
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


class FailingDisk:
    """An ext4 file system in a file, which its own errors turn read-only, as on a worn card."""

    def __init__(self, image: Path, folder: Path) -> None:
        self._image = image
        self.folder = folder

    def mount(self) -> bool:
        # Without a journal, so that what the kernel refuses then is only what is new.
        return run("mount", "-o", "loop,errors=remount-ro", self._image, self.folder)

    def fail(self) -> None:
        """The kernel finds an error in it: from now on it is read-only, also where it is open."""
        mounts = Path("/proc/mounts").read_text().splitlines()
        (device,) = [line.split()[0] for line in mounts if line.split()[1] == str(self.folder)]
        (EXT4_ERRORS / Path(device).name / "trigger_fs_error").write_text("x")

    def repair(self) -> None:
        """Nothing may be open on it."""
        subprocess.run(["umount", self.folder], check=True)
        run("e2fsck", "-fy", self._image)
        assert self.mount()


@contextmanager
def failing_disk(base: Path) -> Iterator[FailingDisk]:
    """Skips where a loop device, ext4 or its switch for errors is missing."""
    disk = FailingDisk(base / "image", base / "failing")
    disk.folder.mkdir()
    with (base / "image").open("wb") as image:
        image.truncate(16 * 1024 * 1024)
    made = run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", base / "image")
    if not (made and EXT4_ERRORS.is_dir() and disk.mount()):
        pytest.skip("needs mkfs.ext4, a loop device and the right to mount it")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk.folder], check=True)
