"""Fixtures that end what they start."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mqtt.brokers import Protocol, RunningBroker, Settings, embedded, mosquitto
from tests.mqtt.parties import Central, Pump, Watch


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def start_mosquitto(tmp_path: Path) -> Iterator[Callable[..., RunningBroker]]:
    """`start_mosquitto(protocol, extra)`; stopped at the end of the test."""
    started: list[RunningBroker] = []

    def start(protocol: Protocol = "5", extra: str = "") -> RunningBroker:
        started.append(mosquitto(tmp_path, protocol, extra))
        return started[-1]

    yield start
    for broker in started:
        broker.kill()


@pytest.fixture(params=["mosquitto 5", "mosquitto 3.1.1", "embedded 3.1.1"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    kind, _, protocol = request.param.partition(" ")
    running = mosquitto(tmp_path, protocol) if kind == "mosquitto" else embedded()
    yield running
    running.kill()


@pytest.fixture
def start_central(watch: Watch) -> Iterator[Callable[[Settings], Central]]:
    started: list[Central] = []

    def start(settings: Settings) -> Central:
        started.append(Central(settings, watch))
        watch.until(lambda: started[-1].up)
        return started[-1]

    yield start
    for central in started:
        central.connection.stop()


@pytest.fixture
def make_pump(watch: Watch) -> Iterator[Callable[[Settings], Pump]]:
    made: list[Pump] = []

    def make(settings: Settings) -> Pump:
        made.append(Pump(settings, watch))
        return made[-1]

    yield make
    for pump in made:
        pump.link.stop()


@pytest.fixture
def embedded_broker() -> Iterator[RunningBroker]:
    running = embedded()
    yield running
    running.kill()
