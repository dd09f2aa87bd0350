"""`takar demo` for people: plain lines without a terminal, a living picture with one."""

import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from fcntl import ioctl

import pytest

from tests.demo.conftest import END_S, REPOSITORY, TAKAR

SCENES = [
    "1. A vehicle taps",
    "sold 2,",
    "2. A driver holds the lever",
    "ran while the valve closed",
    "3. A card that was reported lost",
    "refused: card_lost: Kartu dilaporkan hilang (Card reported lost)",
    "4. The network fails",
    "network cut",
    "in the ledger",
    "network restored",
    "delivered, each once",
    "That was the tour.",
]


def test_without_a_terminal_the_tour_is_told_in_plain_lines() -> None:
    ended = subprocess.run(
        [*TAKAR, "demo"],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=END_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    said = ended.stdout
    assert "\x1b" not in said
    at = 0
    for scene in SCENES:
        found = said.find(scene, at)
        assert found >= 0, f"{scene!r} is not told after {said[:at][-200:]!r}"
        at = found
    assert "pump 1: dispensing" in said
    assert "pump 2: refused" in said


class Terminal:
    """A demo in a pseudo-terminal of 100 columns and 40 rows."""

    def __init__(self) -> None:
        self._ours, self._its = pty.openpty()
        ioctl(self._its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.before = self.attributes
        self.seen = ""
        self.process = subprocess.Popen(
            [*TAKAR, "demo"],
            cwd=REPOSITORY,
            env={**os.environ, "TERM": "xterm-256color"},
            stdin=self._its,
            stdout=self._its,
            stderr=self._its,
            start_new_session=True,
        )

    @property
    def attributes(self) -> list[object]:
        return termios.tcgetattr(self._its)

    def read_until(self, words: str) -> None:
        end_s = time.monotonic() + END_S
        while words not in self.seen:
            self._read(end_s - time.monotonic())

    def press(self, key: str) -> None:
        os.write(self._ours, key.encode())

    def end(self) -> int:
        """Read on until it has ended; its exit status."""
        end_s = time.monotonic() + END_S
        while self.process.poll() is None:
            assert time.monotonic() < end_s, f"it does not end: {self.seen[-500:]!r}"
            self._read(0.1, needed=False)
        self._read(0, needed=False)
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
        os.close(self._its)
        os.close(self._ours)

    def _read(self, within_s: float, *, needed: bool = True) -> None:
        ready, _, _ = select.select([self._ours], [], [], max(0.0, within_s))
        assert ready or not needed, f"not seen in time; seen: {self.seen[-2000:]!r}"
        if ready:
            self.seen += os.read(self._ours, 65_536).decode(errors="replace")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


def test_a_terminal_gets_a_living_picture_and_is_given_back(terminal: Terminal) -> None:
    terminal.read_until("\x1b[?1049h")  # the other screen
    for words in ("pump 1", "pertamax", "pump 2", "dexlite", "IDLE", "totaliser", "ledger:"):
        terminal.read_until(words)
    terminal.read_until("1. A vehicle taps")
    terminal.read_until("DISPENSING")
    assert terminal.attributes != terminal.before  # keys come one by one
    terminal.press("q")
    assert terminal.end() == 0, terminal.seen[-2000:]
    assert "\x1b[?1049l" in terminal.seen
    assert "Traceback" not in terminal.seen
    assert terminal.attributes == terminal.before
