"""One Chromium for all; a station with a console, or a gateway that the test itself plays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.console.access.codes import hashed
from mqtt.broker import free_port
from tests.browser.eyes import Eyes
from tests.browser.played import PlayedGateway
from tests.faults.conftest import template  # noqa: F401
from tests.faults.station import Station

NAME, CODE = "Ama Nalle", "k7mq-x2pa"
"""Of who has no card with them."""
QUICK = (4, 1, 1)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Eyes]:
    eyes = Eyes()
    yield eyes
    eyes.close()


@pytest.fixture
def eyes(chromium: Eyes) -> Iterator[Eyes]:
    """With nothing left of the test before; a browser's complaint fails the test."""
    chromium.wide(1280)
    chromium.complaints()  # of the page before, whose server went first
    yield chromium
    complaints = chromium.complaints()
    chromium.scripts(run=True)
    chromium.chrome.delete_all_cookies()
    chromium.chrome.get("about:blank")
    assert complaints == []


@pytest.fixture(scope="module")
def station(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:  # noqa: F811
    station = Station(template, tmp_path_factory.mktemp("b") / "s", free_port())
    station.lend(2)
    with (station.folder / station.configuration).open("a") as config:
        config.write(f'\n[[console_codes]]\nname = "{NAME}"\nscrypt = "{hashed(CODE, QUICK)}"\n')
    station.start_forecourt()
    station.start_gateway()
    yield station
    station.close()


@pytest.fixture(scope="module")
def at(station: Station) -> str:
    return station.start_console()


@pytest.fixture(scope="module")
def played(
    template: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PlayedGateway]:
    """A gateway that says and answers what the test wants."""
    station = Station(template, tmp_path_factory.mktemp("p") / "s", free_port())
    with pytest.MonkeyPatch.context() as hurried:
        hurried.setattr("gateway.runtime.status.EVERY_S", 0.01)
        gateway = PlayedGateway(station)
        yield gateway
        gateway.close()
    station.close()
