"""The gateway's end: ledger out, acknowledgements and directives in, in threads of its own.

Nothing here is ever waited for by a pump. The connection's thread only leaves what happened
in an inbox; the link's thread does the rest, with its own view of the ledger.
"""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from gateway.core.chain import GENESIS
from gateway.core.units import NS_PER_MS, NS_PER_S
from mqtt.callbacks import LinkCallbacks
from mqtt.connection import BrokerSettings, Connection, Publication
from mqtt.delivery import Outbox
from mqtt.exchange import Exchange
from mqtt.keys import Keys
from mqtt.messages import Live, Status
from mqtt.payloads import encode
from mqtt.seals import Signer
from mqtt.topics import topic_of

log = logging.getLogger(__name__)

LIVE_EVERY_NS = 500 * NS_PER_MS
LOOK_EVERY_NS = 5 * NS_PER_S
"""The ledger is looked at this often even if nobody called `wake`."""
AFTER_FAULT_S = 5.0
STOP_S = 10.0
INBOX_MESSAGES = 256
"""When more are waiting the oldest is dropped, as the network may drop any."""


class Link:
    """Delivers one gateway's ledger and follows its directives, over any broker."""

    def __init__(
        self,
        settings: BrokerSettings,
        signer: Signer,
        keyring: Keys,
        *,
        boot: int,
        version: str,
        outbox_factory: Callable[[], Outbox],
        directives_position: Callable[[], tuple[int, str]],
        callbacks: LinkCallbacks,
        forked: bool = False,
        reconnect_s: tuple[int, int] = (1, 60),
        connect: type[Connection] = Connection,
    ) -> None:
        """`keyring` holds central's keys. `outbox_factory` and `directives_position`
        (sequence and hash of the last applied directive; 0 and 64 zeros before the first) are
        called in the link's thread. `forked`: the ledger says that it is. OSError or ValueError
        if a file of `settings` is unusable.
        """
        self._signer, self._keyring = signer, keyring
        self._boot, self._version = boot, version
        self._outbox_factory, self._position = outbox_factory, directives_position
        self._callbacks, self._forked = callbacks, forked
        self._head = (0, GENESIS)
        self._live: Live | None = None
        self._live_at_ns = 0
        self._resync = False
        self._news, self._stopping = threading.Event(), threading.Event()
        self._changes: deque[tuple[bool, str]] = deque()
        self._inbox: deque[tuple[str, bytes]] = deque(maxlen=INBOX_MESSAGES)
        self._thread = threading.Thread(target=self._run, name="mqtt-link", daemon=True)
        self._connection_started = False
        self._broker = f"broker {settings.host}:{settings.port}"
        gateway = signer.gateway
        self._connection = connect(
            settings,
            gateway,
            [
                # First, for what follows may be sealed with a key that this one brings.
                (topic_of(gateway, "keys"), 1),
                (topic_of(gateway, "ledger/ack"), 0),
                (topic_of(gateway, "directives"), 1),
                (topic_of(gateway, "directives/head"), 1),
            ],
            on_up=self._went_up,
            on_down=self._went_down,
            on_message=self._received,
            last_will=lambda: self._status("offline"),
            reconnect_s=reconnect_s,
        )

    def start(self) -> None:
        """Begin; returns at once, whether or not there is a broker."""
        self._thread.start()

    def stop(self) -> None:
        """Say goodbye and end the threads; returns within about ten seconds."""
        self._stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def wake(self) -> None:
        """There are new entries in the ledger. Cheap; from any thread."""
        self._news.set()

    def resync(self) -> None:
        """Read `directives_position` again and ask for what follows. From any thread."""
        self._resync = True
        self._news.set()

    def reconnect(self) -> None:
        """Begin a new connection, with the certificate as it is now. From any thread."""
        self._connection.reconnect()

    def live(self, live: Live) -> None:
        """Show what the pumps do; the newest is sent, at most twice a second."""
        self._live = live
        self._news.set()

    # In the connection's thread:

    def _went_up(self) -> None:
        self._connection.publish(self._status("online"))
        self._changes.append((True, f"connected to {self._broker}"))
        self._news.set()

    def _went_down(self, why: str) -> None:
        self._changes.append((False, why))
        self._news.set()

    def _received(self, topic: str, payload: bytes) -> None:
        self._inbox.append((topic, payload))
        self._news.set()

    def _status(self, state: Literal["online", "offline"]) -> Publication:
        seal = self._signer.seal("status", *self._head)
        status = Status(state=state, boot=self._boot, version=self._version, seal=seal)
        return Publication(topic_of(self._signer.gateway, "status"), encode(status), retain=True)

    # In the link's thread:

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._serve()
            except Exception as error:
                # The pump must go on whatever fails here, and the ledger keeps every entry.
                log.exception("the link failed and starts again", extra={"event": "link_failed"})
                with contextlib.suppress(Exception):  # perhaps it was this very callback
                    self._callbacks.on_state(False, f"the link failed: {error}")  # noqa: FBT003
                self._stopping.wait(AFTER_FAULT_S)
        self._connection.stop(self._status("offline"))

    def _serve(self) -> None:
        outbox = self._outbox_factory()
        try:
            exchange = self._begin(outbox)
            while not self._stopping.is_set():
                self._turn(exchange, outbox, time.monotonic_ns())
                self._news.wait(self._wait_s(exchange, time.monotonic_ns()))
                self._news.clear()
        finally:
            outbox.close()

    def _begin(self, outbox: Outbox) -> Exchange:
        exchange = Exchange(
            self._signer,
            self._keyring,
            outbox,
            self._position,
            self._callbacks,
            self._connection.publish,
            forked=self._forked,
        )
        if self._connection.up:
            self._went_up()
        return exchange

    def _turn(self, exchange: Exchange, outbox: Outbox, now_ns: int) -> None:
        if not self._connection_started:
            self._connection_started = True
            self._head = outbox.head()
            self._connection.start()
        while self._changes:
            up, why = self._changes.popleft()
            if up:
                exchange.went_up(why, now_ns)
            else:
                exchange.went_down(why)
        if self._inbox:
            for _ in range(len(self._inbox)):
                exchange.receive(*self._inbox.popleft(), now_ns)
        self._head = outbox.head()  # what was received may have been written down
        if self._resync:
            self._resync = False
            exchange.resync(now_ns)
        exchange.advance(now_ns, self._head[0])
        if self._live is not None and now_ns >= self._live_at_ns:
            live, self._live = self._live, None
            topic = topic_of(self._signer.gateway, "live")
            self._connection.publish(Publication(topic, encode(live), qos=0))
            self._live_at_ns = now_ns + LIVE_EVERY_NS

    def _wait_s(self, exchange: Exchange, now_ns: int) -> float:
        due_ns = now_ns + LOOK_EVERY_NS
        if self._live is not None:
            due_ns = min(due_ns, self._live_at_ns)
        if (next_ns := exchange.next_due_ns()) is not None:
            due_ns = min(due_ns, next_ns)
        return max(0, due_ns - now_ns) / NS_PER_S
