"""A made-up root with releases, where package/debian/release.sh runs; systemctl is a script that
says what the test wants. Real units and a real systemd: tests/system.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from package.deb import RUN_LATER

ROOT = Path(__file__).parents[2]
STEPS = "cp ln mv rm sync systemctl".split()  # noqa: SIM905
PROGRAMS = {"systemctl": "stand-in", "sync": "true"}
"""Nothing here cuts the power of a disk, so nothing need be on it."""
COUNTED = """#!/bin/sh
echo {name} "$*" >>"$STEPS"
read -r step <"$STEPS.count"
echo $((step + 1)) >"$STEPS.count"
if [ "$step" = "$CUT_AT" ]; then
    case $CUT in
        power) : >"$STEPS.dark"; kill -9 $CALLER $JUDGE; exit 1 ;;
        caller) kill -9 "$CALLER" ;;
        judge) kill -9 "$JUDGE"; exit 1 ;;
    esac
fi
[ ! -e "$STEPS.dark" ] || exit 1
exec {program} "$@"
"""
SYSTEMCTL = """#!/bin/sh
release=$(basename "$(readlink "$TAKAR_ROOT/opt/takar/current")")
told() { cat "$TAKAR_ROOT/told/$1.$release" 2>/dev/null || echo "$2"; }
case "$*" in
    "start takar-judge.service")
        sh -c 'JUDGE=$$; export JUDGE; exec sh "$0" judge' "$TAKAR_ROOT/usr/lib/takar/release.sh"
        status=$?
        [ -e "$STEPS.dark" ] || sh "$TAKAR_ROOT/usr/lib/takar/release.sh" abandon
        exit "$status" ;;
    *ActiveState*takar-judge.service) echo inactive ;;
    list-units*active*activating*) ;;
    list-units*--state=failed,activating*) ;;
    list-units*) echo "takar-gateway.service loaded active running" ;;
    restart*) echo "$release" >"$TAKAR_ROOT/told/started" ;;
    *--property=Type*) echo notify ;;
    *--property=NRestarts*) told restarts 0 ;;
    *--property=Result*) told result exit-code ;;
    *--property=ActiveState*)
        starting=$(told starting 0)
        if [ "$starting" -gt 0 ]; then
            echo $((starting - 1)) >"$TAKAR_ROOT/told/starting.$release"
            echo activating
            exit
        fi
        case "releases/$release" in
            $UNHEALTHY) echo failed ;;
            *) echo active ;;
        esac ;;
esac
"""
PYTHON = """#!/bin/sh
release=$(basename "$(readlink "$TAKAR_ROOT/opt/takar/current")")
case "$*" in
    *in_service.py*) cat "$TAKAR_ROOT/told/served.$release" 2>/dev/null ;;
    *broker_answers.py*) [ -e "$TAKAR_ROOT/told/broker" ] ;;
    *) echo cp311 ;;
esac
"""
TRY = 'CALLER=$$; export CALLER; . "$1"; try_release "$2"; forget_others'


@dataclass
class Pi:
    """A root with two whole releases, of which `old` runs."""

    root: Path
    bin: Path

    def run(
        self,
        script: str,
        *arguments: str,
        cut_at: int = 0,
        cut: str = "power",
        unhealthy: str = "none",
    ) -> subprocess.CompletedProcess[str]:
        """`cut`: who is killed at step `cut_at`; with the power, all."""
        (self.root / "steps").write_text("")
        (self.root / "steps.dark").unlink(missing_ok=True)
        (self.root / "steps.count").write_text("1\n")
        return subprocess.run(
            ["sh", "-c", script, "sh", self.root / "usr/lib/takar/release.sh", *arguments],
            env={
                "PATH": f"{self.bin}:{os.environ['PATH']}",
                "TAKAR_ROOT": str(self.root),
                "TAKAR_TRIAL_S": "1",
                "STEPS": str(self.root / "steps"),
                "CUT_AT": str(cut_at),
                "UNHEALTHY": unhealthy,
                "CUT": cut,
                "CALLER": "",
                "JUDGE": "",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def boot(self) -> subprocess.CompletedProcess[str]:
        (self.root / "run/takar-trial").unlink(missing_ok=True)
        return self.run('exec sh "$1" boot')

    def tell(self, what: str, said: object) -> None:
        """`WHAT.RELEASE`: restarts, result, starting (polls) or served; what the machine says."""
        (self.root / "told" / what).write_text(f"{said}\n")

    def step_of(self, beginning: str, script: str = TRY, *arguments: str) -> int:
        """The number of the first such step of a healthy upgrade, which is then taken back."""
        self.run(script, *(arguments or ("new",)))
        found = next(i for i, line in enumerate(self.steps, 1) if line.startswith(beginning))
        self.put_back()
        return found

    @property
    def started(self) -> str:
        """Whose units were started last; those of `old` were running."""
        told = self.root / "told/started"
        return told.read_text().strip() if told.exists() else "old"

    @property
    def steps(self) -> list[str]:
        """What the last run began, in order."""
        return (self.root / "steps").read_text().splitlines()

    def put_back(self) -> None:
        """As it was before any upgrade."""
        (self.root / "told/started").unlink(missing_ok=True)
        for link in (self.root / "opt/takar").glob("[!r]*"):
            link.unlink()
        for unit in (self.root / "usr/lib/systemd/system").iterdir():
            unit.unlink()
        (self.root / "run/takar-trial").unlink(missing_ok=True)
        old = self.root / "opt/takar/releases/old"
        (self.root / "opt/takar/current").symlink_to("releases/old")
        shutil.copytree(old / "systemd", self.root / "usr/lib/systemd/system", dirs_exist_ok=True)

    @property
    def current(self) -> str:
        """Whose code runs; fails if the units in place are another release's."""
        name = (self.root / "opt/takar/current").readlink().name
        placed = self.root / "usr/lib/systemd/system"
        whole = self.root / "opt/takar/releases" / name / "systemd"
        assert {file.name: file.read_text() for file in placed.glob("takar-*")} == {
            file.name: file.read_text() for file in whole.iterdir()
        }
        return name

    @property
    def on_trial(self) -> bool:
        return (self.root / "opt/takar/trial").is_symlink()


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    root = tmp_path / "root"
    bin_ = tmp_path / "bin"
    for folder in (bin_, root / "run/systemd/system", root / "usr/lib/systemd/system"):
        folder.mkdir(parents=True)
    payload = root / "usr/lib/takar"
    (payload / "code/scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/set_up.sh", payload / "code/scripts")
    for name in RUN_LATER:
        shutil.copy(ROOT / "package/debian" / name, payload)
    (root / "told").mkdir()
    for name in ("old", "new"):
        units = root / "opt/takar/releases" / name / "systemd"
        units.mkdir(parents=True)
        (units / "takar-gateway.service").write_text(name)
        (units / f"takar-{name}.timer").write_text(name)
    for name in STEPS:
        program = PROGRAMS.get(name) or shutil.which(name)
        (bin_ / name).write_text(COUNTED.format(name=name, program=program))
    (bin_ / PROGRAMS["systemctl"]).write_text(SYSTEMCTL)
    (bin_ / "sleep").write_text("#!/bin/sh\n")
    (bin_ / "python3").write_text(PYTHON)
    for file in bin_.iterdir():
        file.chmod(0o755)
    made = Pi(root, bin_)
    made.put_back()
    return made
