"""What the gateway says on its status socket, across its deaths and returns."""

import asyncio
import contextlib
import logging
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gateway.runtime.status import PumpSnapshot, Snapshot

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
SILENT_S = 2.0
"""A gateway tells its state five times a second; after so long it is not to be believed."""
LINE_BYTES = 1 << 20


class Feed:
    """Follows the socket in a task; pages wait for `changed`."""

    def __init__(self, path: Path) -> None:
        self.newest: Snapshot | None = None
        """The last that was said, however long ago; None: nothing yet."""
        self.version = 0
        """Rises with each line, and when the gateway falls silent or comes back."""
        self.closing = False
        self._path = path
        self._since = datetime.now(UTC)
        self._fresh = False
        self._news = asyncio.Event()

    @property
    def fresh(self) -> bool:
        """The gateway speaks, and what it said last is how things are."""
        return self._fresh

    @property
    def since(self) -> datetime:
        """UTC: since when it has been silent, or spoken."""
        return self._since

    def pump(self, number: int) -> PumpSnapshot | None:
        pumps = self.newest.pumps if self.newest is not None else []
        return next((pump for pump in pumps if pump.pump == number), None)

    async def changed(self, seen: int, within_s: float) -> int:
        """The version once it is another than `seen`, or after that time."""
        if self.version == seen and not self.closing:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), within_s)
        return self.version

    async def follow(self) -> None:
        """Until cancelled."""
        pause_s = FIRST_PAUSE_S
        while True:
            heard = self.version
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_unix_connection(
                    str(self._path), limit=LINE_BYTES
                )
                try:
                    await self._read(reader)
                finally:
                    writer.close()
            self._set_fresh(fresh=False)
            pause_s = FIRST_PAUSE_S if self.version != heard else min(pause_s * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    def close(self) -> None:
        """Let every page's stream end."""
        self.closing = True
        self._tell()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await asyncio.wait_for(reader.readline(), SILENT_S)
            except TimeoutError:
                self._set_fresh(fresh=False)
                continue
            except ValueError:
                log.error(
                    "the gateway's state is longer than %d bytes",
                    LINE_BYTES,
                    extra={"event": "status_unreadable"},
                )
                return
            if not line.endswith(b"\n"):
                return
            try:
                self.newest = msgspec.json.decode(line, type=Snapshot)
            except msgspec.MsgspecError as error:
                log.error(
                    "the gateway's state does not read; is it of another version? %s",
                    error,
                    extra={"event": "status_unreadable"},
                )
                return
            self._set_fresh(fresh=True)
            self._tell()

    def _set_fresh(self, *, fresh: bool) -> None:
        if fresh == self._fresh:
            return
        self._fresh, self._since = fresh, datetime.now(UTC)
        log.info(
            "the gateway %s",
            "speaks" if fresh else "is silent",
            extra={"event": "gateway_heard" if fresh else "gateway_silent"},
        )
        self._tell()

    def _tell(self) -> None:
        self.version += 1
        self._news.set()
        self._news = asyncio.Event()
