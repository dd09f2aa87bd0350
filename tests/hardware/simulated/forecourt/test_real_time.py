"""Real time: edges are pushed as they happen, and a gateway that dies leaves its pins."""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.hardware.simulated.forecourt.conftest import Client, Forecourt

Start = Callable[..., "Forecourt"]
NOZZLE, PULSER, ENABLE_BACK, TIMER_BACK = 3, 25, 22, 23

GATEWAY = """
import json, socket, sys, time
link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])
def tell(**request): link.sendall(json.dumps(request).encode() + b"\\n")
tell(hello="gateway", version=1)
link.recv(65536)
for pin in (17, 27, 5): tell(op="output", pin=pin)
for pin in (17, 5): tell(op="pin", pin=pin, level=1)
while True:
    tell(op="pin", pin=27, level=1)
    tell(op="pin", pin=27, level=0)
    time.sleep(0.05)
"""
"""Opens pump 1 and feeds the timer until it is killed."""


def until(hand: "Client", fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Pump 1's status once it fits."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        status = hand.ask(op="status")
        if fits(status):
            pump: dict[str, Any] = status["pumps"][0]
            return pump
    raise AssertionError(f"not within 30 s: {status}")


@pytest.mark.parametrize("release", ["low", "hold"])
def test_a_killed_gateway_leaves_its_pins_as_set_and_the_timer_shuts_the_valve(
    forecourt: Start, release: str
) -> None:
    place = forecourt(time="real", release=release)
    hand = place.client("control")
    hand.ask(op="lift", pump=1)
    hand.ask(op="squeeze", pump=1)
    gateway = subprocess.Popen([sys.executable, "-c", GATEWAY, str(place.path)])
    try:
        until(hand, lambda status: status["pumps"][0]["flow_ml_per_min"] == 60_000)
    finally:
        gateway.kill()
        gateway.wait()
    killed = until(hand, lambda status: not status["gateway"])
    pump = until(hand, lambda status: status["pumps"][0]["flow_ml_per_min"] == 0)
    until(hand, lambda status: not status["pumps"][0]["limiter_made"])
    held = release == "hold"
    pump = until(hand, lambda status: status["pumps"][0]["enable_made"] == held)
    assert pump["lamps"]["green"] == int(held)
    # Hold of the timer, then the longest lag, at full flow; never less than half a short lag.
    assert 0 < pump["dispensed_ml"] - killed["dispensed_ml"] <= 550
    hello = place.client("gateway").greeting
    assert hello["levels"][str(ENABLE_BACK)] == int(held), "fuel, pins and levels stayed"


def test_edges_are_pushed_with_their_times_to_every_listener(forecourt: Start) -> None:
    place = forecourt(time="real")
    first, second = place.client("edges"), place.client("edges")
    hand = place.client("control")
    before_ns = hand.greeting["now_ns"]
    hand.ask(op="lift", pump=1)
    hand.ask(op="fault", name="flow_while_closed", value=10_000)
    for listener in (first, second):
        edges: list[list[int]] = []
        while len(edges) < 5:
            edges += listener.hear()["edges"]
        assert edges[0][1:] == [NOZZLE, 1]
        assert [edge[1:] for edge in edges[1:4]] == [[PULSER, 1], [PULSER, 0], [PULSER, 1]]
        times = [edge[0] for edge in edges]
        assert times == sorted(times)
        assert times[0] > before_ns
        assert times[3] - times[1] == 60_000_000, "10 ml at 10 L/min"


def test_real_time_is_the_machines_and_nobody_moves_it(forecourt: Start) -> None:
    place = forecourt(time="real")
    before_ns = time.monotonic_ns()
    gateway = place.client("gateway")
    assert before_ns < gateway.greeting["now_ns"] < time.monotonic_ns()
    assert "in real time" in gateway.ask(op="advance", until_ns=2**60)["error"]
    assert "in real time" in gateway.ask(op="sleep", ns=5)["error"]
    assert "only in simulated time" in place.client("control").ask(op="elapse", ns=5)["error"]


def test_a_listener_that_speaks_is_told_not_to(forecourt: Start) -> None:
    listener = forecourt(time="real").client("edges")
    assert "only listens" in listener.ask(op="status")["error"]
