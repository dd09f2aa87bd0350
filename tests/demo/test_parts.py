"""Programs as processes: ready, ended, killed, or never ready at all."""

import signal
from pathlib import Path

import pytest

from gateway.demo.parts import Part, PartFailed
from mqtt.broker import free_port


def broker(logs: Path) -> Part:
    return Part("broker", ["broker", "--port", str(free_port())], logs)


def test_a_program_is_ready_with_its_first_line_and_ends_when_asked(tmp_path: Path) -> None:
    part = broker(tmp_path)
    part.wait_until_ready()
    assert part.running
    assert part.stop() == 0
    assert not part.running
    assert part.last_lines() == (tmp_path / "broker.log").read_text().strip()
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
    assert len((tmp_path / "broker.log").read_text().splitlines()) >= 2


def test_a_program_that_never_said_anything_says_so(tmp_path: Path) -> None:
    part = broker(tmp_path)
    part.kill()
    assert part.last_lines() == "(it printed nothing)"
