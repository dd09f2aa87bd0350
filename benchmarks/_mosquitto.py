"""A Mosquitto for a benchmark, and Mosquitto's own programs sending and receiving over it."""

import getpass
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mqtt.broker import free_port

WITHIN_S = 120


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """Runs on a free port of the loopback interface, which is given."""
    port = free_port()
    configuration = folder / "mosquitto.conf"
    # As mqtt/mosquitto has it, without TLS; and no limit of 1,000 messages for a receiver that is
    # slower than the sender, beyond which QoS 1 loses them. Without `user` it gives up root.
    configuration.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
        f"max_inflight_messages 64\nmax_queued_messages 0\nlog_dest stderr\n"
        f"user {getpass.getuser()}\n"
    )
    process = subprocess.Popen(
        [_program("mosquitto"), "-c", str(configuration)], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        said = ""
        for line in process.stderr:
            said += line
            if "running" in line:
                break
        else:
            raise AssertionError(f"mosquitto did not start: {said}")
        yield port
    finally:
        process.kill()
        process.communicate()


def send_s(lines: Path, port: int) -> float:
    """Seconds until all lines, one a message, are acknowledged by the broker."""
    command = [_program("mosquitto_pub"), "-p", str(port), "-t", "takar-bench", "-q", "1", "-l"]
    with lines.open("rb") as file:
        began_ns = time.perf_counter_ns()
        subprocess.run(command, stdin=file, check=True)
        return (time.perf_counter_ns() - began_ns) / 1e9


def forget(topic: str, port: int) -> None:
    """Have the broker retain nothing on a topic any more."""
    command = [_program("mosquitto_pub"), "-p", str(port), "-q", "1", "-t", topic, "-r", "-n"]
    subprocess.run(command, check=True)


def receive_s(lines: Path, port: int, count: int) -> float:
    """Seconds until the last line is received by `mosquitto_sub` too.

    A retained message tells when it listens.
    """
    # It would keep what it prints until the end, as all programs do that write to a pipe.
    line_by_line = [_program("stdbuf"), "-oL"]
    to_broker = ["-p", str(port), "-q", "1"]
    ready = ["-t", "takar-bench-ready"]
    command = [_program("mosquitto_pub"), *to_broker, *ready, "-r", "-m", "ready"]
    subprocess.run(command, check=True)
    command = [*line_by_line, _program("mosquitto_sub"), *to_broker, "-t", "takar-bench", *ready]
    with subprocess.Popen(
        [*command, "-C", str(count + 1), "-W", str(WITHIN_S), "-F", "%l"],
        stdout=subprocess.PIPE,
        text=True,
    ) as receiver:
        assert receiver.stdout is not None
        receiver.stdout.readline()
        began_ns = time.perf_counter_ns()
        send_s(lines, port)
        received = receiver.stdout.read().splitlines()
        took_ns = time.perf_counter_ns() - began_ns
    assert len(received) == count, f"mosquitto_sub received {len(received)}"
    return took_ns / 1e9


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    assert found, (
        f"{name} is not there; on Debian: apt-get install mosquitto mosquitto-clients coreutils"
    )
    return found
