"""Drives a simulated forecourt from outside: what a hand at the pump does, and a look at it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any

import msgspec

from hardware.ports import HardwareError
from hardware.simulated.wire import Wire

VISITS_PER_LINE = 200
"""Of about 150 bytes each: well within a line of the protocol."""


class ForecourtControl:
    """A control connection. HardwareError says why a request was refused, or that none answers.

    Requests are the `op`s of hardware/simulated/forecourt/protocol.py, from any thread.
    """

    def __init__(self, socket_path: Path) -> None:
        self._turn = Lock()
        self._wire = Wire(socket_path)
        self.hello = self._exchange({"hello": "control", "version": 1})
        """The forecourt's first answer: now_ns, utc_ns, time, levels."""

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """Do one request and return what it answers."""
        return self._exchange({"op": op, **fields})

    def queue(self, visits: Iterable[Mapping[str, Any]]) -> None:
        """Let drivers come, see `Visit` in forecourt/motorist.py; any number of them."""
        waiting = list(visits)
        for start in range(0, len(waiting), VISITS_PER_LINE):
            self.ask("scenario", visits=waiting[start : start + VISITS_PER_LINE])

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._turn:
            self._wire.send(msgspec.json.encode(request) + b"\n")
            answer: dict[str, Any] = self._wire.receive(dict)
        if "error" in answer:
            raise HardwareError(f"the forecourt refused: {answer['error']}")
        return answer

    def close(self) -> None:
        self._wire.close()

    def __enter__(self) -> "ForecourtControl":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
