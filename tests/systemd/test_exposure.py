"""What systemd says of the units themselves: sound, and how far each is shut in."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "systemd"
SERVICES = sorted([*UNITS.glob("*.service"), *UNITS.glob("trial/*.service")])
UNCONFINED = {
    "package/debian/takar-judge.service": "as root it changes releases",
    "package/debian/takar-trial.service": "as root it changes releases",
}
"""With the reason, which the unit gives at its head."""
MOST = 1.3

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine"
)


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )


@cache
def exposure(unit: Path) -> tuple[float, str]:
    said = analyze("security", "--offline=true", unit).stdout
    found = re.search(r"exposure level for \S+: ([0-9.]+)", said)
    assert found is not None, said
    return float(found[1]), said


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_exposure(unit: Path) -> None:
    found, said = exposure(unit)
    assert found <= MOST, said


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_what_is_left_open_is_explained_and_nothing_else(unit: Path) -> None:
    """At the unit's head, in systemd's own words."""
    left = re.findall(r"^✗ (\S+)", exposure(unit)[1], re.MULTILINE)
    explained = re.findall(r"^#   (\S+) {3,}\S", unit.read_text(), re.MULTILINE)
    assert sorted(explained) == sorted(left)


def test_no_other_unit_is_unconfined() -> None:
    found = {
        str(unit.relative_to(ROOT))
        for folder in ("systemd", "package")
        for unit in (ROOT / folder).rglob("*.service")
        if unit not in SERVICES
    }
    assert found == UNCONFINED.keys()
    for unit, why in UNCONFINED.items():
        head = (ROOT / unit).read_text().split("[Unit]")[0]
        assert why in " ".join(line.removeprefix("#").strip() for line in head.splitlines())


def test_a_weaker_unit_would_be_seen(tmp_path: Path) -> None:
    weaker = tmp_path / "takar-gateway.service"
    text = (UNITS / weaker.name).read_text()
    weaker.write_text(text.replace("SystemCallFilter=", "#"))
    assert exposure(weaker)[0] > MOST


def test_a_printers_drop_in_keeps_the_console_in_bounds(tmp_path: Path) -> None:
    both = tmp_path / "takar-console.service"
    drop_in = (UNITS / "printer.conf").read_text()
    both.write_text((UNITS / both.name).read_text() + drop_in)
    assert exposure(both)[0] <= MOST


def test_systemd_takes_every_unit_as_it_is(tmp_path: Path) -> None:
    """With a program in place of what the package installs; verify looks whether it is there."""
    for unit in [
        *SERVICES,
        *UNITS.glob("*.timer"),
        *UNITS.glob("*.path"),
    ]:
        text = unit.read_text().replace("/usr/bin/takar", "/bin/true")
        (tmp_path / unit.name).write_text(re.sub("Documentation=.*\n", "", text))
    done = analyze("verify", "--man=no", *sorted(tmp_path.iterdir()))
    ours = [line for line in done.stderr.splitlines() if "takar" in line]
    assert (done.returncode, ours) == (0, []), done.stderr


def test_verify_would_see_an_unknown_key(tmp_path: Path) -> None:
    wrong = tmp_path / "takar-wrong.service"
    wrong.write_text("[Service]\nExecStart=/bin/true\nProtectEverything=yes\n")
    assert "ProtectEverything" in analyze("verify", "--man=no", wrong).stderr


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_no_secret_is_in_arguments_or_environment(unit: Path) -> None:
    """Keys come as credentials, from where they lie encrypted."""
    text = unit.read_text()
    assert "LoadCredential=" not in text
    assert "SetCredential" not in text
    for line in re.findall(r"^(?:Exec\w+|Environment\w*)=.*$", text, re.MULTILINE):
        assert not re.search(r"key|pem|password|secret", line), line
