"""A cable between gateway and broker that can be cut: a forwarder of TCP connections."""

import selectors
import socket
import threading

CHUNK_BYTES = 65_536
CONNECT_S = 5.0


def free_port() -> int:
    """Of this machine alone, on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


class Cable:
    """Listens on a free port of this machine and forwards to the broker while whole."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.whole = True
        self._ends: dict[socket.socket, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._server, selectors.EVENT_READ)
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._closing = False
        self._thread = threading.Thread(target=self._forward, name="cable", daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self.whole = False
        self._wake.send(b"c")

    def restore(self) -> None:
        self.whole = True

    def close(self) -> None:
        self._closing = True
        self._wake.send(b"q")
        self._thread.join()
        for end in (self._server, self._wake, self._woken):
            end.close()
        self._selector.close()

    def _forward(self) -> None:
        while not self._closing:
            for key, _ in self._selector.select():
                end = key.fileobj
                if end is self._server:
                    self._accept()
                elif end is self._woken:
                    self._woken.recv(CHUNK_BYTES)
                    self._drop_all()
                elif isinstance(end, socket.socket) and end in self._ends:
                    self._pass_on(end)
        self._drop_all()

    def _accept(self) -> None:
        near, _ = self._server.accept()
        if not self.whole:
            near.close()
            return
        try:
            far = socket.create_connection(self._target, timeout=CONNECT_S)
        except OSError:
            near.close()
            return
        for end, other in ((near, far), (far, near)):
            end.settimeout(CONNECT_S)
            self._ends[end] = other
            self._selector.register(end, selectors.EVENT_READ)

    def _pass_on(self, end: socket.socket) -> None:
        try:
            data = end.recv(CHUNK_BYTES)
            if data:
                self._ends[end].sendall(data)
                return
        except OSError:
            pass
        self._drop(end)

    def _drop(self, end: socket.socket) -> None:
        """Close both ends of a connection; the other may have been the reason already."""
        other = self._ends.pop(end, None)
        if other is None:
            return
        del self._ends[other]
        for each in (end, other):
            self._selector.unregister(each)
            each.close()

    def _drop_all(self) -> None:
        for end in list(self._ends):
            self._drop(end)
