"""Files that are whole after a power cut: new ones, replaced ones, and room for more."""

import os
from pathlib import Path

BYTES_PER_MB = 1024 * 1024


def free_bytes(path: Path) -> int:
    """Bytes that this process may still write on the file system of `path`."""
    room = os.statvfs(path)
    return room.f_bavail * room.f_frsize


def create_file(path: Path, content: bytes, mode: int = 0o640) -> None:
    """Make a file, durable with its name. FileExistsError leaves the old one untouched."""
    _write(path, content, os.O_EXCL, mode)
    sync_folder(path.parent)


def replace_file(
    path: Path, content: bytes, mode: int = 0o640, *, whatever_umask: bool = False
) -> None:
    """Put the whole content in place of the file: after a crash it is the old or the new.

    `whatever_umask`: it has exactly this mode from the moment when it has its name.
    OSError: the file is the old one, or, if only the folder could not be synced, the new
    one now and perhaps the old one after a power cut.
    """
    aside = path.with_name(path.name + ".new")
    try:
        _write(aside, content, os.O_TRUNC, mode)
        if whatever_umask:
            aside.chmod(mode)
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    _sync(folder, os.O_DIRECTORY)


def sync_file(path: Path) -> None:
    """Make the content of a file durable, whoever wrote it."""
    _sync(path, 0)


def _sync(path: Path, flag: int) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flag)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes, flag: int, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flag, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
