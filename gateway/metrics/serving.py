"""Who asks for the figures: Prometheus, over HTTP on this machine alone, or a person."""

from collections.abc import Callable
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket

import msgspec
from prometheus_client import CollectorRegistry, generate_latest, start_http_server

from gateway.metrics.collector import GatewayCollector
from gateway.runtime.status import Snapshot

ADDRESS = "127.0.0.1"
"""No other: whoever is to see the figures elsewhere fetches them from here."""
PATIENCE_S = 5.0
LINE_BYTES = 1 << 20


def registry_of(gateway: str, state: Callable[[], Snapshot | None]) -> CollectorRegistry:
    """`state`: what the gateway says now; None while it is silent."""
    registry = CollectorRegistry()
    registry.register(GatewayCollector(gateway, state))
    return registry


def serve(gateway: str, port: int, state: Callable[[], Snapshot | None]) -> None:
    """Serve /metrics from threads of its own until the process ends. OSError if it is taken."""
    start_http_server(port, ADDRESS, registry_of(gateway, state))


def text(gateway: str, state: Snapshot | None) -> str:
    """As Prometheus reads it."""
    return generate_latest(registry_of(gateway, lambda: state)).decode()


def ask(status_socket: Path) -> Snapshot | None:
    """What the gateway says now; None where it is silent, or of another version."""
    try:
        with socket(AF_UNIX, SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE_S)
            connection.connect(str(status_socket))
            with connection.makefile("rb") as lines:
                return msgspec.json.decode(lines.readline(LINE_BYTES), type=Snapshot)
    except (OSError, msgspec.MsgspecError):
        return None
