"""Ends with 0 where the broker that a gateway's configuration names takes a connection.

Run by the system's Python, outside of any release. The defaults are those of MqttSettings.
"""

import socket
import sys
import tomllib
from pathlib import Path

PATIENCE_S = 5.0


def address(path: str) -> tuple[str, int]:
    with Path(path).open("rb") as file:
        mqtt = tomllib.load(file).get("mqtt", {})
    return mqtt.get("host", "127.0.0.1"), mqtt.get("port", 1883)


try:
    socket.create_connection(address(sys.argv[1]), PATIENCE_S).close()
except (OSError, ValueError, OverflowError, AttributeError, TypeError):
    sys.exit(1)
