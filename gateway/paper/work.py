"""What is done outside the console's process, and how it is had done."""

import asyncio
import logging
import sys

import msgspec
from msgspec import Struct

from gateway.config.types import ReceiptSettings
from gateway.paper.sheet import Sheet
from hardware.receipt_printer.slip import Slip

log = logging.getLogger(__name__)

PATIENCE_S = 20.0
"""A Pi takes three or four seconds for a long PDF."""
MODULE = "gateway.paper"
MOST_WAITING = 4
FAILED, NOTHING_PRINTED = 1, 3
"""Exit status of what does the work; above 128, or any other, it was ended or broke."""


class MakePdf(Struct, frozen=True, tag="pdf"):
    sheet: Sheet


class Print(Struct, frozen=True, tag="print"):
    slip: Slip
    printer: ReceiptSettings


Work = MakePdf | Print


class NotMade(Exception):
    """It failed, took too long, or too much was asked for at once."""

    def __init__(self, why: str, *, begun: bool = True) -> None:
        """`begun`: something of it may be on paper."""
        self.begun = begun
        super().__init__(why)


class Workshop:
    """One piece of work at a time, however many ask."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def do(self, work: MakePdf | Print) -> bytes:
        """What it gave on standard output. NotMade after `PATIENCE_S` of waiting for its turn, or
        of work."""
        if self._waiting >= MOST_WAITING:
            raise NotMade("too much at once", begun=False)
        self._waiting += 1
        begun = False
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._turn.acquire()
            try:
                begun = True
                async with asyncio.timeout(PATIENCE_S):
                    return await _done(work)
            finally:
                self._turn.release()
        except (OSError, TimeoutError) as error:
            raise NotMade(f"{error}" or "it took too long", begun=begun) from error
        finally:
            self._waiting -= 1


async def _done(work: MakePdf | Print) -> bytes:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", MODULE), stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        said, complaint = await process.communicate(msgspec.json.encode(work))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        lines = complaint.decode(errors="replace").splitlines() or [f"{process.returncode}"]
        raise NotMade(lines[-1], begun=process.returncode != NOTHING_PRINTED)
    return said
