"""`takar doctor`: what it prints, and its exit status. Verdicts are tested beside their code."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar
from gateway.doctor import examination
from gateway.doctor.verdict import Verdict, verdict

GOOD = [verdict("pins_open"), verdict("rtc_missing")]
Shell = Callable[..., Result]
BAD = [verdict("relay_welded", "pump 1"), verdict("stop_not_tried", why="nobody")]


@pytest.fixture
def shell(cli: CliRunner, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Shell:
    def run(verdicts: list[Verdict], *options: str) -> Result:
        monkeypatch.setattr(examination, "examine", lambda *_: verdicts)
        return cli.invoke(takar, ["doctor", "--config", str(folder / "gateway.toml"), *options])

    return run


@pytest.mark.parametrize(("verdicts", "status"), [(GOOD, 0), (BAD, 1), (GOOD + BAD, 1)])
def test_the_exit_status_says_whether_anything_failed(
    shell: Shell, verdicts: list[Verdict], status: int
) -> None:
    assert shell(verdicts, "--yes").exit_code == status
    assert shell(verdicts, "--json").exit_code == status


def test_each_that_is_not_well_comes_with_what_to_do(shell: Shell) -> None:
    printed = shell(BAD).output
    assert "FAILED       Enable relay, pump 1: its contact reads made before" in printed
    assert "expected: its read-back follows" in printed
    assert "what to do: Cut the pump's power." in printed
    assert printed.splitlines()[-1] == "0 ok, 0 look, 1 FAILED, 1 not checked"


def test_in_indonesian(shell: Shell) -> None:
    assert "GAGAL        Relai utama, pompa 1:" in shell(BAD, "--language", "id").output


def test_for_programs(shell: Shell) -> None:
    told = json.loads(shell(BAD, "--json").output)
    assert told["result"] == "failed"
    first, second = told["verdicts"]
    assert (first["check"], first["of"], first["status"], first["code"]) == (
        "relay",
        "pump 1",
        "failed",
        "relay_welded",
    )
    assert first["do"].startswith("Cut the pump's power")
    assert second["status"] == "not_checked"


def test_a_configuration_that_is_wrong_is_a_verdict(cli: CliRunner, tmp_path: Path) -> None:
    done = cli.invoke(takar, ["doctor", "--config", str(tmp_path / "none.toml"), "--json"])
    assert done.exit_code == 1
    (only,) = json.loads(done.output)["verdicts"]
    assert only["code"] == "configuration_wrong"


def test_an_end_from_outside_is_an_orderly_one(
    cli: CliRunner, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """While it examines; tests/gateway/doctor/test_ending.py has what then happens."""
    before = signal.getsignal(signal.SIGHUP)

    def ended_from_outside(*_: object) -> list[Verdict]:
        assert signal.getsignal(signal.SIGHUP) not in (before, signal.SIG_DFL)
        signal.raise_signal(signal.SIGHUP)
        return GOOD

    monkeypatch.setattr(examination, "examine", ended_from_outside)
    ended = cli.invoke(takar, ["doctor", "--yes", "--config", str(folder / "gateway.toml")])
    assert (ended.exit_code, ended.output) == (128 + signal.SIGHUP, "")
    assert signal.getsignal(signal.SIGHUP) is before
