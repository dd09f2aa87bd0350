"""A client that may lie about who it is: plain paho, none of our own rules."""

import ssl
import threading
import uuid

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.mqtt.brokers import Settings

WITHIN_S = 20


class Party:
    """Connected when made; keeps all that it hears."""

    def __init__(
        self,
        settings: Settings,
        client_id: str,
        *,
        will: tuple[str, bytes] | None = None,
        username: str | None = None,
    ) -> None:
        is_5 = settings.protocol == "5"
        self._changed = threading.Condition()
        self._connected = False
        self._subscribed: set[int] = set()
        self.heard: list[tuple[str, bytes]] = []
        self.dropped = 0
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        context = ssl.create_default_context(cafile=settings.ca_file)
        assert settings.certificate_file is not None
        context.load_cert_chain(settings.certificate_file, settings.key_file)
        self.client.tls_set_context(context)
        if username is not None:
            self.client.username_pw_set(username, "any")
        if will is not None:
            self.client.will_set(*will, qos=1)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = self._on_message
        self.client.connect(settings.host, settings.port)
        self.client.loop_start()
        self._until(lambda: self._connected)

    def subscribe(self, *filters: str) -> None:
        """Returns once the broker has read it; what it answers proves nothing."""
        _, mid = self.client.subscribe([(each, 1) for each in filters])
        self._until(lambda: mid in self._subscribed)

    def publish(self, topic: str, *, retain: bool = False) -> bytes:
        """Publish something new with QoS 1; returns it."""
        payload = uuid.uuid4().hex.encode()
        self.client.publish(topic, payload, 1, retain)
        return payload

    def hears(self, payload: bytes) -> str:
        """Wait for a payload; the topic that it came on."""
        self._until(lambda: payload in [heard for _, heard in self.heard])
        return next(topic for topic, heard in self.heard if heard == payload)

    def vanish(self) -> None:
        """Cut the connection without a word, so that the broker sends the last will."""
        socket = self.client.socket()
        assert socket is not None
        self.client.loop_stop()
        socket.close()

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _until(self, condition: object) -> None:
        assert callable(condition)
        with self._changed:
            assert self._changed.wait_for(condition, WITHIN_S), "waited in vain"

    def _note(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _on_connect(
        self, _client: Client, _data: object, _flags: object, reason: object, _: object
    ) -> None:
        self._connected = reason == 0
        self._note()

    def _on_disconnect(self, *_: object) -> None:
        self.dropped += 1
        self._note()

    def _on_subscribe(self, _client: Client, _data: object, mid: int, *_: object) -> None:
        self._subscribed.add(mid)
        self._note()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))
        self._note()
