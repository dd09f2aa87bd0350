"""The forecourt's process: one thread, one loop, one world, many connections."""

import selectors
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from hardware.simulated.forecourt.connection import Connection, Lost
from hardware.simulated.forecourt.controls import control
from hardware.simulated.forecourt.edges import Edge
from hardware.simulated.forecourt.gateway_requests import serve_gateway
from hardware.simulated.forecourt.listening import listen
from hardware.simulated.forecourt.protocol import VERSION, ControlRequest, GatewayRequest, Hello
from hardware.simulated.forecourt.world import EDGES_PER_ANSWER, World
from hardware.simulated.pico.pico import SimulatedPico

NS_PER_S = 1_000_000_000
PORT_LOOK_S = 0.02
_HELLO: msgspec.json.Decoder[Hello] = msgspec.json.Decoder(Hello)
_GATEWAY: msgspec.json.Decoder[GatewayRequest] = msgspec.json.Decoder(GatewayRequest)
_CONTROL: msgspec.json.Decoder[ControlRequest] = msgspec.json.Decoder(ControlRequest)


class ForecourtServer:
    """Serves `world` at `path` until `stop`. HardwareError when it cannot listen there."""

    def __init__(self, world: World, path: Path) -> None:
        self.world = world
        self._path = path
        self._encode = msgspec.json.Encoder().encode
        self._gateway: Connection | None = None
        self._watchers: list[Connection] = []
        self._ports: dict[SimulatedPico, int | None] = {}
        self._listener = listen(path)
        self._waker, self._woken = socket.socketpair()
        self._woken.settimeout(0.0)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._stopping = False

    def stop(self) -> None:
        """End `serve` soon; from a signal handler or any thread."""
        with suppress(OSError):  # it has ended already
            self._waker.send(b"\0")

    def serve(self) -> None:
        try:
            while not self._stopping:
                ready = self._selector.select(self._patience_s())
                self.world.catch_up()
                self.world.listen()
                for key, events in ready:
                    self._attend(key, events)
                self._watch_ports()
                if not self.world.simulated:
                    self._push_edges(self.world.edges.take())
        finally:
            self._close()

    def _patience_s(self) -> float | None:
        if self.world.simulated:
            # Nothing tells when a host opens a port; it may wait for a greeting outside our time.
            unheard = any(self._ports.get(pico) is None for pico in self.world.picos)
            return PORT_LOOK_S if unheard else None
        return min(60.0, max(0, self.world.next_ns() - self.world.now_ns) / NS_PER_S)

    def _attend(self, key: selectors.SelectorKey, events: int) -> None:
        if key.data in self.world.picos:
            pass  # it was listened to
        elif key.fileobj is self._listener:
            self._welcome()
        elif key.fileobj is self._woken:
            self._stopping = True
        elif isinstance(key.data, Connection) and not key.data.closed:
            connection = key.data
            try:
                if events & selectors.EVENT_WRITE:
                    connection.flush()
                if events & selectors.EVENT_READ:
                    for line in connection.lines():
                        self._answer(connection, line)
                self._watch_writing(connection)
            except Lost as loss:
                self._part(connection, str(loss))

    def _watch_ports(self) -> None:
        """Wake for what a host says to a co-processor. A port that nobody has open is hung up,
        which would wake for ever; that one is open again is seen at the next turn."""
        for pico in self.world.picos:
            watched, link = self._ports.get(pico), pico.link
            wanted = link.descriptor if link.connected else None
            if watched == wanted:
                continue
            if watched is not None:
                with suppress(KeyError, ValueError, OSError):  # closed with its cable
                    self._selector.unregister(watched)
            if wanted is not None:
                self._selector.register(wanted, selectors.EVENT_READ, pico)
            self._ports[pico] = wanted

    def _welcome(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except BlockingIOError:
            return
        connection = Connection(sock)
        self._selector.register(sock, selectors.EVENT_READ, connection)

    def _answer(self, connection: Connection, line: bytes) -> None:
        try:
            if connection.role is None:
                answer: dict[str, Any] | None = self._greet(connection, line)
            elif connection.role == "gateway":
                answer = serve_gateway(self.world, _GATEWAY.decode(line))
            elif connection.role == "control":
                connected = self._gateway is not None
                request = _CONTROL.decode(line)
                answer = {"ok": True, **control(self.world, request, gateway_connected=connected)}
            else:
                raise ValueError("an edges connection only listens")
        except (ValueError, RecursionError) as error:  # no JSON, wrong shape, or not possible now
            answer = {"error": str(error)}
            if connection.role is None:
                raise Lost(str(error)) from error
        if answer is not None:
            connection.send(self._encode(answer))

    def _greet(self, connection: Connection, line: bytes) -> dict[str, Any]:
        try:
            role = _HELLO.decode(line).hello
        except ValueError as error:
            raise ValueError(
                f'expected {{"hello":"gateway"|"edges"|"control","version":{VERSION}}} as the '
                f"first line, found another: {error}"
            ) from error
        if role == "gateway":
            if self._gateway is not None:
                raise ValueError("a gateway is connected already; this forecourt serves one")
            self._gateway = connection
            if self.world.simulated:
                self.world.edges.clear()  # the levels say it all
        elif role == "edges":
            if self.world.simulated:
                raise ValueError("in simulated time edges come with the answers to `advance`")
            self._push_edges(self.world.edges.take())  # not for the newcomer, who gets levels
            self._watchers.append(connection)
        connection.role = role
        return {
            "ok": True,
            "now_ns": self.world.now_ns,
            "utc_ns": self.world.utc_ns,
            "time": self.world.settings.time,
            "levels": {str(pin): level for pin, level in sorted(self.world.levels.items())},
        }

    def _push_edges(self, edges: list[Edge]) -> None:
        for start in range(0, len(edges), EDGES_PER_ANSWER):
            line = self._encode({"edges": edges[start : start + EDGES_PER_ANSWER]})
            for watcher in list(self._watchers):
                try:
                    watcher.send(line)
                    self._watch_writing(watcher)
                except Lost as loss:
                    self._part(watcher, str(loss))

    def _watch_writing(self, connection: Connection) -> None:
        if connection.wants_to_write == connection.writing_watched:
            return
        connection.writing_watched = connection.wants_to_write
        also = selectors.EVENT_WRITE if connection.wants_to_write else 0
        self._selector.modify(connection.sock, selectors.EVENT_READ | also, connection)

    def _part(self, connection: Connection, why: str) -> None:
        self._selector.unregister(connection.sock)
        with suppress(Lost):  # it may not hear us any more
            connection.send(self._encode({"error": why}))
        connection.close()
        if connection in self._watchers:
            self._watchers.remove(connection)
        if connection is self._gateway:
            self._gateway = None
            self.world.gateway_gone()

    def _close(self) -> None:
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, Connection):
                key.data.close()
        self._selector.close()
        self.world.close()
        self._waker.close()
        self._woken.close()
        self._listener.close()
        self._path.unlink(missing_ok=True)
