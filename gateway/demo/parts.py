"""Takar's programs as processes: started, waited for until they say they are ready, stopped."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

READY_S = 30.0
STOP_S = 30.0


class PartFailed(Exception):
    """A program ended, or did not become ready; the text has its last lines."""


class Part:
    """One `takar` command running; what it prints goes to `{logs}/{name}.log`."""

    def __init__(self, name: str, arguments: list[str], logs: Path) -> None:
        self.name = name
        self._command = arguments[0]
        self._log = logs / f"{name}.log"
        self._ready = threading.Event()
        self.process = subprocess.Popen(  # noqa: S603  # our own program, no shell
            [sys.executable, "-P", "-m", "gateway.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C at the demo's terminal is the demo's alone
        )
        self._reader = threading.Thread(target=self._copy, name=f"log-{name}", daemon=True)
        self._reader.start()

    def wait_until_ready(self) -> None:
        """Wait for the line that says so. PartFailed if it ends before, or 30 s go by."""
        if not self._ready.wait(READY_S) or self.process.poll() is not None:
            raise PartFailed(f"{self.name} did not start:\n{self.last_lines()}")

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        """Ask it to end (SIGTERM) and wait; its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """End it as a power cut would (SIGKILL)."""
        return self._end(signal.SIGKILL)

    def last_lines(self, count: int = 12) -> str:
        said = self._log.read_text(errors="replace") if self._log.exists() else ""
        return "\n".join(said.splitlines()[-count:]) or "(it printed nothing)"

    def _end(self, how: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self._reader.join(STOP_S)
        return status

    def _copy(self) -> None:
        assert self.process.stdout is not None  # noqa: S101  # asked for above
        with self._log.open("a", encoding="utf-8") as log, self.process.stdout as lines:
            for line in lines:
                log.write(line)
                log.flush()
                # Warnings may come before: a card laid down then would be none that was tapped.
                if line.startswith(f"{self._command} ") and "ready" in line:
                    self._ready.set()
        self._ready.set()
