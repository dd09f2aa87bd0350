"""Where gateways ask for certificates: a small HTTP server in a thread of central's process.

It takes one kind of question, of at most 8 KiB, a few at a time and one after the other; sales
go on beside it. Why there is no TLS: DECISIONS.md.
"""

import asyncio
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from mqtt.central.certifying import Certifying
from mqtt.enrolment.messages import (
    MOST_REQUEST_BYTES,
    AnyAnswer,
    Refusal,
    read_request,
)
from mqtt.topics import ENROLMENT_PATH

log = logging.getLogger(__name__)

CONNECTIONS = 32
IDLE_S = 5
BODY_S = 10.0
END_S = 2
MOST_A_MINUTE = 120
"""Answered; a city of gateways asks for one every two months each."""


class CannotOpen(Exception):
    """The address is taken, or is none of this machine's."""


class Door:
    """Open while the block lasts; `address` and `port` are where it listens."""

    def __init__(
        self,
        certifying: Certifying,
        address: str,
        port: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """CannotOpen if it cannot listen there. 0 takes a free port."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            self._socket = socket.create_server((address, port), family=family, backlog=32)
        except OSError as error:
            raise CannotOpen(
                f"{address}:{port}: {error.strerror}; is another central running, and is the "
                "address this machine's? See [enrolment] in central's configuration"
            ) from error
        self.port: int = self._socket.getsockname()[1]
        self._certifying = certifying
        self._monotonic = monotonic
        self._lately: deque[float] = deque()
        self._one_at_a_time = threading.Lock()
        self._server = uvicorn.Server(
            uvicorn.Config(
                Starlette(routes=[Route(ENROLMENT_PATH, self._asked, methods=["POST"])]),
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                loop="asyncio",
                limit_concurrency=CONNECTIONS,
                timeout_keep_alive=IDLE_S,
                timeout_graceful_shutdown=END_S,
                h11_max_incomplete_event_size=MOST_REQUEST_BYTES,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="door", daemon=True)

    def __enter__(self) -> "Door":
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    async def _asked(self, request: Request) -> Response:
        if not self._has_time():
            return _response(Refusal(code="busy", text="too many ask; try again in a minute"))
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=408)
        return _response(await run_in_threadpool(self._answer, body))

    def _has_time(self) -> bool:
        now = self._monotonic()
        while self._lately and self._lately[0] < now - 60:
            self._lately.popleft()
        if len(self._lately) >= MOST_A_MINUTE:
            return False
        self._lately.append(now)
        return True

    def _answer(self, body: bytes | None) -> AnyAnswer:
        if body is None:
            return self._certifying.refuse("malformed", f"more than {MOST_REQUEST_BYTES} bytes")
        try:
            request = read_request(body)
        except (msgspec.DecodeError, RecursionError) as error:
            return self._certifying.refuse("malformed", f"no request for a certificate: {error}")
        with self._one_at_a_time:
            try:
                return self._certifying.answer(request)
            except Exception:
                log.exception(
                    "a request for a certificate could not be answered",
                    extra={"event": "certificate_request_failed"},
                )
                return Refusal(
                    code="busy", text="central cannot answer now; its log says why. Try again later"
                )


async def _body(request: Request) -> bytes | None:
    """None if it is too long."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_REQUEST_BYTES:
            return None
    return body


def _response(answer: AnyAnswer) -> Response:
    status = 403 if isinstance(answer, Refusal) else 200
    return Response(msgspec.json.encode(answer), status, media_type="application/json")
