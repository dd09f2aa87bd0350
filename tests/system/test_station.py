"""A station from its package to its worst day: a real systemd, every unit hardened as delivered."""

import re
from collections.abc import Iterator

import pytest

from tests.system.joining import (
    a_gateway_joins_and_is_renewed,
    a_stolen_gateway_is_cut_off,
    begin_enrolment,
)
from tests.system.machine import DEBIAN_12, Machine, why_not
from tests.system.station import OURS, Sale, Station, package

EXPOSURE = 1.3
"""The most that `systemd-analyze security` may say of a unit."""

pytestmark = [
    pytest.mark.first,
    pytest.mark.timeout(600),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("system")
    with Machine(folder / "machine", DEBIAN_12) as machine:
        station = Station(machine)
        station.install(package(folder))
        assert machine.run("systemctl", "list-units", "--no-legend", "takar-*.service") == ""
        station.configure()
        yield station


def test_a_station(station: Station) -> None:
    """One test, for the boot and the installation are most of its time."""
    every_unit_is_as_closed_as_it_says(station)
    no_private_key_lies_open(station)
    cards = iter(station.cards())
    a_fill_is_recorded_at_central(station, next(cards))
    a_killed_gateway_leaves_the_valve_shut(station, next(cards))
    so_it_does_where_its_configuration_is_garbled_by_then(station, next(cards))
    a_hung_gateway_is_ended_by_the_watchdog(station, next(cards))
    a_stop_in_mid_fill_settles_it(station, next(cards))
    begin_enrolment(station)
    no_private_key_lies_open(station)
    a_gateway_joins_and_is_renewed(station)
    a_stolen_gateway_is_cut_off(station)


def every_unit_is_as_closed_as_it_says(station: Station) -> None:
    for unit in OURS:
        said = station.machine.run("systemd-analyze", "--no-pager", "security", f"{unit}.service")
        level = re.search(r"Overall exposure level for .*: ([0-9.]+)", said)
        assert level, said
        assert float(level[1]) <= EXPOSURE, said


def no_private_key_lies_open(station: Station) -> None:
    """The city's root, which a trial keeps on the one machine it has, is not the services'."""
    status, found = station.machine.try_run(
        *("grep", "-rl", "PRIVATE KEY", "/etc/takar", "/etc/credstore.encrypted"),
        *(
            "/var/lib/takar/gateway",
            "/var/lib/takar/console",
            "/var/lib/takar/central",
            "/run/takar",
        ),
    )
    assert (status, found) == (1, "")


def a_fill_is_recorded_at_central(station: Station, card: str) -> None:
    before_ml = station.pump()["dispensed_ml"]
    station.begin_fill(card)
    station.end_fill()
    sale = station.sale_of(card)
    assert_counted(sale, station, before_ml)
    assert station.is_shut()


def a_killed_gateway_leaves_the_valve_shut(station: Station, card: str) -> None:
    """Its process is gone at once, and the simulated pins keep their level, as a Pi's do."""
    machine = station.machine
    station.begin_fill(card)
    station.signal_gateway("KILL")
    machine.wait("ExecStopPost to shut the valve", station.is_shut)
    told = "takar shut: pumps 1, 2 are shut"
    machine.wait("its line", lambda: told in machine.journal("takar-gateway"))
    station.end_fill()
    station.wait_until_served()
    assert station.sale_of(card).estimated
    found = ("journalctl", "-q", "--no-pager", "-b", "TAKAR_EVENT=fill_estimated", "TAKAR_PUMP=1")
    machine.wait("the journal to have it by its fields", lambda: machine.try_run(*found)[1])


def so_it_does_where_its_configuration_is_garbled_by_then(station: Station, card: str) -> None:
    """After the kill, and again after the start that the configuration then forbids."""
    machine = station.machine
    station.begin_fill(card)
    machine.run("cp", "-p", "/etc/takar/gateway.toml", "/root/gateway.toml")
    machine.run("sh", "-c", "echo [ >/etc/takar/gateway.toml")
    station.signal_gateway("KILL")
    machine.wait("ExecStopPost to shut the valve", station.is_shut)
    told = "pumps 1, 2 are shut, by what the gateway left in /run/takar/gateway.pins"
    machine.wait("both", lambda: machine.journal("takar-gateway").count(told) == 2)
    machine.run("cp", "-p", "/root/gateway.toml", "/etc/takar/gateway.toml")
    station.end_fill()
    machine.wait(
        "systemd to have given it up",
        lambda: machine.property("takar-gateway.service", "ActiveState") == "failed",
    )
    machine.run("systemctl", "start", "takar-gateway")
    station.wait_until_served()
    assert station.sale_of(card).estimated


def a_hung_gateway_is_ended_by_the_watchdog(station: Station, card: str) -> None:
    machine = station.machine
    station.begin_fill(card)
    hung = station.gateway_pid()
    station.signal_gateway("STOP")
    machine.wait("limiters to shut the valve", lambda: not station.pump()["flow_ml_per_min"])
    machine.wait("the watchdog to act", lambda: station.gateway_pid() not in (0, hung))
    assert "Watchdog timeout" in machine.journal("takar-gateway")
    station.end_fill()
    station.wait_until_served()
    assert station.is_shut()
    assert station.sale_of(card).estimated


def a_stop_in_mid_fill_settles_it(station: Station, card: str) -> None:
    machine = station.machine
    before_ml = station.pump()["dispensed_ml"]
    station.begin_fill(card)
    machine.run("systemctl", "stop", "takar-gateway")
    assert machine.property("takar-gateway.service", "Result") == "success"
    assert station.is_shut()
    station.end_fill()
    machine.run("systemctl", "start", "takar-gateway")
    station.wait_until_served()
    sale = station.sale_of(card)
    assert_counted(sale, station, before_ml)


def assert_counted(sale: Sale, station: Station, before_ml: int) -> None:
    """To the pulse: one may have begun in the fill before, or end in the next."""
    pump = station.pump()
    assert not sale.estimated
    assert abs(pump["dispensed_ml"] - before_ml - sale.volume_ml) < pump["pulse_ml"]
