"""Serves the page from a thread of the demo's process until it is told to end."""

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from gateway.demo.page.app import Page

HOST = "127.0.0.1"
CONNECTIONS = 40
IDLE_S = 15
END_S = 3


class PageServer:
    """Its port is taken at once, so that others can be told of it; it is served from `start`."""

    def __init__(self) -> None:
        self._socket = socket.create_server((HOST, 0), backlog=16)
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._page: Page | None = None

    def start(self, app: "Starlette") -> None:
        import uvicorn  # not above: what a port needs is there at once

        self._page = app.state.page
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                loop="asyncio",
                limit_concurrency=CONNECTIONS,
                timeout_keep_alive=IDLE_S,
                timeout_graceful_shutdown=END_S,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="page", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End every open stream, and the thread."""
        if self._server is not None and self._thread is not None and self._page is not None:
            self._page.live.close()
            self._server.should_exit = True
            self._thread.join()

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def _serve(self) -> None:
        assert self._server is not None  # noqa: S101  # made before this thread
        asyncio.run(self._server.serve(sockets=[self._socket]))
