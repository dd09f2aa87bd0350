"""One look at the station's health for the console: told on standard input, answered, ended."""

import sys

import msgspec

from gateway.doctor.aside import Asked
from gateway.doctor.health import health


def main() -> None:
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    sys.stdout.buffer.write(msgspec.json.encode(health(asked.config, asked.said)))


if __name__ == "__main__":
    main()
