"""What a person at this machine asks a running gateway to do: JSON lines on a Unix socket.

One request a line, an object whose `do` names it (gateway/runtime/requests.py), and one answer a
line: `{"done": {…}}` once it is durable, or `{"refused": "why", "code": …}`. Only root, the
account that the gateway runs as and who shares its folder (local_socket.py) are heard.
"""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import msgspec
from msgspec import Struct

from gateway.runtime.local_socket import bind, may_ask, shared_group
from gateway.runtime.requests import Request

log = logging.getLogger(__name__)

LINE_BYTES = 4096
PATIENCE_S = 5.0
"""For a line that has begun; nobody else is heard meanwhile."""
ANSWER_S = 15.0
PAUSE_S = 0.02
"""After each answer: at most fifty requests a second reach the control loop, whoever floods."""


class Answer(Struct, frozen=True, omit_defaults=True):
    done: dict[str, Any] | None = None
    """Values as JSON has them."""
    refused: str | None = None
    code: str | None = None
    """Of why: gateway/runtime/refusals.py, or a Reason."""
    values: dict[str, int | str] = {}
    """Those of the code's words."""


Take = Callable[[Request, Callable[[Answer], None]], None]
"""Do what is asked, from any thread, and answer once."""


def control_path(status_socket: str) -> Path:
    """Beside the status socket."""
    return Path(status_socket).with_suffix(".control")


class ControlServer:
    """Serves one connection after the other until `close`."""

    def __init__(self, path: Path, take: Take) -> None:
        """OSError if the socket cannot be made there. A stale one of a dead gateway is replaced."""
        self._path = path
        self._take = take
        before = os.umask(0o177)
        try:
            self._server = bind(path, backlog=4)
        finally:
            os.umask(before)
        self._group = shared_group(path)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)
        self._thread.start()

    def __enter__(self) -> "ControlServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                asker, _ = self._server.accept()
            except OSError as error:
                if not self._closing.is_set():
                    log.warning(
                        "control: nobody let in: %s", error, extra={"event": "control_refused"}
                    )
                    self._closing.wait(1.0)
                continue
            with asker, contextlib.suppress(OSError):
                asker.settimeout(PATIENCE_S)
                self._hear(asker)

    def _hear(self, asker: socket.socket) -> None:
        with asker.makefile("rb") as lines:
            while (line := lines.readline(LINE_BYTES)) and not self._closing.is_set():
                if not line.endswith(b"\n"):
                    asker.sendall(_line(Answer(refused=f"expected a line of {LINE_BYTES} bytes")))
                    return
                if not may_ask(asker, self._group):
                    who = "only root, the gateway's own account and its console's may ask"
                    asker.sendall(_line(Answer(refused=who)))
                    return
                asker.sendall(_line(self._answer(line)))
                self._closing.wait(PAUSE_S)

    def _answer(self, line: bytes) -> Answer:
        try:
            request = msgspec.json.decode(line, type=Request)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Answer(refused=f"not a request: {error}")
        if (text := _unprintable(msgspec.to_builtins(request))) is not None:
            return Answer(refused=f"{text[:40]!a}: expected text that can be printed as it is")
        answers: Queue[Answer] = Queue()
        self._take(request, answers.put)
        try:
            return answers.get(timeout=ANSWER_S)
        except Empty:
            return Answer(refused=f"no answer within {ANSWER_S:.0f} s; see the gateway's log")


def _unprintable(said: Any) -> str | None:
    """A text in a request that would hide something where it is shown: names go into the ledger."""
    if isinstance(said, str):
        return None if said.isprintable() else said
    within = said.values() if isinstance(said, dict) else said if isinstance(said, list) else ()
    return next((text for one in within if (text := _unprintable(one)) is not None), None)


def _line(answer: Answer) -> bytes:
    return msgspec.json.encode(answer) + b"\n"


class ControlRefused(Exception):
    """The gateway does not run, or does not do what was asked; the text says why."""


def ask(path: Path, request: Request) -> dict[str, Any]:
    """Ask a running gateway, and wait until it is done. ControlRefused otherwise."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asker:
        asker.settimeout(ANSWER_S + PATIENCE_S)
        try:
            asker.connect(os.fspath(path))
            asker.sendall(msgspec.json.encode(request) + b"\n")
            with asker.makefile("rb") as lines:
                line = lines.readline()
        except OSError as error:
            raise ControlRefused(
                f"{path}: no gateway answers there ({error.strerror or error}); is it running, "
                "and is this its account or root?"
            ) from error
    if not line:
        raise ControlRefused(
            f"{path}: the gateway ended before it answered; look whether it is "
            "in the ledger before asking again"
        )
    answer = msgspec.json.decode(line, type=Answer)
    if answer.done is None:
        raise ControlRefused(answer.refused or "refused without a word")
    return answer.done
