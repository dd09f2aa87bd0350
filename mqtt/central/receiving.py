"""Central's connection: a message is acknowledged to the broker only once it is committed."""

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import NamedTuple

from paho.mqtt.client import Client, MQTTMessage

from mqtt.central.opening import Received
from mqtt.connection import BrokerSettings, Connection
from mqtt.seals import CENTRAL
from mqtt.topics import topic_of_all

GROUP_MESSAGES = 64
ENOUGH_BYTES = 64 * 1024
"""Worth a commit at once: a gateway with a backlog stands still until we acknowledge."""


class Receipt(NamedTuple):
    """A received message, and what the broker wants to hear about it."""

    message: Received
    session: int
    message_id: int
    qos: int


class Receiving(Connection):
    """Puts what arrives in an inbox, and acknowledges it when told to.

    Unacknowledged messages fill the broker's window, so a slow disk slows the broker and not
    our memory. What the broker loses all the same, gateways send again.
    """

    def __init__(
        self, settings: BrokerSettings, *, on_up: Callable[[], None], reconnect_s: tuple[int, int]
    ) -> None:
        self._inbox: SimpleQueue[Receipt | None] = SimpleQueue()
        self._session = 0
        self._backlog = False
        """The last group was worth a commit by itself."""
        self._announce = on_up
        super().__init__(
            settings,
            CENTRAL,
            [(topic_of_all(kind), 1) for kind in ("ledger", "status", "requests")],
            on_up=self._went_up,
            on_down=lambda _: None,
            on_message=lambda _topic, _payload: None,
            reconnect_s=reconnect_s,
        )

    def wake(self) -> None:
        """End a wait for messages. From any thread, or a signal's handler."""
        self._inbox.put(None)

    def gather(self, first_within_s: float, window_s: float) -> list[Receipt]:
        """Wait for a message, then for those that follow in the window, at most 64.

        Once they are enough to be worth a commit, only those that are there already are taken; so
        it is behind such a group too, for a gateway waits for what its backlog ends with.
        """
        group: list[Receipt] = []
        size = 0
        deadline = time.monotonic() + first_within_s
        while len(group) < GROUP_MESSAGES:
            try:
                receipt = self._inbox.get(timeout=max(0, deadline - time.monotonic()))
            except Empty:
                break
            if receipt is None:
                break
            if not group:
                deadline = time.monotonic() + (0 if self._backlog else window_s)
            group.append(receipt)
            size += len(receipt.message.payload)
            if size >= ENOUGH_BYTES:
                deadline = 0
        self._backlog = size >= ENOUGH_BYTES
        return group

    def acknowledge(self, group: list[Receipt]) -> None:
        """Tell the broker that these are done with, unless it has forgotten them."""
        for receipt in group:
            if receipt.session == self._session:
                self._client.ack(receipt.message_id, receipt.qos)

    def _went_up(self) -> None:
        self._session += 1
        self._announce()

    def _make_client(self, client_id: str) -> Client:
        client = super()._make_client(client_id)
        client.manual_ack_set(True)  # noqa: FBT003 - paho's signature
        return client

    def _received(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        received = Received(message.topic, bytes(message.payload))
        receipt = Receipt(received, self._session, message.mid, message.qos)
        self._inbox.put(receipt)
