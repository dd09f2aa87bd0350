"""What a station's units may do beyond those of every other."""

import socket
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.config.types import (
    CentralAddress,
    GatewayConfig,
    MqttSettings,
    ReceiptSettings,
)
from gateway.setup.configurations import gateway_settings
from gateway.setup.station.drop_ins import PRIVATE, public_addresses, write_drop_ins
from gateway.setup.station.places import Installed

UNITS = Path(__file__).parents[3] / "systemd"
KNOWN = {"broker.city.example": "203.0.113.7", "vpn.city.example": "10.8.0.1"}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is asked for in earnest."""
    asked = socket.getaddrinfo

    def answer(host: str, *others: Any, **more: Any) -> Any:
        if host.endswith(".example") and host not in KNOWN:
            raise socket.gaierror(-2, "Name or service not known")
        return asked(KNOWN.get(host, host), *others, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def station(host: str, **others: Any) -> GatewayConfig:
    made = gateway_settings(
        "gateway",
        pumps=1,
        kind="simulated",
        mqtt=MqttSettings(host=host),
        reader_poll_ms=100,
        root_key="A" * 43,
    )
    return replace(made, **others)


@pytest.fixture
def places(tmp_path: Path) -> Installed:
    return Installed(tmp_path)


def written(places: Installed) -> dict[str, str]:
    return {path.name: path.read_text() for path in places.units.rglob("*.conf")}


def told(places: Installed, settings: GatewayConfig) -> list[str]:
    told: list[str] = []
    write_drop_ins(places, settings, told.append)
    return told


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.1.4", "10.8.0.1", "fd00::1"])
def test_a_private_network_needs_none(places: Installed, host: str) -> None:
    assert told(places, station(host)) == []
    assert written(places) == {}


def test_a_public_broker_and_central_are_allowed_and_taken_back(places: Installed) -> None:
    central = CentralAddress(host="198.51.100.1")
    assert told(places, station("203.0.113.7", enrolment=central)) == []
    lines = written(places)["reach.conf"].splitlines()
    assert lines[-3:] == ["[Service]", "IPAddressAllow=198.51.100.1", "IPAddressAllow=203.0.113.7"]
    assert told(places, station("10.8.0.1")) == []
    assert written(places) == {}


def test_a_name_brings_its_name_server(tmp_path: Path) -> None:
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("# a router's\nnameserver 192.168.1.1\nnameserver 9.9.9.9\nsearch x\n")
    found = [str(one) for one in public_addresses(["broker.city.example"], resolver)]
    assert found == ["203.0.113.7", "9.9.9.9"]
    assert [str(one) for one in public_addresses(["203.0.113.9"], resolver)] == ["203.0.113.9"]


def test_a_name_that_is_not_known_now_changes_nothing(places: Installed) -> None:
    told(places, station("203.0.113.7"))
    before = written(places)
    (said,) = told(places, station("gone.example"))
    assert "reach.conf stays as it is: gone.example: expected a name" in said
    assert written(places) == before


@pytest.mark.parametrize(
    ("printer", "wanted"),
    [
        (ReceiptSettings(connection="file", device="/dev/usb/lp0"), True),
        (ReceiptSettings(connection="network", host="192.168.1.9"), False),
        (None, False),
    ],
)
def test_a_printer_on_a_cable(
    places: Installed, printer: ReceiptSettings | None, wanted: bool
) -> None:
    told(places, station("127.0.0.1", receipt_printer=printer))
    assert ("printer.conf" in written(places)) is wanted


def test_the_units_allow_what_is_taken_for_allowed() -> None:
    for unit in ("takar-gateway", "takar-console", "takar-central"):
        text = (UNITS / f"{unit}.service").read_text()
        assert f"\nIPAddressAllow=localhost link-local {' '.join(PRIVATE)}\n" in text
