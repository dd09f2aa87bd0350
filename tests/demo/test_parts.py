"""Programs as processes: ready, ended, killed, or never ready at all."""

import os
import signal
import sys
from pathlib import Path

import pytest

from gateway.demo.parts import Part, PartFailed
from mqtt.broker import free_port


def broker(logs: Path) -> Part:
    return Part("broker-02", ["broker", "--port", str(free_port())], logs)


def test_a_program_is_ready_with_its_first_line_and_ends_when_asked(tmp_path: Path) -> None:
    part = broker(tmp_path)
    part.wait_until_ready()
    assert part.running
    assert part.stop() == 0
    assert not part.running
    assert part.last_lines() == (tmp_path / "broker-02.log").read_text().strip()
    assert part.stop() == 0  # again does no harm


def test_a_program_can_be_killed(tmp_path: Path) -> None:
    part = broker(tmp_path)
    part.wait_until_ready()
    assert part.kill() == -signal.SIGKILL
    assert not part.running


def test_a_program_that_ends_at_once_is_named_with_its_last_words(tmp_path: Path) -> None:
    part = Part("gateway", ["gateway", "--config", str(tmp_path / "none.toml")], tmp_path)
    part.process.wait(30)
    with pytest.raises(PartFailed, match=r"(?s)gateway did not start:.*none\.toml"):
        part.wait_until_ready()
    assert part.stop() != 0


def test_the_log_goes_on_over_a_second_start(tmp_path: Path) -> None:
    for _ in range(2):
        part = broker(tmp_path)
        part.wait_until_ready()
        part.stop()
    assert len((tmp_path / "broker-02.log").read_text().splitlines()) >= 2


def test_a_program_that_never_said_anything_says_so(tmp_path: Path) -> None:
    part = broker(tmp_path)
    part.kill()
    assert part.last_lines() == "(it printed nothing)"


def test_a_warning_is_not_readiness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "program"
    program.write_text(
        "#!/bin/sh\necho 'WARNING gateway.runtime: a new co-processor is ready to be replaced'\n"
        "exec 3<go\necho 'gateway ready: pump 1'\nread -r _ <&3\n"
    )
    program.chmod(0o700)
    os.mkfifo(tmp_path / "go")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr("gateway.demo.parts.READY_S", 0.5)
    part = Part("gateway", ["gateway"], tmp_path)
    with pytest.raises(PartFailed, match="a new co-processor"):
        part.wait_until_ready()
    monkeypatch.setattr("gateway.demo.parts.READY_S", 30.0)
    with (tmp_path / "go").open("w"):
        part.wait_until_ready()
    part.stop()
