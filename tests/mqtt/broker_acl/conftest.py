"""One broker for many tests: central, which may see all, and two gateways."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.mqtt.authority import Certificate
from tests.mqtt.broker_acl.broker import CityBroker
from tests.mqtt.broker_acl.party import Party

A, B, CENTRAL = "depot-a", "depot-b", "central"


@dataclass
class City:
    """A running broker and the certificates of those who use it."""

    broker: CityBroker
    certificates: dict[str, Certificate]
    stop: Callable[[Callable[[], None]], object]
    parties: dict[str, Party] = field(default_factory=dict)

    def join(
        self,
        name: str,
        client_id: str | None = None,
        *,
        will: tuple[str, bytes] | None = None,
        username: str | None = None,
    ) -> Party:
        """One more client with the certificate of `name`; another one of that name is cut off."""
        settings = self.broker.settings(self.certificates[name])
        party = Party(settings, client_id or name, will=will, username=username)
        self.stop(party.stop)
        return party

    def party(self, name: str) -> Party:
        """The client of that name that stays for all tests; central's reads all there is."""
        if name not in self.parties:
            self.parties[name] = self.join(name)
            if name == CENTRAL:
                self.parties[name].subscribe("takar/v1/#")
        return self.parties[name]


@pytest.fixture(scope="module")
def start_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., City]]:
    """`start_city(protocol, acl)`; all of it is stopped at the end of the module."""
    with ExitStack() as started:

        def start(protocol: str, acl: str | None = None) -> City:
            folder: Path = tmp_path_factory.mktemp("broker")
            broker = CityBroker(folder, protocol, acl)  # type: ignore[arg-type]
            started.callback(broker.running.kill)
            certificates = {name: broker.authority.issue(name) for name in (A, B, CENTRAL)}
            return City(broker, certificates, started.callback)

        yield start


@pytest.fixture(scope="module", params=["5", "3.1.1"])
def city(request: pytest.FixtureRequest, start_city: Callable[..., City]) -> City:
    """A city with the rules that we publish."""
    return start_city(request.param)


@pytest.fixture
def central(city: City) -> Party:
    return city.party(CENTRAL)


@pytest.fixture
def depot_a(city: City) -> Party:
    return city.party(A)


@pytest.fixture
def depot_b(city: City) -> Party:
    return city.party(B)
