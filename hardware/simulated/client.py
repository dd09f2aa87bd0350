"""The gateway's end of the forecourt's socket; its lines are told there."""

import atexit
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread, current_thread
from typing import Literal, TypeVar

import msgspec

from hardware.ports import HardwareError
from hardware.simulated.wire import Wire

PROTOCOL_VERSION = 1

Answer = TypeVar("Answer")
Edge = tuple[int, int, Literal[0, 1]]
"""When (ns on the forecourt's clock), which pin, its new level."""


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    ok: Literal[True]
    now_ns: int
    utc_ns: int
    time: Literal["real", "simulated"]
    levels: dict[int, Literal[0, 1]]


class Transferred(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    data: str
    now_ns: int


class Advanced(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    now_ns: int
    edges: list[Edge]


class Pushed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    edges: list[Edge]


class ForecourtClient:
    """SPI, output pins, input pins and time of one forecourt, for one gateway.

    Outputs may be set from any thread, without waiting for an answer that another one awaits;
    `spi`, `sleep` and `advance` take turns. Input edges reach `deliver`: in simulated time
    inside `advance`, in real time on a thread of their own. Once the forecourt is lost every
    call raises HardwareError, except `release` and `close`.
    """

    def __init__(self, path: Path) -> None:
        self.deliver: Callable[[int, int], None] = lambda _pin, _level: None
        """Told each edge's pin and level; set before the first `advance` or `listen`."""
        self._exchange_lock = Lock()
        self._posted = bytearray()
        self._wire = Wire(path)
        # Registered before any driver's own, so that it runs after them.
        atexit.register(self._send_posted)
        self._edges: Wire | None = None
        self._listener: Thread | None = None
        try:
            hello = _greet(self._wire, "gateway")
            if hello.time == "real":
                # Levels from this second greeting: no edge falls between them and its pushes.
                self._edges = Wire(path)
                hello = _greet(self._edges, "edges")
        except HardwareError:
            self.close()
            raise
        self.time = hello.time
        self.levels = dict(hello.levels)
        """Level of each input pin when the connection began."""
        self.now_ns = hello.now_ns
        """Simulated time: newest instant the forecourt or an edge told. Unused in real time."""
        self.utc_offset_ns = hello.utc_ns - hello.now_ns

    def listen(self) -> None:
        """Start delivering edges (real time only; simulated edges come with `advance`)."""
        if self._edges is not None and self._listener is None:
            self._edges.wait_for_ever()
            self._listener = Thread(
                target=self._push_edges, args=(self._edges,), name="forecourt-edges", daemon=True
            )
            self._listener.start()

    def check(self) -> None:
        """Raise HardwareError once the forecourt is lost."""
        self._wire.check()

    def spi(self, bus: int, device: int, data: bytes) -> bytes:
        """Exchange bytes on /dev/spidev{bus}.{device}; simulated time moves by the wire's."""
        request = b'{"op":"spi","bus":%d,"device":%d,"data":"%s"}\n' % (
            bus,
            device,
            data.hex().encode(),
        )
        answer = self._ask(request, Transferred)
        self._pass_to(answer.now_ns)
        try:
            received = bytes.fromhex(answer.data)
        except ValueError:
            received = b""
        if len(received) != len(data):
            raise self._wire.lose(
                f"answered SPI {answer.data!r} where {len(data)} hex bytes were expected"
            )
        return received

    def spi_write(self, bus: int, device: int, data: bytes) -> None:
        """As `spi`, where the bytes that come back mean nothing."""
        if self.time == "real":
            # A driver counts the chip's time from here: a forecourt that runs late must not
            # get this together with the next look at it.
            self.spi(bus, device, data)
            return
        line = b'{"op":"write","bus":%d,"device":%d,"data":"%s"}\n'
        self._post(line % (bus, device, data.hex().encode()))

    def output(self, pin: int) -> None:
        """Make the pin an output. HardwareError here, not later, if it cannot be one."""
        self._post(b'{"op":"output","pin":%d}\n' % pin)
        if self.time == "simulated":
            self.advance(self.now_ns)

    def set_level(self, pin: int, level: int) -> None:
        """Drive an output pin to 0 or 1."""
        self._post(b'{"op":"pin","pin":%d,"level":%d}\n' % (pin, level))

    def release(self, pin: int) -> None:
        """Release an output properly: it is pulled low. A lost forecourt has done so itself."""
        if self._wire.lost is None:
            self._post(b'{"op":"input","pin":%d}\n' % pin)

    def sleep(self, duration_ns: int) -> None:
        """Let simulated time pass without reacting to anything."""
        self._post(b'{"op":"sleep","ns":%d}\n' % duration_ns)
        self._pass_to(self.now_ns + duration_ns)

    def advance(self, until_ns: int) -> None:
        """Run simulated time forward to `until_ns`, or to the first edge that is no pulse.

        Each edge is delivered with `now_ns` at its own time; afterwards `now_ns` says how far
        it went.
        """
        answer = self._ask(b'{"op":"advance","until_ns":%d}\n' % until_ns, Advanced)
        for at_ns, pin, level in answer.edges:
            self._pass_to(at_ns)
            self.deliver(pin, level)
        self._pass_to(answer.now_ns)

    def close(self) -> None:
        """Leave the forecourt. Pins still driven stay or fall as its `release` setting says."""
        atexit.unregister(self._send_posted)
        self._send_posted()
        self._wire.close()
        if self._edges is not None:
            self._edges.close()
        if self._listener is not None and self._listener is not current_thread():
            self._listener.join()

    def _ask(self, request: bytes, kind: type[Answer]) -> Answer:
        with self._exchange_lock:
            posted = bytes(self._posted)
            self._posted.clear()
            self._wire.send(posted + request)
            return self._wire.receive(kind)

    def _post(self, line: bytes) -> None:
        """Send what has no answer. In simulated time nothing can come of it before the next
        request moves time, so it travels with that one."""
        if self.time == "simulated":
            self._wire.check()
            with self._exchange_lock:
                self._posted += line
        else:
            self._wire.send(line)

    def _send_posted(self) -> None:
        """What is left when the interpreter ends, such as a valve that was shut last."""
        with self._exchange_lock, suppress(HardwareError):
            self._wire.send(bytes(self._posted))
            self._posted.clear()

    def _pass_to(self, now_ns: int) -> None:
        # Edges met during a sleep are told by the next advance, later than they happened.
        self.now_ns = max(self.now_ns, now_ns)

    def _push_edges(self, wire: Wire) -> None:
        try:
            with suppress(HardwareError):
                while True:
                    for _at_ns, pin, level in wire.receive(Pushed).edges:
                        self.deliver(pin, level)
        finally:
            # Without edges no pulse is counted, so the outputs must not be held any longer.
            self._wire.lose("tells of no more edges")


def _greet(wire: Wire, role: str) -> Hello:
    wire.send(b'{"hello":"%s","version":%d}\n' % (role.encode(), PROTOCOL_VERSION))
    return wire.receive(Hello)
