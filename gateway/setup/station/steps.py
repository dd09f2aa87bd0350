"""What a set-up does, one told step after the other; or only tells."""

import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path

from gateway.setup.station.places import GROUP

SYSTEMD = Path("/run/systemd/system")
"""There where systemd runs the machine (sd_booted(3))."""
PRIVATE = 0o600
SHORT_S = 120.0


class SetupRefused(Exception):
    """A set-up cannot go on; the text says what was expected, what was found and what to do."""


class Steps:
    def __init__(self, tell: Callable[[str], None], *, dry: bool = False) -> None:
        self.tell = tell
        self.dry = dry

    def do(self, what: str, act: Callable[[], object]) -> None:
        """Tell it, then do it, unless this is a dry run."""
        self.tell(f"{'would ' if self.dry else ''}{what}")
        if not self.dry:
            act()

    def systemctl(self, *arguments: str) -> None:
        """SetupRefused with what it said, where it fails. Where no systemd runs it is told."""
        what = f"systemctl {' '.join(arguments)}"
        if not SYSTEMD.exists():
            self.tell(f"to be done by hand, for no systemd runs here: {what}")
            return
        self.do(what, lambda: _run("systemctl", *arguments))


def give_configuration(folder: Path, *parts: Path) -> None:
    """Give /etc/takar and these in it to root, for group takar to read. What else is there may be
    central's, and stays as it is."""
    _give_one(folder, _ids("root"), 0o750)
    for part in parts:
        give(part, "root")


def give(path: Path, account: str, *, folder_mode: int = 0o750, file_mode: int = 0o640) -> None:
    """Give a folder and all in it, or a file, to an account, in group takar. Private files (0600)
    stay so. Without root, or without such an account, everything stays ours."""
    owner = _ids(account)
    for one in (path, *(sorted(path.rglob("*")) if path.is_dir() else ())):
        _give_one(one, owner, folder_mode if one.is_dir() else file_mode)


def _give_one(path: Path, owner: tuple[int, int] | None, mode: int) -> None:
    if path.is_dir() or path.stat().st_mode & 0o777 != PRIVATE:
        path.chmod(mode)
    if owner is not None:
        os.chown(path, *owner)


def _ids(account: str) -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    import grp

    try:
        return pwd.getpwnam(account).pw_uid, grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return None


def _run(*command: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own words, no shell
        command, capture_output=True, text=True, timeout=SHORT_S, check=False
    )
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split())
        raise SetupRefused(
            f"`{' '.join(command)}`: expected it to succeed, found: {said}; see `journalctl -xe`, "
            "put it right and run `takar setup` again"
        )
