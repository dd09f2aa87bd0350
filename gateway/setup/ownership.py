"""What root writes into a service's folder belongs to the service, which could not read it else."""

import os
import stat
from pathlib import Path

ROOT = 0


def give_to_owner(folder: Path) -> None:
    """Give what root has left in `folder`, at any depth, to who owns the folder.

    Nothing is done for another account, in root's own folders, and to what has a second name
    elsewhere.
    """
    if os.geteuid() != ROOT:
        return
    owner = folder.stat()
    if owner.st_uid == ROOT:
        return
    for path in folder.rglob("*"):
        found = path.lstat()
        if found.st_uid == ROOT and (stat.S_ISDIR(found.st_mode) or found.st_nlink == 1):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
