"""The embedded broker: amqtt on the loopback interface, for the demo and for trying things out.

It speaks MQTT 3.1.1 only, knows no users, keeps nothing on disk and never redelivers after a
cut. That is enough, because delivery rests on central's acknowledgements and our resends.
In production use Mosquitto with TLS client certificates.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig
from amqtt.errors import BrokerError

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
SHUTDOWN_S = 2.0


class BrokerStopped(Exception):
    """The broker could not start; the text says why."""


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def run(port: int, ready: Callable[[int], None]) -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT; 0 takes a free port.

    Calls `ready` with the port once clients can connect. BrokerStopped if the port is taken.
    """
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    # Not asyncio.run: it waits without limit for what amqtt left behind.
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(_serve(port or free_port(), ready))
    finally:
        loop.close()


async def _serve(port: int, ready: Callable[[int], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # amqtt trips over clients that vanish while it closes them; its next accept is unharmed.
    loop.set_exception_handler(
        lambda _, context: log.debug(
            "amqtt: %s", context["message"], extra={"event": "broker_detail"}
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    broker = Broker(
        BrokerConfig(
            listeners={"default": ListenerConfig(bind=f"{HOST}:{port}")},
            plugins={"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        )
    )
    try:
        await broker.start()
    except BrokerError as error:
        raise BrokerStopped(
            f"cannot listen on {HOST}:{port}: {error.__cause__ or error}. "
            "Choose another port with --port, or 0 for a free one"
        ) from error
    ready(port)
    await stop.wait()
    # With clients that vanish at the same moment it may never return; nothing is lost by that.
    await asyncio.wait([asyncio.create_task(broker.shutdown())], timeout=SHUTDOWN_S)
