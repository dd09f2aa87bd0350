"""Requests to the gateway's control socket, without ever holding up a page."""

import asyncio
import os
from pathlib import Path

import msgspec

from gateway.runtime.control import Answer
from gateway.runtime.requests import Request

PATIENCE_S = 5.0
MOST_WAITING = 8
"""Further ones are told at once that the gateway is busy."""
LINE_BYTES = 1 << 20


class NotAnswered(Exception):
    """The gateway does not run, or is busy; whether it did what was asked is not known."""


class Asker:
    """One request at a time, in their order."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def ask(self, request: Request) -> Answer:
        """Its answer; NotAnswered after five seconds at most."""
        if self._waiting >= MOST_WAITING:
            raise NotAnswered("too many requests at once")
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE_S), self._turn:
                return await self._ask(request)
        except (OSError, TimeoutError, ValueError) as error:
            raise NotAnswered(f"{self._path}: {error or 'no answer'}") from error
        finally:
            self._waiting -= 1

    async def _ask(self, request: Request) -> Answer:
        reader, writer = await asyncio.open_unix_connection(os.fspath(self._path), limit=LINE_BYTES)
        try:
            writer.write(msgspec.json.encode(request) + b"\n")
            await writer.drain()
            line = await reader.readline()
        finally:
            writer.close()
        if not line.endswith(b"\n"):
            raise ValueError("it ended before it answered")
        return msgspec.json.decode(line, type=Answer)
