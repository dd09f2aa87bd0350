"""./takar's own logic: what it does at a first, a second, an interrupted and a shared start."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "script", ["takar", "scripts/set_up.sh", "scripts/system_root.sh", "scripts/test.sh"]
)
def test_the_shell_reads_it(script: str) -> None:
    subprocess.run(["sh", "-n", ROOT / script], check=True)


def test_the_checks_of_the_repository_are_the_test_command() -> None:
    assert (ROOT / ".ci/run").read_text().splitlines()[-1].endswith("exec ./takar test")


def test_a_first_start_sets_up_and_runs(machine: Any) -> None:
    status, output, errors = machine.run("demo", "two words")
    assert (status, output) == (0, "ran with -P -m gateway.cli demo two words\n")
    assert [line.split(" ...")[0] for line in errors.splitlines()] == [
        f"takar: making {machine.home}/.venv",
        "takar: installing the Python packages of requirements/run.lock",
        "takar: set up.",
    ]
    pip = next(call for call in machine.calls if "-m pip" in call)
    assert "--only-binary :all:" in pip
    assert "--require-hashes" in pip


def test_a_second_start_only_runs(machine: Any) -> None:
    machine.run("demo")
    before = len(machine.calls)
    assert machine.run("demo") == (0, "ran with -P -m gateway.cli demo\n", "")
    assert machine.calls[before:] == ["python3 -P -m gateway.cli demo"]


@pytest.mark.parametrize("absolute", [True, False])
def test_it_finds_home_through_a_chain_of_links(
    machine: Any, tmp_path: Path, *, absolute: bool
) -> None:
    (tmp_path / "links").mkdir()
    near = tmp_path / "links" / "near"
    near.symlink_to(
        machine.home / "takar" if absolute else os.path.relpath(machine.home / "takar", near.parent)
    )
    far = tmp_path / "far"
    far.symlink_to("links/near")
    status, output, _ = machine.run("init", program=far, cwd=Path("/"))
    assert (status, output) == (0, "ran with -P -m gateway.cli init\n")
    assert (machine.home / ".venv").is_dir()


def test_it_runs_as_an_argument_of_the_shell(machine: Any) -> None:
    shell = machine.bin / "sh"
    assert machine.run("takar", "init", program=shell, cwd=machine.home)[0] == 0


def test_the_launcher_alone_works_from_anywhere(machine: Any, tmp_path: Path) -> None:
    machine.run("init")
    link = tmp_path / "takar"
    link.symlink_to(machine.home / ".venv/bin/takar")
    assert machine.run("ledger", program=link)[1] == "ran with -P -m gateway.cli ledger\n"


def test_failed_packages_are_said_and_the_next_start_begins_anew(machine: Any) -> None:
    status, output, errors = machine.run("demo", PIP="echo no route to anywhere; exit 1")
    assert (status, output) == (1, "")
    assert "no route to anywhere" in errors
    assert "Is this machine on the internet?" in errors
    assert machine.run("demo")[0] == 0
    assert machine.count("-m venv") == 2


def test_a_killed_set_up_is_made_anew(machine: Any) -> None:
    status, _, _ = machine.run("demo", PIP="kill -9 $PPID; exit 1")
    assert status != 0
    assert machine.run("demo")[0] == 0
    assert machine.count("-m venv") == 2


def test_a_new_lock_file_installs_again_into_the_same_environment(machine: Any) -> None:
    machine.run("demo")
    (machine.home / "requirements/run.lock").write_text("run 2\n")
    assert "installing the Python packages" in machine.run("demo")[2]
    assert machine.run("demo")[2] == ""
    assert (machine.count("-m venv"), machine.count("-m pip")) == (1, 2)


def test_the_test_set_stands_for_the_run_set(machine: Any) -> None:
    machine.run("test", "--help")
    assert machine.count("test.lock") == 1
    assert machine.run("demo")[2] == ""
    assert machine.count("run.lock") == 0


def test_a_moved_folder_is_set_up_again(machine: Any) -> None:
    machine.run("demo")
    moved = machine.home.with_name("moved")
    shutil.move(machine.home, moved)
    assert machine.run("demo", program=moved / "takar")[1].startswith("ran with")
    assert machine.count("-m venv") == 2


def test_another_python_is_noticed(machine: Any) -> None:
    machine.run("demo")
    # As an upgrade of Debian does: the old one stays for a while, python3 is another.
    shutil.copy(machine.bin / "python3.11", machine.bin / "python3.13")
    (machine.bin / "python3").unlink()
    (machine.bin / "python3").symlink_to("python3.13")
    assert "making" in machine.run("demo")[2]


def test_two_first_starts_make_one_environment(machine: Any, tmp_path: Path) -> None:
    gate, at_gate = tmp_path / "gate", tmp_path / "at_gate"
    os.mkfifo(gate)
    os.mkfifo(at_gate)
    first = machine.start("demo", PIP=f"echo >'{at_gate}'; cat '{gate}'")
    at_gate.read_text()
    second = machine.start("init")
    assert second.stderr is not None
    assert "another set-up is under way" in second.stderr.readline()
    gate.write_text("go on\n")
    assert first.communicate(timeout=60)[0] == "ran with -P -m gateway.cli demo\n"
    assert second.communicate(timeout=60)[0] == "ran with -P -m gateway.cli init\n"
    assert (machine.count("-m venv"), machine.count("-m pip")) == (1, 1)
