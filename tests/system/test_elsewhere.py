"""The same package on Debian 13, and on a root that is mounted read-only."""

import subprocess
from pathlib import Path

import pytest

from tests.system.machine import DEBIAN_12, MAKER, ROOT, Machine, why_not
from tests.system.station import Station, package

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]


@pytest.mark.debian
def test_debian_13_with_its_newer_python(tmp_path: Path) -> None:
    root = ROOT / ".system/trixie"
    if not (root / "usr/sbin/mosquitto").exists():
        script = '. "$1/scripts/set_up.sh"; . "$2"; make_debian "$1" trixie 9</dev/null'
        subprocess.run(["sh", "-c", script, "sh", ROOT, MAKER], check=True)
    with Machine(tmp_path / "machine", root) as machine:
        assert machine.run("python3", "--version").startswith("Python 3.13.")
        station = Station(machine)
        station.install(package(tmp_path))
        station.configure()
        station.serves()


def test_a_read_only_root_with_one_data_partition(tmp_path: Path) -> None:
    """As docs/INSTALL.md has it: what else is written is in memory, and gone at a power cut."""
    with Machine(tmp_path / "first", DEBIAN_12) as machine:
        station = Station(machine)
        station.install(package(tmp_path))
        station.configure()
        machine.run("systemctl", "stop", "takar-*.service")
        machine.run("cp", "-a", "/var/lib/takar", "/root/data")
    data = machine.layer / "root/data"
    with Machine(
        tmp_path / "second",
        machine.layer,
        DEBIAN_12,
        options=[
            "--read-only",
            f"--bind={data}:/var/lib/takar",
            *(f"--tmpfs={place}" for place in ("/var/log", "/var/tmp", "/var/lib/mosquitto")),
        ],
    ) as machine:
        station = Station(machine)
        assert machine.try_run("touch", "/opt/takar/any", "/etc/takar/any")[0] == 1
        card = station.serves()
        machine.cut_power()
        machine.boot()
        assert station.sale_of(card).volume_ml > 0
        station.serves(1)
