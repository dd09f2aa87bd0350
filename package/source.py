"""What of this checkout a release holds, and what the release is called."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gateway import VERSION

PARTS = (
    *("gateway", "hardware", "mqtt", "firmware", "simulation", "benchmarks"),
    *("systemd", "takar", "scripts/set_up.sh", "requirements/run.lock"),
)
"""Tests and what only a developer runs stay out."""
DOCUMENTS = ("README.md", "CHANGELOG.md", "docs/*.md")
"""For /usr/share/doc/takar."""


class SourceRefused(Exception):
    """No package can be made from here; the message says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """One state of the checkout."""

    root: Path
    files: tuple[str, ...]
    """Relative to `root`, sorted."""
    version: str
    """Debian's. Commits before a release's tag sort before it, in the order of their times."""
    epoch_s: int
    """Seconds since 1970 of the commit: the time of every file in the package."""


def find_source(root: Path) -> Source:
    """What git follows, as it is in the folder now; `.changed` ends the version if that differs
    from the commit. SOURCE_DATE_EPOCH, if set, is taken for the commit's time."""
    status = _git(
        root, "status", "--porcelain", "--untracked-files=no", "--", *PARTS, *DOCUMENTS, "package"
    )
    listed = _git(root, "ls-files", "-z", "--", *PARTS).split("\0")
    files = tuple(sorted(name for name in listed if name and (root / name).is_file()))
    epoch_s = int(os.environ.get("SOURCE_DATE_EPOCH") or _git(root, "log", "-1", "--format=%ct"))
    tags = _git(root, "tag", "--points-at", "HEAD").split()
    version = VERSION
    if f"v{VERSION}" not in tags:
        day = _git(root, "log", "-1", "--date=format-local:%Y%m%d%H%M%S", "--format=%cd")
        version += f"~git{day.strip()}.{_git(root, 'rev-parse', '--short=8', 'HEAD').strip()}"
    return Source(root, files, version + (".changed" if status else ""), epoch_s)


def _git(root: Path, *arguments: str) -> str:
    # A folder that another user owns, as in a container, is read all the same.
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - git alone, with our own arguments
            command,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"TZ": "UTC", "LC_ALL": "C.UTF-8"},
        )
    except FileNotFoundError as error:
        raise SourceRefused("git is missing (Debian's name: git).") from error
    if done.returncode != 0:
        raise SourceRefused(
            f"{root} is not a git checkout that could be read: {done.stderr.strip()} A package "
            "has its version, its time and its list of files from git."
        )
    return done.stdout
