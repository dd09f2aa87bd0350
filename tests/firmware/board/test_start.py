"""The very bytes that a first flashing writes, run: which folder starts, and that it talks."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.guard import messages, protocol
from firmware.guard.boots import Boots
from firmware.guard.codec import Fields, read, text
from firmware.version import FIRMWARE
from hardware.pump.pico_prepare import prepared_files
from tests.firmware.guard.bench import Bench

RESET = 7
WITHIN_S = 30.0


class Started:
    """A chip's process; `heard` are its messages so far."""

    def __init__(self, folder: Path, *, power_on: bool, pressed: bool) -> None:
        script = str(Path(__file__).parent / "flashed.py")
        self._process = subprocess.Popen(
            [sys.executable, script, folder, str(int(power_on)), str(int(pressed))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._parser = protocol.Parser()
        self.heard: list[tuple[str, Fields]] = []

    def say(self, verb: str, fields: Fields) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(protocol.frame(1, text(messages.TO_CHIP, verb, fields)))
        self._process.stdin.flush()

    def hears(self, verb: str) -> Fields:
        """The next of that kind."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            for at, (found, fields) in enumerate(self.heard):
                if found == verb:
                    del self.heard[: at + 1]
                    return fields
            if select.select([self._process.stdout], [], [], 0.2)[0]:
                lines = self._parser.feed(os.read(self._process.stdout.fileno(), 4096))
                self.heard += [read(messages.TO_HOST, line) for _, line in lines]
        raise AssertionError(f"no {verb}")

    def ends(self) -> int:
        return self._process.wait(timeout=WITHIN_S)

    def cut(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    """What `takar pico prepare` leaves on a blank Pico."""
    for name, content in prepared_files().items():
        path = tmp_path / name[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


@pytest.fixture
def power(flash: Path) -> Iterator[Callable[..., Started]]:
    started: list[Started] = []

    def on(*, power_on: bool = True, pressed: bool = False) -> Started:
        started.append(Started(flash, power_on=power_on, pressed=pressed))
        return started[-1]

    yield on
    for each in started:
        each.cut()


def boots(flash: Path) -> Boots:
    """The record of which folder runs, as it lies on that flash."""

    class OnFlash(Bench):
        def load(self, slot: int) -> bytes:
            path = flash / f"slots/{slot}"
            return path.read_bytes() if path.exists() else b""

        def save(self, slot: int, line: bytes) -> None:
            (flash / f"slots/{slot}").write_bytes(line)

    return Boots(OnFlash())


def test_a_prepared_pico_greets_its_host_and_tells_both_pumps(
    power: Callable[..., Started],
) -> None:
    chip = power()
    birth = chip.hears("birth")
    assert (birth["fw"], birth["slot"], birth["boot"], birth["keep"]) == (FIRMWARE, "a", 1, "flash")
    chip.say("hello", {"v": messages.VERSION, "host": 5})
    assert chip.hears("ok") == {"re": 1}
    assert {chip.hears("state")["p"], chip.hears("state")["p"]} == {1, 2}
    chip.cut()
    assert power().hears("birth")["boot"] == 2, "it keeps its counts"


def test_the_folder_on_trial_runs_once_and_one_that_fails_starts_the_chip_anew(
    power: Callable[..., Started], flash: Path
) -> None:
    power().hears("birth")
    (flash / "b/firmware/board").mkdir(parents=True)
    (flash / "b/firmware/__init__.py").touch()
    (flash / "b/firmware/board/__init__.py").touch()
    (flash / "b/firmware/board/main.py").write_text("raise ValueError('not this one')\n")
    boots(flash).try_spare()
    assert power(power_on=False).ends() == RESET
    assert power(power_on=False).hears("birth")["slot"] == "a"


def test_bootsel_in_the_first_second_leaves_the_prompt(power: Callable[..., Started]) -> None:
    assert power(pressed=True).ends() == 0
    assert power(power_on=False, pressed=True).hears("birth")["slot"] == "a"
