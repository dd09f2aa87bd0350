"""Upgrades of a station that serves: a good one, bad ones, and power cuts in the middle."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.machine import DEBIAN_12, Machine, why_not
from tests.system.station import Station, edited, package

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]
GATEWAY = "gateway/cli/gateway.py"
LINK = "mqtt/link.py"
RUNS = "        gateway.run("
DIES_AT_ONCE = ("    import logging\n", '    raise SystemExit("broken by the test")\n')
HANGS_AFTER_START = (
    RUNS,
    "        import threading, signal\n"
    "        threading.Timer(6, os.kill, (os.getpid(), signal.SIGSTOP)).start()\n" + RUNS,
)
ANOTHER_PORT = (
    "connect(\n            settings,",
    "connect(\n            __import__('msgspec').structs.replace(settings, port=1),",
)
IMPORTS = ("from pathlib import Path\n", "import os\nfrom pathlib import Path\n")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A station that was installed and started once, and is off."""
    folder = tmp_path_factory.mktemp("upgrade")
    with Machine(folder / "old", DEBIAN_12) as machine:
        station = Station(machine)
        station.install(package(folder))
        station.configure()
    return machine


@pytest.fixture
def station(old: Machine, tmp_path: Path) -> Iterator[Station]:
    """That station, on."""
    with Machine(tmp_path / "machine", old.layer, DEBIAN_12) as machine:
        station = Station(machine)
        station.wait_until_served()
        yield station


def release(station: Station) -> str:
    return station.machine.run("readlink", "/opt/takar/current").strip()


def test_a_good_release_takes_over_and_the_ledger_goes_on(station: Station, tmp_path: Path) -> None:
    card = station.cards()[1]
    station.begin_fill(card)
    station.end_fill()
    sale = station.sale_of(card)
    before = release(station)
    said = station.install(package(tmp_path, edited(tmp_path / "new")))
    assert "on trial for a minute" in said
    assert release(station) != before
    assert "+edited" in release(station)
    assert station.sale_of(card) == sale
    station.serves()
    assert station.machine.run("sh", "/usr/lib/takar/release.sh", "back")
    assert release(station) == before
    station.serves()


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        pytest.param({GATEWAY: [DIES_AT_ONCE]}, "takar-gateway.service ended", id="dies"),
        pytest.param({LINK: [ANOTHER_PORT]}, "central was never reached", id="unlinked"),
        pytest.param(
            {GATEWAY: [IMPORTS, HANGS_AFTER_START]}, "takar-gateway.service ended", id="hangs"
        ),
    ],
)
def test_a_bad_release_is_left_within_a_minute(
    station: Station, tmp_path: Path, edits: dict[str, list[tuple[str, str]]], why: str
) -> None:
    before = release(station)
    deb = package(tmp_path, edited(tmp_path / "new", edits))
    with pytest.raises(Exception, match="was not healthy") as refused:
        station.install(deb)
    assert why in str(refused.value)
    assert "runs again" in str(refused.value)
    assert release(station) == before
    station.serves()


INSTALL_S = 400.0
TRIAL_S = 60.0
KILLS_INSTALLATION = """
for process in $(cd /proc; ls -d [0-9]*); do
    case $process:$(tr '\\0' ' ' 2>/dev/null <"/proc/$process/cmdline") in
        "$$":*) ;;
        *:apt-get*|*dpkg*|*takar.postinst*|*"start takar-judge"*) kill -9 "$process" || true ;;
    esac
done
"""
# What is true inside the machine when the power goes
MOMENTS = {
    "made": "ls -d /opt/takar/releases/*+edited*/.venv",
    "chosen": "readlink /opt/takar/trial",
    "tried": "readlink /opt/takar/current | grep edited && systemctl is-active takar-gateway",
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=[*MOMENTS])
def test_a_power_cut_ends_in_one_whole_release(
    station: Station, tmp_path: Path, moment: str
) -> None:
    machine = station.machine
    before = release(station)
    machine.put(package(tmp_path, edited(tmp_path / "new")), "/root/new.deb")
    with machine.start("apt-get", "-q", "-y", "install", "/root/new.deb") as installing:
        machine.wait(moment, lambda: machine.try_run("sh", "-c", moment)[0] == 0, INSTALL_S)
        machine.cut_power()
        installing.wait()
    machine.boot()
    assert release(station) == before
    assert machine.try_run("test", "-L", "/opt/takar/trial")[0] == 1
    station.serves()
    machine.run("dpkg", "--configure", "-a", TAKAR_TRIAL_S="10")
    assert "+edited" in release(station)
    station.wait_until_served()


def test_a_trial_ends_although_who_installs_is_killed(station: Station, tmp_path: Path) -> None:
    machine = station.machine
    before = release(station)
    bad = {GATEWAY: [IMPORTS, HANGS_AFTER_START]}
    machine.put(package(tmp_path, edited(tmp_path / "new", bad)), "/root/new.deb")
    with machine.start("apt-get", "-q", "-y", "install", "/root/new.deb") as installing:
        tried = MOMENTS["tried"]
        machine.wait(tried, lambda: machine.try_run("sh", "-c", tried)[0] == 0, INSTALL_S)
        machine.sh(KILLS_INSTALLATION)
        installing.wait()
    machine.wait("the release before", lambda: release(station) == before, 2 * TRIAL_S)
    station.serves()
    status, said = machine.try_run("dpkg", "--configure", "-a")
    assert status != 0
    assert "was refused before: takar-gateway.service ended" in said
    assert release(station) == before


def test_a_removal_leaves_the_ledger_and_an_installation_takes_it_up(station: Station) -> None:
    machine = station.machine
    card = station.cards()[2]
    station.begin_fill(card)
    machine.run("apt-get", "-q", "-y", "remove", "takar")
    assert_only_state_is_left(machine)
    machine.run("apt-get", "-q", "-y", "--no-install-recommends", "install", "/root/takar.deb")
    station.wait_until_served()
    assert station.sale_of(card).volume_ml > 0
    assert "stay" in machine.run("apt-get", "-q", "-y", "purge", "takar")
    assert_only_state_is_left(machine)
    machine.run("apt-get", "-q", "-y", "--no-install-recommends", "install", "/root/takar.deb")
    station.serves(3)


def assert_only_state_is_left(machine: Machine) -> None:
    assert not machine.run("systemctl", "list-units", "--no-legend", "takar-*.service")
    assert machine.try_run("test", "-e", "/opt/takar")[0] == 1
    for place in ("/etc/takar/gateway.toml", "/var/lib/takar/gateway/ledger.sqlite3"):
        machine.run("test", "-f", place)
