"""Real brokers as processes on free ports."""

import getpass
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mqtt.broker import free_port

REPOSITORY = Path(__file__).parents[2]
Protocol = Literal["5", "3.1.1"]


@dataclass(frozen=True)
class Settings:
    port: int
    protocol: Protocol = "5"
    host: str = "127.0.0.1"
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    key_password_file: str | None = None


class RunningBroker:
    """A broker as a process on a port of its own, which it keeps over restarts."""

    def __init__(self, command: list[str], port: int, protocol: Protocol) -> None:
        self.settings = Settings(port, protocol)
        self._command = command
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        self.said = ""
        for line in self._process.stdout:
            self.said += line
            if "running" in line or "ready" in line:
                return
        self.kill()
        raise AssertionError(f"the broker did not start: {self.said}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self, number: int) -> int:
        if self._process.returncode is None:
            self._process.send_signal(number)
            rest, _ = self._process.communicate(timeout=10)
            self.said += rest
        return self._process.returncode

    def kill(self) -> None:
        """End it at once. (Mosquitto 2.0.11 can miss a SIGTERM right after its start.)"""
        self.end(signal.SIGKILL)


def mosquitto(tmp_path: Path, protocol: Protocol = "5", extra: str = "") -> RunningBroker:
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    assert Path(program).exists(), "mosquitto is not installed: apt-get install mosquitto"
    port = free_port()
    configuration = tmp_path / f"mosquitto-{port}.conf"
    access = extra or "allow_anonymous true"
    # Without `user` it gives up root, and may then not read the test's folder.
    configuration.write_text(
        f"listener {port} 127.0.0.1\nlog_dest stderr\nuser {getpass.getuser()}\n{access}\n"
    )
    return RunningBroker([program, "-c", str(configuration)], port, protocol)


def embedded() -> RunningBroker:
    port = free_port()
    command = [sys.executable, "-m", "gateway.cli", "broker", "--port", str(port)]
    return RunningBroker(command, port, "3.1.1")
