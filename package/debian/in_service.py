"""Print what of a running gateway is in service: `gateway`, `central`, `pump 1`, ... one a line.

Run by the system's Python, outside of any release: reads one line of the gateway's status
socket (gateway/console/PROTOCOL.md). Nothing is printed where no gateway answers.
"""

import json
import socket
import sys

PATIENCE_S = 2.0
MAXIMUM_BYTES = 1_000_000


def in_service(path: str) -> list[str]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_S)
        connection.connect(path)
        with connection.makefile("rb") as lines:
            said = json.loads(lines.readline(MAXIMUM_BYTES))
    pumps = [f"pump {pump['pump']}" for pump in said["pumps"] if pump.get("fault") is None]
    gateway = ["gateway"] if said.get("blocked") is None else []
    return gateway + (["central"] if said.get("online") is True else []) + pumps


try:
    sys.stdout.write("".join(f"{name}\n" for name in in_service(sys.argv[1])))
except (OSError, ValueError, KeyError, TypeError):
    sys.exit(1)
