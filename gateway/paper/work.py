"""What is done outside the console's process, and how it is had done."""

import asyncio
import logging
import sys

import msgspec
from msgspec import Struct

from gateway.paper.sheet import Sheet

log = logging.getLogger(__name__)

PATIENCE_S = 20.0
"""A Pi takes three or four seconds for a long PDF."""
MOST_WAITING = 4


class MakePdf(Struct, frozen=True, tag="pdf"):
    sheet: Sheet


Work = MakePdf


class NotMade(Exception):
    """It failed, took too long, or too much was asked for at once."""


class Workshop:
    """One piece of work at a time, however many pages ask."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def do(self, work: Work) -> bytes:
        """What it printed on standard output. NotMade after `PATIENCE_S` at the latest."""
        if self._waiting >= MOST_WAITING:
            raise NotMade("too much at once")
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE_S), self._turn:
                return await _done(work)
        except (OSError, TimeoutError) as error:
            raise NotMade(f"{error or 'it took too long'}") from error
        finally:
            self._waiting -= 1


async def _done(work: Work) -> bytes:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "gateway.paper"), stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        said, complaint = await process.communicate(msgspec.json.encode(work))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        lines = complaint.decode(errors="replace").splitlines() or [f"{process.returncode}"]
        raise NotMade(lines[-1])
    return said
