"""The least that a question and its answer take over a broker: two clients, nothing done."""

import threading
import time
from collections.abc import Callable

from gateway.config.types import MqttSettings
from mqtt.connection import Connection, Publication

WITHIN_S = 10.0
RETRY_S = 0.5
QUESTION, ANSWER = "takar-bench/question", "takar-bench/answer"


def echo_s(port: int, payload: bytes, count: int) -> list[float]:
    """Seconds from each publish to the arrival of its answer, at QoS 1, one after another."""
    answered = threading.Event()

    def answer(_topic: str, question: bytes) -> None:
        there.publish(Publication(ANSWER, question))

    here, here_up = _connect(port, "takar-bench-here", ANSWER, lambda *_: answered.set())
    there, there_up = _connect(port, "takar-bench-there", QUESTION, answer)
    took_s = []
    try:
        for connection, up in ((here, here_up), (there, there_up)):
            connection.start()
            assert up.wait(WITHIN_S), "no broker"
        # Connected is not yet subscribed.
        tries = range(int(WITHIN_S / RETRY_S))
        assert any(_asks(here, payload, answered, RETRY_S) for _ in tries), "nobody answers"
        for _ in range(count):
            began_ns = time.perf_counter_ns()
            assert _asks(here, payload, answered, WITHIN_S), "no answer"
            took_s.append((time.perf_counter_ns() - began_ns) / 1e9)
    finally:
        here.stop()
        there.stop()
    return took_s


def _asks(here: Connection, payload: bytes, answered: threading.Event, within_s: float) -> bool:
    answered.clear()
    here.publish(Publication(QUESTION, payload))
    return answered.wait(within_s)


def _connect(
    port: int, name: str, topic: str, on_message: Callable[[str, bytes], None]
) -> tuple[Connection, threading.Event]:
    up = threading.Event()
    connection = Connection(
        MqttSettings(port=port),
        name,
        [(topic, 1)],
        on_up=up.set,
        on_down=lambda _: None,
        on_message=on_message,
    )
    return connection, up
