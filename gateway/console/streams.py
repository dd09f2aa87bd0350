"""Server-sent events: the pieces of a page that have changed, as HTML by the id of their place."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable

from sse_starlette import EventSourceResponse

from gateway.console.feed import Feed

BEAT_S = 1.0
"""So often at least something is said, so that a page knows that it is still told."""
MOST_STREAMS = 24
RETRY_MS = 1000

Pieces = Callable[[], Awaitable[dict[str, str] | None]]
"""All pieces of the page as they are now; None: the reader is to load the page anew."""


class Streams:
    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._open = 0

    @property
    def full(self) -> bool:
        """No further page is told; it says so itself, and tries again."""
        return self._open >= MOST_STREAMS

    def response(self, pieces: Pieces) -> EventSourceResponse:
        return EventSourceResponse(self._events(pieces), ping=3600, send_timeout=10)

    async def _events(self, pieces: Pieces) -> AsyncIterator[dict[str, object]]:
        self._open += 1
        try:
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
        finally:
            self._open -= 1
