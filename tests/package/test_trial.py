"""What a release on trial is judged by, and who ends the trial whoever dies."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.package.conftest import TRY, Pi

ROOT = Path(__file__).parents[2]
SERVED = "gateway\ncentral\npump 1\npump 2"
BACK = 'exec sh "$1" back'


def serving(pi: Pi, old: str, new: str, *, broker: bool = True) -> None:
    pi.tell("served.old", old)
    pi.tell("served.new", new)
    if broker:
        pi.tell("broker", "answers")


@pytest.mark.parametrize(
    ("what", "said", "why"),
    [
        ("restarts.new", "1", "takar-gateway.service ended (exit-code)"),
        ("starting.new", "9999", "takar-gateway.service is activating"),
    ],
)
def test_a_unit_that_does_not_stay_up_is_the_end(pi: Pi, what: str, said: str, why: str) -> None:
    pi.tell(what, said)
    done = pi.run(TRY, "new")
    assert done.returncode == 1
    assert f"release new was not healthy: {why}. old runs again." in done.stderr
    assert pi.current == "old"


def test_a_unit_that_was_started_again_did_not_end_in_success(pi: Pi) -> None:
    pi.tell("restarts.new", "1")
    pi.tell("result.new", "success")
    done = pi.run(TRY, "new")
    assert "takar-gateway.service ended (started again by systemd)." in done.stderr


def test_a_unit_may_take_longer_to_start_than_its_trial_lasts(pi: Pi) -> None:
    pi.tell("starting.new", "5")
    done = pi.run(TRY, "new")
    assert done.returncode == 0, done.stderr
    assert pi.current == "new"


def test_the_units_of_the_release_before_are_started_again(pi: Pi) -> None:
    pi.run(TRY, "new", unhealthy="releases/new")
    assert pi.started == "old"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (SERVED, "gateway\ncentral\npump 2", "pump 1 is out of service"),
        (SERVED, "central\npump 1\npump 2", "gateway is out of service"),
        (SERVED, "", "gateway is out of service"),
        (SERVED, "gateway\npump 1\npump 2", "central was never reached"),
        ("gateway\npump 2", "gateway\ncentral\npump 2", None),
        ("gateway\npump 2", "gateway\npump 2", None),
        (SERVED, SERVED, None),
    ],
)
def test_what_was_in_service_before_must_be_so_afterwards(
    pi: Pi, old: str, new: str, why: str | None
) -> None:
    serving(pi, old, new)
    done = pi.run(TRY, "new")
    assert pi.current == ("new" if why is None else "old"), done.stderr
    assert why is None or why in done.stderr


def test_a_network_that_is_away_is_not_the_releases_fault(pi: Pi) -> None:
    serving(pi, "gateway\ncentral", "gateway", broker=False)
    assert pi.run(TRY, "new").returncode == 0
    assert pi.current == "new"


@pytest.mark.parametrize(("unhealthy", "stays"), [("none", "new"), ("releases/new", "old")])
def test_the_trial_ends_although_who_asked_for_it_is_killed(
    pi: Pi, unhealthy: str, stays: str
) -> None:
    step = pi.step_of("systemctl restart")
    done = pi.run(TRY, "new", cut_at=step, cut="caller", unhealthy=unhealthy)
    assert done.returncode == -signal.SIGKILL
    assert pi.current == stays
    assert pi.started == stays
    assert not pi.on_trial


def test_a_judge_that_is_killed_leaves_one_release_that_runs(pi: Pi) -> None:
    pi.run(TRY, "new")
    steps = pi.steps
    first = next(i for i, line in enumerate(steps, 1) if line.startswith("systemctl start"))
    judges = [
        i for i, line in enumerate(steps, 1) if i > first and line.startswith(("mv", "systemctl r"))
    ]
    ends = set()
    for step in judges:
        pi.put_back()
        assert pi.run(TRY, "new", cut_at=step, cut="judge").returncode == 1
        assert not pi.on_trial
        assert pi.started == pi.current
        ends.add(pi.current)
    assert len(judges) > 4
    assert "old" in ends


def test_back_in_a_trial_goes_to_the_release_that_ran_before_it(pi: Pi) -> None:
    """And not to the one before that."""
    (pi.root / "opt/takar/previous").symlink_to("releases/older")
    step = pi.step_of("systemctl restart")
    (pi.root / "opt/takar/previous").unlink(missing_ok=True)
    (pi.root / "opt/takar/previous").symlink_to("releases/older")
    pi.run(TRY, "new", cut_at=step)
    assert pi.on_trial
    done = pi.run(BACK)
    assert done.returncode == 0, done.stderr
    assert "old runs again." in done.stderr
    assert pi.current == "old"
    assert pi.started == "old"
    assert not pi.on_trial
    assert "systemctl stop takar-judge.service" in pi.steps


def test_what_is_copied_is_on_the_disk_before_it_counts_as_whole(pi: Pi) -> None:
    """A release with the file `whole` is never made again."""
    (pi.root / "usr/lib/takar/code/scripts/set_up.sh").write_text(
        "say() { :; }\nfail() { exit 1; }\n"
        'set_up() { mkdir -p "$1/.venv/bin"; ln -s /bin/true "$1/.venv/bin/python"; }\n'
    )
    sync = pi.bin / "sync"
    sync.write_text('#!/bin/sh\nls "$2/releases/made/whole" >>"$STEPS" 2>&1 || true\n')
    done = pi.run('needed_kib=0; . "$1"; needed_kib=0; make_release made')
    assert done.returncode == 0, done.stderr
    seen = [line for line in pi.steps if "whole" in line]
    assert len(seen) == 2
    assert "No such file" in seen[0]
    assert seen[1].endswith("/releases/made/whole")


@pytest.mark.parametrize(
    ("blocked", "online", "lines"),
    [
        ("null", "true", "gateway central pump1"),
        ("null", "false", "gateway pump1"),
        ('"storage_full"', "true", "central pump1"),
    ],
)
def test_what_of_a_gateway_is_in_service(
    tmp_path: Path, blocked: str, online: str, lines: str
) -> None:
    pumps = '[{"pump": 1, "fault": null}, {"pump": 2, "fault": "pulser"}]'
    said = f'{{"blocked": {blocked}, "online": {online}, "pumps": {pumps}}}\n'
    # The folder by number, for its whole path may be longer than a socket's can be.
    folder = os.open(tmp_path, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as gateway:
        gateway.bind(f"/proc/self/fd/{folder}/s")
        os.close(folder)
        gateway.listen()
        with script("in_service.py", "s", cwd=tmp_path) as asking:
            with gateway.accept()[0] as connection:
                connection.sendall(said.encode())
            output = asking.communicate(timeout=60)[0]
    assert [line.replace(" ", "") for line in output.splitlines()] == lines.split()


def test_a_broker_answers_where_its_port_takes_a_connection(tmp_path: Path) -> None:
    configuration = tmp_path / "gateway.toml"
    with socket.create_server(("127.0.0.1", 0)) as broker:
        configuration.write_text(f"[mqtt]\nport = {broker.getsockname()[1]}\n")
        assert answers(configuration)
    assert not answers(configuration)
    assert not answers(tmp_path / "none.toml")


def answers(configuration: Path) -> bool:
    with script("broker_answers.py", str(configuration)) as asking:
        return asking.wait(60) == 0


def script(name: str, argument: str, cwd: Path = ROOT) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-I", ROOT / "package/debian" / name, argument],
        cwd=cwd,
        stdout=subprocess.PIPE,
        text=True,
    )
