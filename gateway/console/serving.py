"""The console's process: listens, serves, and ends at a signal without keeping anybody waiting."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.config.types import GatewayConfig
from gateway.console.app import build
from gateway.console.feed import Feed
from gateway.console.memory import few_threads, keep_small

log = logging.getLogger(__name__)

NICE = 10
"""The pump's process goes first, whatever is asked of this one."""
CONNECTIONS = 64
CONNECTIONS_OF_ONE = 20
"""From one address: a browser opens six, and each open page holds one."""
HEADER_BYTES = 16_384
IDLE_S = 15
FIRST_REQUEST_S = 10
"""For head and body together."""
END_S = 3


class CannotListen(Exception):
    """The address is taken, or is none of this machine's."""


class Prompt(H11Protocol):
    """A connection whose request does not come whole within a while, head and body, makes room for
    others; one address has a part of all the room, and who came last has what the oldest idle one
    held."""

    _giving_up: asyncio.TimerHandle | None = None
    _since_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since_s = self.loop.time()
        self._wait()
        if self._too_many_here:
            self.transport.abort()
        elif len(self.connections) >= CONNECTIONS:
            idle = [one for one in self.connections if isinstance(one, Prompt) and one.idle]
            min(idle, key=lambda one: one._since_s, default=self).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        # A timer left behind would keep the connection, and what had come over it, until it rings.
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()  # a further request may have come with the one before, or a part of it

    def _look(self) -> None:
        if self._whole:
            self._wait_no_more()
        elif self._giving_up is None and self.timeout_keep_alive_task is None:
            self._wait()

    @property
    def idle(self) -> bool:
        """Nobody waits for an answer here."""
        return not self._whole or self.cycle is None or self.cycle.response_complete

    @property
    def _whole(self) -> bool:
        """The request has come, to its end."""
        return self.conn.their_state not in (h11.IDLE, h11.SEND_BODY)

    @property
    def _too_many_here(self) -> bool:
        """Not so from this machine itself: a proxy may stand there, for all."""
        if self.client is None or (self.server and self.client[0] == self.server[0]):
            return False
        all_of_them = [one.client for one in self.connections if isinstance(one, Prompt)]
        here = [one for one in all_of_them if one is not None and one[0] == self.client[0]]
        return len(here) > CONNECTIONS_OF_ONE

    def _wait(self) -> None:
        self._giving_up = self.loop.call_later(FIRST_REQUEST_S, self._give_up)

    def _wait_no_more(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None

    def _give_up(self) -> None:
        self._giving_up = None
        if not self._whole and not self.transport.is_closing():
            self.transport.close()


class Server(uvicorn.Server):
    """Tells the open pages to end when it is told to stop."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._feed.close()
        super().handle_exit(sig, frame)
        self._captured_signals.clear()  # told to end, it ends well: status 0


def serve(config: GatewayConfig, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is told the address. CannotListen if it is taken."""
    listening = listen(config.console.address, config.console.port)
    with suppress(PermissionError):  # a service may not, and was started so
        os.nice(NICE)
    keep_small()
    app = build(config)
    if config.metrics is not None:
        _serve_metrics(config.gateway.name, config.metrics.port, app.state.console.feed)
    server = Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            http=Prompt,
            loop="asyncio",
            limit_concurrency=CONNECTIONS + 1,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=END_S,
            h11_max_incomplete_event_size=HEADER_BYTES,
        ),
        app.state.console.feed,
    )
    host = config.console.address
    shown = f"[{host}]" if ":" in host else host
    ready(f"http://{shown}:{config.console.port}/")
    asyncio.run(_serve(server, listening))


async def _serve(server: Server, listening: socket.socket) -> None:
    few_threads(asyncio.get_running_loop())
    await server.serve(sockets=[listening])


def _serve_metrics(gateway: str, port: int, feed: Feed) -> None:
    from gateway.metrics.serving import ADDRESS, serve  # its library only where it is wanted

    try:
        serve(gateway, port, lambda: feed.newest if feed.fresh else None)
    except OSError as error:
        raise CannotListen(
            f"{ADDRESS}:{port}: {error.strerror}; choose another port in [metrics] of the "
            "configuration"
        ) from error


def listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=64)
    except OSError as error:
        raise CannotListen(
            f"{address}:{port}: {error.strerror}; is a console running already, and is the address "
            "this machine's? See [console] in the configuration"
        ) from error
