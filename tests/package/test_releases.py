"""Which release runs: an upgrade cut at every step, a failed one, and the way back."""

import signal

from tests.package.conftest import TRY, Pi

ASKS = ("sync", "systemctl show", "systemctl list-units", "systemctl start takar-judge")
"""Steps that change nothing: a cut there is one at the next."""
TRIAL_ENDS = 12
"""Changes from the verdict on."""


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
