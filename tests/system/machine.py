"""A Debian that boots: systemd as process 1 in namespaces of its own, without any network.

The root made at set-up (scripts/system_root.sh) stays as it is: an overlay above it takes all
that is written, and outlives a power cut.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import pytest

ROOT = Path(__file__).parents[2]
MAKER = ROOT / "scripts/system_root.sh"
DEBIAN_12 = ROOT / ".system/bookworm"
BOOT_S = 90.0
PATIENCE_S = 60.0
PAUSE_S = 0.2
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
# In a mount namespace of its own, so that nothing stays mounted whatever happens.
BOOT = """
set -eu
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
shift 2
exec systemd-nspawn "$@"
"""


class CommandFailed(Exception):
    """A command in the machine ended with another status than 0; the message has what it said."""


class CannotBoot(Exception):
    """This host lets systemd-nspawn do too little; the message has what it said."""


class Machine:
    """`with Machine(base, folder) as machine`: booted inside, shut down hard at the end."""

    def __init__(self, folder: Path, *bases: Path, options: Sequence[str] = ()) -> None:
        """`folder`: where what it writes is kept. `bases`: roots it stands on, the topmost first;
        `layer` of another machine is one. `options`: more of systemd-nspawn's."""
        self.folder = folder
        self.bases = bases
        self.options = options
        for name in ("upper", "work", "root"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Self:
        """Skips the test where nothing can boot."""
        try:
            self.boot()
        except CannotBoot as error:
            pytest.skip(str(error))
        return self

    def __exit__(self, *_: object) -> None:
        self.cut_power()

    def boot(self) -> None:
        """TimeoutError if systemd does not come up; what the console said is in the message."""
        console = (self.folder / "console.log").open("ab")
        self._nspawn = subprocess.Popen(
            [
                *("unshare", "--mount", "sh", "-c", BOOT, "sh"),
                *(":".join(map(str, self.bases)), self.folder),
                *("-D", self.folder / "root", "--boot", "--register=no", "--keep-unit"),
                *("--private-network", "--link-journal=no", "--console=pipe"),
                *self.options,
            ],
            env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
        )
        console.close()
        self.wait("systemd to be up", self._is_up, BOOT_S)

    @property
    def layer(self) -> Path:
        """All that was written, for another machine to stand on once this one is off."""
        return self.folder / "upper"

    def _is_up(self) -> bool:
        assert self._nspawn is not None
        if self._nspawn.poll() is not None:
            raise CannotBoot(f"systemd-nspawn boots nothing here: {self.console}")
        pid = self._nspawn.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if not children:
            return False
        self._leader = int(children[0])
        state = self.try_run("systemctl", "is-system-running")[1].strip()
        return state in ("running", "degraded")

    @property
    def console(self) -> str:
        return (self.folder / "console.log").read_text(errors="replace")[-3000:]

    def cut_power(self) -> None:
        """Every process in there dies at once; what was written stays."""
        if self._nspawn is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._leader or self._nspawn.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._nspawn.wait(20)
        self._nspawn.kill()
        self._nspawn.wait()
        self._nspawn, self._leader = None, 0

    def try_run(self, *command: str, **environment: str) -> tuple[int, str]:
        """Exit status, and output with errors among it."""
        done = subprocess.run(
            self._inside(*command, **environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Without waiting for its end."""
        return subprocess.Popen(
            self._inside(*command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _inside(self, *command: str, **environment: str) -> list[str]:
        words = [f"{name}={value}" for name, value in (ENVIRONMENT | environment).items()]
        return ["nsenter", "--all", f"--target={self._leader}", "env", "-i", *words, *command]

    def run(self, *command: str, **environment: str) -> str:
        status, output = self.try_run(*command, **environment)
        if status != 0:
            raise CommandFailed(f"{' '.join(command)} ended with {status}:\n{output}")
        return output

    def sh(self, script: str) -> str:
        return self.run("sh", "-euc", script)

    def put(self, origin: Path, place: str) -> None:
        """A file of the host's into the machine."""
        with origin.open("rb") as content:
            subprocess.run(
                ["nsenter", "--all", f"--target={self._leader}", "sh", "-c", f"cat >'{place}'"],
                stdin=content,
                check=True,
            )

    def property(self, unit: str, name: str) -> str:
        return self.run("systemctl", "show", f"--property={name}", "--value", unit).strip()

    def journal(self, *units: str) -> str:
        chosen = [word for unit in units for word in ("-u", unit)]
        return self.run("journalctl", "--no-pager", "-o", "short-monotonic", "-b", *chosen)

    def wait(self, what: str, happened: Callable[[], object], seconds: float = PATIENCE_S) -> None:
        """TimeoutError names `what`, and what the units said."""
        deadline = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > deadline:
                said = self.console if not self._leader else self.journal("takar-*")[-6000:]
                raise TimeoutError(f"waited {seconds} s for {what}\n{said}")
            time.sleep(PAUSE_S)


def why_not() -> str | None:
    """Why no machine can boot here; None if one can."""
    if os.geteuid() != 0:
        return "booting a system needs root"
    if shutil.which("systemd-nspawn") is None:
        return "systemd-nspawn is missing (Debian's name: systemd-container)"
    made_by = ROOT / ".system/made-by"
    if not made_by.exists() or made_by.read_bytes() != MAKER.read_bytes():
        return "./takar test has not made .system/bookworm; it says at set-up why"
    return None
