"""Looks at the forecourt while somebody watches, and tells every open page."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

from hardware.ports import HardwareError

log = logging.getLogger(__name__)

TICK_S = 0.1
BEAT_S = 1.0
"""So often at least something is said, so that a page knows that it is still told."""
MOST_PAGES = 12


class Live:
    def __init__(self, look: Callable[[], dict[str, Any]]) -> None:
        self._closing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._look = look
        self._watching = 0
        self._said = ""
        self._news = asyncio.Event()

    @property
    def full(self) -> bool:
        return self._watching >= MOST_PAGES

    async def follow(self) -> None:
        """Until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            if self._watching:
                await self._look_once()
            await asyncio.sleep(TICK_S)

    async def _look_once(self) -> None:
        try:
            said = json.dumps(await asyncio.to_thread(self._look))
        except HardwareError:  # the demo is ending
            return
        except Exception:
            log.exception("the page is not told the newest", extra={"event": "demo_page_stale"})
            return
        if said != self._said:
            self._said = said
            self._tell()

    async def events(self) -> AsyncIterator[dict[str, object]]:
        """For one page, until the demo ends."""
        self._watching += 1
        try:
            sent = ""
            while not self._closing:
                if self._said not in ("", sent):
                    sent = self._said
                    yield {"data": sent}
                else:
                    yield {"event": "beat", "data": ""}
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), BEAT_S)
        finally:
            self._watching -= 1

    def close(self) -> None:
        """Let every page's stream end; from any thread."""
        self._closing = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
