"""Broker, cable and central fail in the middle of the work; the pumps go on, nothing is lost."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.demo.network import CHUNK_BYTES, Cable
from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import NL_PER_ML, Station
from tests.mqtt.brokers import RunningBroker

KILOBYTE = 1000


def all_is_at_central(station: Station, sales: int) -> None:
    """Each sale once, with the same millilitres; every entry, and the ledger is whole."""
    station.delivered()
    assert len(station.sales()) == sales
    assert station.central_sales() == station.sales()
    assert station.verify().endswith("nothing wrong")


def test_the_broker_is_killed_during_a_fill_and_comes_back(
    make_station: MakeStation, broker: RunningBroker
) -> None:
    station = make_station(broker.settings.port)
    station.start_forecourt()
    station.start_central()
    station.start_gateway()
    station.delivered()
    for pump, product in ((1, "pertamax"), (2, "dexlite")):
        station.begin(station.card(product), pump, free_ml=700)
    until("flow", lambda: station.pump(2)["dispensed_nl"] > 100 * NL_PER_ML)
    broker.kill()
    station.see("the link to be down", lambda s: not s.online)
    station.finish(1)
    assert [sale.data["offline"] for sale in station.entries("sale.completed")] == [True]
    broker.start()
    station.finish(2)
    all_is_at_central(station, 2)


def test_there_is_no_broker_at_the_start(
    make_station: MakeStation, start_mosquitto: Callable[..., RunningBroker]
) -> None:
    broker = start_mosquitto()
    broker.kill()
    station = make_station(broker.settings.port)
    station.start_forecourt()
    snapshot = station.start_gateway()
    assert not snapshot.online
    assert "cannot be reached" in station.see("why", lambda s: "reached" in s.link).link
    station.fill(station.card())
    broker.start()
    station.start_central()
    all_is_at_central(station, 1)


def test_the_broker_refuses_the_login(
    make_station: MakeStation, tmp_path: Path, start_mosquitto: Callable[..., RunningBroker]
) -> None:
    users = tmp_path / "users"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(users), "takar", "right"], check=True)
    broker = start_mosquitto(f"allow_anonymous false\npassword_file {users}")
    station = make_station(broker.settings.port)
    login = 'username = "takar"\npassword_file = "password"'
    for file in ("gateway.toml", "central.toml"):
        station.add('protocol = "3.1.1"', login, file)
    password = station.folder / "password"
    station.start_forecourt()
    password.write_text("wrong\n")
    station.start_gateway()
    why = station.see("a refusal", lambda s: "refused the login" in s.link).link
    assert why.endswith("check user and password")
    station.fill(station.card())
    assert station.gateway.stop() == 0
    password.write_text("right\n")
    station.start_central()
    station.start_gateway()
    all_is_at_central(station, 1)


class FrayedCable(Cable):
    """Breaks by itself each time it has carried so much more towards the broker or back."""

    def __init__(self, port: int, breaks_after_bytes: list[int]) -> None:
        self.breaks_after_bytes = breaks_after_bytes
        super().__init__("127.0.0.1", port)

    def _pass_on(self, end: socket.socket) -> None:
        if self.breaks_after_bytes:
            self.breaks_after_bytes[0] -= len(end.recv(CHUNK_BYTES, socket.MSG_PEEK))
            if self.breaks_after_bytes[0] <= 0:
                del self.breaks_after_bytes[0]
                self.whole = False
                self._drop_all()
                return
        super()._pass_on(end)


@pytest.fixture
def frayed(broker: RunningBroker) -> Iterator[FrayedCable]:
    """Breaks twice while the entries of the first start, some 600 kB, go to central."""
    cable = FrayedCable(broker.settings.port, [150 * KILOBYTE, 300 * KILOBYTE])
    yield cable
    cable.close()


@pytest.mark.parametrize("broker", ["embedded"], indirect=True)
def test_the_cable_breaks_twice_while_a_backlog_drains(
    make_station: MakeStation, broker: RunningBroker, frayed: FrayedCable
) -> None:
    station = make_station(frayed.port)
    station.configure("port", broker.settings.port, "central.toml")
    station.start_forecourt()
    station.start_central()
    station.start_gateway()
    for _ in range(2):
        until("the cable to break", lambda: not frayed.whole)
        station.see("the link to be down", lambda s: not s.online)
        station.fill(station.card())
        frayed.restore()
    assert len(frayed.breaks_after_bytes) < 2
    all_is_at_central(station, 2)
    assert not frayed.breaks_after_bytes


@pytest.mark.parametrize("broker", ["mosquitto"], indirect=True)
def test_central_is_killed_with_sales_on_their_way(
    make_station: MakeStation, broker: RunningBroker
) -> None:
    station = make_station(broker.settings.port)
    station.start_forecourt()
    station.start_central()
    station.start_gateway()
    station.delivered()
    station.begin(station.card(), free_ml=300)
    station.begin(station.card("dexlite"), pump=2, free_ml=300)
    station.finish(1)
    station.central.kill()
    station.finish(2)
    station.fill(station.card())
    station.see("waiting entries", lambda s: s.head > s.acknowledged_through)
    station.start_central()
    all_is_at_central(station, 3)
