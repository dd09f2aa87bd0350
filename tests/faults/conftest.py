"""A station for each test, copied from one that is made once."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.config.types import MqttSettings
from gateway.setup.configurations import ZONE
from gateway.setup.folder import Wanted, make_folder
from mqtt.broker import free_port
from mqtt.central.periods import period_of
from tests.faults.station import Station
from tests.mqtt.brokers import RunningBroker, embedded, mosquitto

MakeStation = Callable[..., Station]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("made") / "city", gateways=1)


@pytest.fixture(scope="session")
def template_of_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same city with two stations."""
    return make_template(tmp_path_factory.mktemp("made") / "city", gateways=2)


def make_template(folder: Path, gateways: int) -> Path:
    """A folder as `takar init` makes it; its paths are relative, so that copies work."""
    make_folder(
        folder,
        Wanted(
            seed=7,
            gateways=gateways,
            pumps=2,
            period=period_of(datetime.now(UTC), ZoneInfo(ZONE)),
            kind="simulated",
            mqtt=MqttSettings(protocol="3.1.1"),
            reader_poll_ms=50,
            by="test",
        ),
    )
    return folder


@pytest.fixture
def make_station(template: Path, tmp_path: Path) -> Iterator[MakeStation]:
    """`make_station(broker_port)`: a copy with nothing running; no broker if none is named."""
    with ExitStack() as made:

        def make(broker_port: int | None = None) -> Station:
            station = Station(template, tmp_path / "s", broker_port or free_port())
            made.callback(station.close)
            return station

        yield make


@pytest.fixture
def offline(make_station: MakeStation) -> Station:
    """A station that runs without a broker."""
    station = make_station()
    station.start_forecourt()
    return station


@pytest.fixture
def start_mosquitto(tmp_path: Path) -> Iterator[Callable[..., RunningBroker]]:
    """`start_mosquitto(extra)`: Mosquitto with lines of configuration of its own."""
    with ExitStack() as started:

        def start(extra: str = "") -> RunningBroker:
            broker = mosquitto(tmp_path, "3.1.1", extra)
            started.callback(broker.kill)
            return broker

        yield start


@pytest.fixture(params=["mosquitto", "embedded"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    running = mosquitto(tmp_path, "3.1.1") if request.param == "mosquitto" else embedded()
    yield running
    running.kill()
