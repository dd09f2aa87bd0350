"""One question to central over plain HTTP, and its answer.

No TLS: nothing of it is secret, each message proves itself, and TLS would need what is asked for
here (a pinned authority, a clock that is right).
"""

import http.client
import io
import socket
import time
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from gateway.core.fields import HostName
from mqtt.enrolment.messages import (
    MOST_ANSWER_BYTES,
    AnyAnswer,
    AnyRequest,
    read_answer,
)
from mqtt.topics import ENROLMENT_PATH, ENROLMENT_PORT

SILENCE_S = 15.0
WHOLE_S = 60.0
PIECE_BYTES = 16 * 1024


class NoAnswer(Exception):
    """Central was not reached, or what answers there is something else."""


class Address(NamedTuple):
    host: str
    port: int = ENROLMENT_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_address(text: str) -> Address:
    """HOST or HOST:ENROLMENT_PORT, an IPv6 address in brackets; ValueError for anything else."""
    try:
        found = urlsplit(f"//{text.strip()}")
        if found.netloc == text.strip() and found.username is None:
            host = msgspec.convert(found.hostname, HostName)
            return Address(host, found.port or ENROLMENT_PORT)
    except ValueError:  # msgspec's too
        pass
    raise ValueError(f"expected HOST or HOST:ENROLMENT_PORT of central, found {text!r}")


def ask(address: Address, request: AnyRequest) -> AnyAnswer:
    """Ask once. NoAnswer says what stands in the way."""
    try:
        response = http.client.HTTPResponse(_Heard(_exchange(address, request)))  # type: ignore[arg-type]
        response.begin()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise NoAnswer(
            f"central cannot be reached at {address}: {why}. Check cable and address, and that "
            "central runs with an [enrolment] section"
        ) from error
    try:
        answer: AnyAnswer = read_answer(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NoAnswer(
            f"{address} answers with status {response.status}, and not as central does: {error}. "
            f"{_ASKED}"
        ) from error
    return answer


def _exchange(address: Address, request: AnyRequest) -> bytes:
    """All that comes until the other end hangs up: bounded in time and size, whatever it is."""
    deadline = time.monotonic() + WHOLE_S
    body = msgspec.json.encode(request)
    head = (
        f"POST {ENROLMENT_PATH} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    heard = b""
    with socket.create_connection(address, SILENCE_S) as opened:
        opened.sendall(head.encode() + body)
        while piece := opened.recv(PIECE_BYTES):
            heard += piece
            left_s = deadline - time.monotonic()
            if left_s <= 0 or len(heard) > MOST_ANSWER_BYTES:
                raise NoAnswer(f"{address} answers without end; is it central? {_ASKED}")
            opened.settimeout(min(SILENCE_S, left_s))
    return heard


class _Heard:
    """What was heard, as http.client reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


_ASKED = "Check the address: expected the host and port of central's [enrolment] section"
