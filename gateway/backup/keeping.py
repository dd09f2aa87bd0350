"""A folder of backups, of which the newest are kept."""

import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.backup.manifest import MANIFEST, BackupRefused, Manifest

STAMP = "%Y%m%dT%H%M%SZ"


class Kept(NamedTuple):
    made: str
    """UTC text, as its manifest says."""
    folder: Path


def new_folder(into: Path, name: str, now: datetime) -> Path:
    """Where the next backup of this name goes: NAME-20261123T023000Z.

    BackupRefused unless the folder is there: a stick that is not mounted is no reason to fill
    the card below it.
    """
    if not into.is_dir():
        raise BackupRefused(
            f"{into}: expected the folder of backups, found none; is the medium mounted?"
        )
    return into / f"{name}-{now.strftime(STAMP)}"


def drop_oldest(into: Path, newest: Manifest, keep: int) -> list[Path]:
    """Remove what is older than the `keep` newest backups of the same party; what was removed.

    Only whole backups of its own naming count: whatever else lies there is left alone. What a
    power cut has left half-made goes too.
    """
    own = re.compile(rf"{re.escape(newest.name)}-\d{{8}}T\d{{6}}Z")
    unfinished = re.compile(rf"\.{own.pattern}-.{{8}}")
    found = sorted(
        Kept(manifest.made, folder)
        for folder in into.iterdir()
        if own.fullmatch(folder.name)
        and (manifest := _manifest(folder)) is not None
        and (manifest.kind, manifest.name) == (newest.kind, newest.name)
    )
    old = [kept.folder for kept in found[: max(0, len(found) - keep)]]
    for folder in [*old, *(one for one in into.iterdir() if unfinished.fullmatch(one.name))]:
        shutil.rmtree(folder)
    return old


def _manifest(folder: Path) -> Manifest | None:
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, ValueError):
        return None
