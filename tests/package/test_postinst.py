"""What the package's own script does: units enabled again after a purge, a refused release left."""

import subprocess
from pathlib import Path

import pytest

from tests.package.conftest import Pi

ROOT = Path(__file__).parents[2]
NEW = "new-cp311"
GATEWAYS = "takar-gateway.service takar-console.service takar-backup.timer"
CENTRALS = "takar-central.service takar-central-backup.timer"


@pytest.fixture
def installing(pi: Pi) -> Pi:
    """`new` is made already, and is what the package in place brings."""
    for program in ("systemd-sysusers", "systemd-tmpfiles", "udevadm", "dpkg"):
        (pi.bin / program).write_text(f'#!/bin/sh\necho {program} "$*" >>"$STEPS"\n')
        (pi.bin / program).chmod(0o755)
    (pi.root / "opt/takar/releases/new").rename(pi.root / "opt/takar/releases" / NEW)
    (pi.root / "opt/takar/releases" / NEW / "whole").touch()
    (pi.root / "usr/lib/takar/release").write_text("new\n")
    (pi.root / "etc/takar").mkdir(parents=True)
    return pi


def postinst(pi: Pi, *arguments: str, unhealthy: str = "none") -> subprocess.CompletedProcess[str]:
    """As dpkg calls it, in that root."""
    script = (ROOT / "package/debian/postinst").read_text()
    for found, wanted in (
        ("PATH=/usr/sbin:/usr/bin:/sbin:/bin\n", ""),
        ("/usr/lib/takar/", f"{pi.root}/usr/lib/takar/"),
        ("/etc/takar/", f"{pi.root}/etc/takar/"),
    ):
        assert found in script
        script = script.replace(found, wanted)
    return pi.run("shift; " + script, *arguments, unhealthy=unhealthy)


@pytest.mark.parametrize(
    ("files", "units"),
    [
        (("gateway.toml",), GATEWAYS),
        (("central.toml",), CENTRALS),
        (("gateway.toml", "central.toml"), f"{GATEWAYS} {CENTRALS}"),
        ((), None),
    ],
)
def test_a_configuration_that_outlived_a_purge_is_served_again(
    installing: Pi, files: tuple[str, ...], units: str | None
) -> None:
    (installing.root / "opt/takar/current").unlink()
    for name in files:
        (installing.root / "etc/takar" / name).touch()
    done = postinst(installing, "configure", "")
    assert done.returncode == 0, done.stderr
    asked = [line for line in installing.steps if "enable " in line or "--no-block takar" in line]
    if units is None:
        assert not asked
        assert "Nothing runs yet" in done.stderr
    else:
        assert asked == [f"systemctl enable {units}", f"systemctl start --no-block {units}"]
        assert f"these are enabled: {units}" in done.stderr


def test_an_upgrade_enables_nothing_that_a_person_disabled(installing: Pi) -> None:
    (installing.root / "etc/takar/gateway.toml").touch()
    assert postinst(installing, "configure", "1.0").returncode == 0
    assert installing.current == NEW
    assert not [line for line in installing.steps if "enable " in line]


def test_a_refused_release_does_not_trouble_the_pumps_again(installing: Pi) -> None:
    bad = f"releases/{NEW}"
    assert "was not healthy" in postinst(installing, "configure", "1", unhealthy=bad).stderr
    again = postinst(installing, "configure", "1", unhealthy=bad)
    assert again.returncode == 1
    assert "was refused before: takar-gateway.service ended (exit-code)." in again.stderr
    assert not [line for line in installing.steps if "restart" in line]
    assert installing.run('exec sh "$1" retry').returncode == 0
    assert "dpkg --configure takar" in installing.steps
    assert postinst(installing, "configure", "1").returncode == 0
    assert installing.current == NEW
