"""Server-sent events: the pieces of a page that have changed, as HTML by the id of their place."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from enum import Enum

from sse_starlette import EventSourceResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from gateway.console.feed import Feed

BEAT_S = 1.0
"""So often at least something is said, so that a page knows that it is still told."""
RETRY_MS = 1000

Pieces = Callable[[], Awaitable[dict[str, str] | None]]
"""All pieces of the page as they are now; None: the reader is to load the page anew."""


class Reader(Enum):
    """Who is told, each with its own room: the most of all, and of one address."""

    SIGNED_IN = (24, 24)
    DISPLAY = (24, 8)
    VISITOR = (8, 2)
    """Somebody who waits for their card."""


class Streams:
    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._open: Counter[tuple[Reader, str]] = Counter()

    def response(self, request: Request, reader: Reader, pieces: Pieces) -> EventSourceResponse:
        """Its place is taken from now on. HTTPException 503 where there is none: the page says so
        itself, and tries again."""
        here = request.client.host if request.client is not None else "unknown"
        most, most_here = reader.value
        if here == (request.scope.get("server") or [""])[0]:
            most_here = most  # this machine itself, or a proxy on it
        held = sum(count for (kind, _), count in self._open.items() if kind is reader)
        if held >= most or self._open[reader, here] >= most_here:
            raise HTTPException(503)
        self._open[reader, here] += 1
        return _Told(self._events(pieces), lambda: self._leave(reader, here))

    def _leave(self, reader: Reader, here: str) -> None:
        self._open[reader, here] -= 1
        self._open += Counter()  # addresses that have gone are forgotten

    async def _events(self, pieces: Pieces) -> AsyncIterator[dict[str, object]]:
        sent: dict[str, str] = {}
        yield {"event": "begin", "data": "", "retry": RETRY_MS}
        while not self._feed.closing:
            version = self._feed.version
            now = await pieces()
            if now is None:
                yield {"event": "leave", "data": ""}
                return
            changed = {place: html for place, html in now.items() if sent.get(place) != html}
            sent = now
            yield {"event": "pieces", "data": json.dumps(changed)}
            await self._feed.changed(version, BEAT_S)


class _Told(EventSourceResponse):
    """Gives its place back however it ends, also before it has begun to tell."""

    def __init__(self, events: AsyncIterator[dict[str, object]], leave: Callable[[], None]) -> None:
        super().__init__(events, ping=3600, send_timeout=10)
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()
