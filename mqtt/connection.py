"""One end's connection to the broker: paho-mqtt, retrying for ever, feeding plain callbacks.

paho keeps what is published while disconnected and sends it later beside our own resends,
so nothing is handed to it unless the connection is up.
"""

import logging
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from mqtt import credentials
from mqtt.tls import Tls, TlsSettings

log = logging.getLogger(__name__)

KEEPALIVE_S = 20
LAST_WORDS_S = 2.0


class BrokerSettings(TlsSettings, Protocol):
    """Where the broker is and how to log in; paths are absolute or from the working folder."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def username(self) -> str | None: ...
    @property
    def password_file(self) -> str | None: ...
    @property
    def protocol(self) -> Literal["5", "3.1.1"]: ...


class Publication(NamedTuple):
    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


class Connection:
    """Connects in a thread of its own; every callback comes from that thread and must be short.

    on_up        connected and subscriptions sent; may publish
    on_down      not connected, and why, after every failed attempt too
    on_message   (topic, payload)
    last_will    asked before each attempt
    """

    def __init__(
        self,
        settings: BrokerSettings,
        client_id: str,
        subscriptions: Sequence[tuple[str, int]],
        *,
        on_up: Callable[[], None],
        on_down: Callable[[str], None],
        on_message: Callable[[str, bytes], None],
        last_will: Callable[[], Publication] | None = None,
        reconnect_s: tuple[int, int] = (1, 60),
    ) -> None:
        """OSError or ValueError if a password, certificate or key file cannot be used."""
        self._broker = f"broker {settings.host}:{settings.port}"
        self._settings = settings
        self._subscriptions = list(subscriptions)
        self._on_up, self._on_down, self._on_message = on_up, on_down, on_message
        self._last_will = last_will
        self._up = self._stopping = False
        self._refused = False
        self._tls = Tls(settings) if settings.ca_file is not None else None
        self._client = self._make_client(client_id)
        self._client.reconnect_delay_set(*reconnect_s)

    @property
    def up(self) -> bool:
        return self._up

    def start(self) -> None:
        """Begin connecting; returns at once."""
        is_5 = self._settings.protocol == "5"
        options: dict[str, Any] = {"clean_start": True} if is_5 else {}
        self._client.connect_async(self._settings.host, self._settings.port, KEEPALIVE_S, **options)
        self._client.loop_start()

    def publish(self, publication: Publication) -> bool:
        """Hand a message to the broker; False, and nothing queued, if not connected."""
        if not self._up:
            return False
        self._client.publish(*publication)
        return True

    def reconnect(self) -> None:
        """Cut the connection, if there is one; it comes up again by itself. From any thread."""
        opened = self._client.socket()
        with suppress(OSError):
            if isinstance(opened, socket.socket):  # not by TLS's own, which another thread may use
                socket.socket.shutdown(opened, socket.SHUT_RDWR)

    def stop(self, last_words: Publication | None = None) -> None:
        """Publish `last_words` if connected (waits up to 2 s), disconnect, end the thread."""
        if last_words is not None and self._up:
            try:
                self._client.publish(*last_words).wait_for_publish(LAST_WORDS_S)
            except (RuntimeError, ValueError) as error:
                log.warning(
                    "%s: no goodbye: %s", self._broker, error, extra={"event": "broker_lost"}
                )
        self._up, self._stopping = False, True
        self._client.disconnect()
        self._client.loop_stop()

    def _make_client(self, client_id: str) -> Client:
        settings = self._settings
        is_5 = settings.protocol == "5"
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=None if is_5 else True,
            protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
        )
        if settings.username is not None:
            password = settings.password_file and _password(settings.password_file)
            client.username_pw_set(settings.username, password)
        if self._tls is not None:
            client.tls_set_context(self._tls.context)
        client.on_pre_connect = self._before_connect
        client.on_socket_open = _send_at_once
        client.on_connect = self._connected
        client.on_connect_fail = self._connect_failed
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_publish = self._published
        client.on_message = self._received
        return client

    def _before_connect(self, client: Client, _userdata: object) -> None:
        self._refused = False
        # Every one of them is sent again by whoever still wants it, on a slow link in smaller
        # pieces: what did not pass before must not stand in front of those.
        client.drop_out_messages()
        if self._tls is not None:
            self._tls.refresh()
        if self._last_will is not None:
            client.will_set(*self._last_will())

    def _connected(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refused = True
            self._down(f"{self._broker} refused the login: {reason}; check user and password")
            return
        if self._subscriptions:
            client.subscribe(self._subscriptions)
        self._up = True
        self._on_up()

    def _connect_failed(self, _client: Client, _userdata: object) -> None:
        # paho calls this while it handles the exception, and does not pass it on.
        error = sys.exception()
        if isinstance(error, ssl.SSLError):
            why = f"TLS with {self._broker} failed: {error.reason or error}; check ca_file"
        else:
            why = f"{self._broker} cannot be reached: {error}"
            if self._settings.ca_file is not None:
                why += "; ca_file turns TLS on: is this its TLS port?"
        self._down(why)

    def _disconnected(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        was_up, self._up = self._up, False
        if was_up:
            self._down(f"{self._broker} closed the connection: {reason}")
        elif not (self._refused or self._stopping):
            self._down(
                f"{self._broker} hung up before it answered; check port, TLS (ca_file) "
                f"and protocol ({self._settings.protocol})"
            )

    def _subscribed(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        for (topic, _), reason in zip(self._subscriptions, reasons, strict=False):
            if reason.is_failure:
                words = "%s denies reading %s: %s"
                log.error(words, self._broker, topic, reason, extra={"event": "broker_denied"})

    def _published(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            words = "%s denies publishing: %s; check its access rules"
            log.error(words, self._broker, reason, extra={"event": "broker_denied"})

    def _received(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self._on_message(message.topic, bytes(message.payload))

    def _down(self, why: str) -> None:
        log.warning("%s", why, extra={"event": "broker_lost"})
        self._on_down(why)


def _send_at_once(_client: Client, _userdata: object, opened: object) -> None:
    """A PUBACK and the message behind it are two writes; the second would wait up to 40 ms for
    the other end's TCP to acknowledge the first."""
    if isinstance(opened, socket.socket):  # TLS's too
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _password(file: str) -> str:
    return credentials.read(Path(file)).decode().strip()
