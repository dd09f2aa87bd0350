"""Which release runs: an upgrade cut at every step, a failed one, and the way back.

package/debian/release.sh runs in a made-up root; systemctl is a script that says what the test
wants. Real units and a real systemd: tests/system.
"""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STEPS = "cp ln mv rm sync systemctl".split()  # noqa: SIM905
ASKS = ("sync", "systemctl show", "systemctl list-units")
"""Steps that change nothing: a cut there is one at the next."""
TRIAL_ENDS = 12
"""Changes from the verdict on."""
PROGRAMS = {"systemctl": "stand-in", "sync": "true"}
"""Nothing here cuts the power of a disk, so nothing need be on it."""
COUNTED = """#!/bin/sh
echo {name} "$*" >>"$STEPS"
read -r step <"$STEPS.count"
echo $((step + 1)) >"$STEPS.count"
if [ "$step" = "$CUT_AT" ]; then
    kill -9 "$MAIN"
    exit 1
fi
exec {program} "$@"
"""
SYSTEMCTL = """#!/bin/sh
case "$*" in
    list-units*active*activating*) ;;
    list-units*--state=failed,activating*) ;;
    list-units*) echo "takar-gateway.service loaded active running" ;;
    *--property=Type*) echo notify ;;
    *--property=NRestarts*) echo 0 ;;
    *--property=Result*) echo exit-code ;;
    *--property=ActiveState*)
        case "$(readlink "$TAKAR_ROOT/opt/takar/current")" in
            $UNHEALTHY) echo failed ;;
            *) echo active ;;
        esac ;;
esac
"""
TRY = 'MAIN=$$; export MAIN; . "$1"; try_release "$2"; forget_others'


@dataclass
class Pi:
    """A root with two whole releases, of which `old` runs."""

    root: Path
    bin: Path

    def run(
        self, script: str, *arguments: str, cut_at: int = 0, unhealthy: str = "none"
    ) -> subprocess.CompletedProcess[str]:
        (self.root / "steps").write_text("")
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
                "MAIN": "0",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def boot(self) -> subprocess.CompletedProcess[str]:
        (self.root / "run/takar-trial").unlink(missing_ok=True)
        return self.run('exec sh "$1" boot')

    @property
    def steps(self) -> list[str]:
        """What the last run began, in order."""
        return (self.root / "steps").read_text().splitlines()

    def put_back(self) -> None:
        """As it was before any upgrade."""
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
    shutil.copy(ROOT / "package/debian/release.sh", payload)
    shutil.copy(ROOT / "package/debian/in_service.py", payload)
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
    for file in bin_.iterdir():
        file.chmod(0o755)
    made = Pi(root, bin_)
    made.put_back()
    return made


def test_a_healthy_release_stays(pi: Pi) -> None:
    done = pi.run(TRY, "new")
    assert done.returncode == 0, done.stderr
    assert pi.current == "new"
    assert not pi.on_trial
    assert (pi.root / "opt/takar/previous").readlink().name == "old"
    assert pi.boot().returncode == 0
    assert pi.current == "new"


def test_an_unhealthy_release_is_left_for_the_one_before(pi: Pi) -> None:
    done = pi.run(TRY, "new", unhealthy="releases/new")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "takar: release new was not healthy: takar-gateway.service ended (exit-code). "
        "old runs again."
    )
    assert pi.current == "old"
    assert not pi.on_trial


def test_where_neither_runs_it_is_said(pi: Pi) -> None:
    done = pi.run(TRY, "new", unhealthy="releases/*")
    assert done.returncode == 1
    assert "old is there again, but takar-gateway.service is failed." in done.stderr
    assert pi.current == "old"


def test_a_cut_at_any_step_ends_in_one_whole_release(pi: Pi) -> None:
    cuts = []
    for unhealthy in ("none", "releases/new"):
        whole = pi.run(TRY, "new", unhealthy=unhealthy)
        changes = [
            (step, unhealthy) for step, line in enumerate(pi.steps, 1) if not line.startswith(ASKS)
        ]
        assert len(changes) > 15, whole.stderr
        # The others are the same as where all is well.
        cuts += changes if unhealthy == "none" else changes[-TRIAL_ENDS:]
        pi.put_back()
    ends = set()
    for step, unhealthy in cuts:
        pi.put_back()
        cut = pi.run(TRY, "new", cut_at=step, unhealthy=unhealthy)
        assert cut.returncode == -signal.SIGKILL, pi.steps
        booted = pi.boot()
        assert booted.returncode == 0, (step, unhealthy, booted.stderr)
        assert not pi.on_trial
        ends.add((unhealthy, pi.current))
    assert ends == {("none", "old"), ("none", "new"), ("releases/new", "old")}


def test_a_person_can_go_back(pi: Pi) -> None:
    assert pi.run(TRY, "new").returncode == 0
    assert pi.run('exec sh "$1" back').returncode == 0
    assert pi.current == "old"


def test_without_a_previous_release_there_is_no_way_back(pi: Pi) -> None:
    done = pi.run('exec sh "$1" back')
    assert done.returncode == 1
    assert "there is no previous release" in done.stderr
