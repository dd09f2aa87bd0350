"""A copy of ./takar on a made-up machine whose python3 and apt-get only write down their use."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BASE_PROGRAMS = "sh cat chmod cmp cp env flock grep ln mkdir readlink rm sed".split()  # noqa: SIM905

PYTHON = """#!/bin/sh
printf 'python3 %s\\n' "$*" >>"$CALLS"
case "$*" in
    *sysconfig*) printf '%s\\n' "$SITE" ;;
    "-c $PYTHON_LACKS"*) exit 1 ;;
    --version) echo Python 3.9.2 ;;
    "-m venv "*) mkdir -p "$3/bin" && ln -s "$0" "$3/bin/python" ;;
    "-m pip "*) eval "$PIP" ;;
    "-P -m gateway.cli"*) printf 'ran with %s\\n' "$*" ;;
esac
"""
RECORD = '#!/bin/sh\nprintf \'%s %s\\n\' "${0##*/}" "$*" >>"$CALLS"\n'


@dataclass
class Machine:
    """`home` holds the copy; `bin` is its whole PATH."""

    home: Path
    bin: Path
    env: dict[str, str]

    @property
    def calls(self) -> list[str]:
        """What python3, apt-get and sudo were asked, in order."""
        file = Path(self.env["CALLS"])
        return file.read_text().splitlines() if file.exists() else []

    def count(self, part: str) -> int:
        return sum(part in call for call in self.calls)

    def add(self, name: str, script: str) -> None:
        file = self.bin / name
        file.write_text(script)
        file.chmod(0o755)

    def start(
        self, *arguments: str, program: Path | None = None, cwd: Path | None = None, **env: str
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [program or self.home / "takar", *arguments],
            env=self.env | env,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *arguments: str, program: Path | None = None, cwd: Path | None = None, **env: str
    ) -> tuple[int, str, str]:
        """Exit status, output, errors."""
        process = self.start(*arguments, program=program, cwd=cwd, **env)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    home = tmp_path / "it's a path" / "takar"
    (home / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "takar", home)
    shutil.copytree(ROOT / "scripts", home / "scripts")
    (home / "requirements/run.lock").write_text("run 1\n")
    (home / "requirements/test.lock").write_text("run 1\ntest 1\n")
    shutil.copytree(ROOT / "requirements/micropython", home / "requirements/micropython")
    (tmp_path / "bin").mkdir()
    for name in BASE_PROGRAMS:
        found = shutil.which(name)
        assert found
        (tmp_path / "bin" / name).symlink_to(found)
    made = Machine(
        home,
        tmp_path / "bin",
        {
            "PATH": str(tmp_path / "bin"),
            "CALLS": str(tmp_path / "calls"),
            "SITE": str(tmp_path),
            "PIP": ":",
            "PYTHON_LACKS": "nothing",
            "TAKAR_SYSTEM_ROOT": "no",
        },
    )
    made.add("python3.11", PYTHON)
    (made.bin / "python3").symlink_to("python3.11")
    # Broker, tracer and MicroPython, which only the tests use
    made.add("mosquitto", RECORD)
    made.add("mosquitto_sub", RECORD)
    made.add("strace", RECORD)
    made.add("chromium", RECORD)
    made.add("chromedriver", RECORD)
    made.add("micropython", RECORD)
    return made
