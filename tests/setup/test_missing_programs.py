"""What ./takar says and does where programs are missing."""

from typing import Any

import pytest

APT_GET = """#!/bin/sh
printf 'apt-get %s\\n' "$*" >>"$CALLS"
[ -z "$APT_FAILS" ] || { echo "E: unable to locate"; exit 100; }
[ ! -f "$HIDDEN" ] || mv "$HIDDEN" "${HIDDEN%.hidden}"
"""
SUDO = '#!/bin/sh\nprintf \'sudo %s\\n\' "$*" >>"$CALLS"\nexec "$@"\n'


@pytest.fixture
def without_python(machine: Any) -> Any:
    """apt-get, where there is one, brings python3 back."""
    hidden = machine.bin / "python3.hidden"
    (machine.bin / "python3").rename(hidden)
    (machine.bin / "mv").symlink_to("/bin/mv")
    machine.env |= {"HIDDEN": str(hidden), "APT_FAILS": ""}
    return machine


def as_user(machine: Any, number: int) -> None:
    machine.add("id", f"#!/bin/sh\necho {number}\n")


def test_without_apt_it_names_the_programs(without_python: Any) -> None:
    status, output, errors = without_python.run("demo")
    assert (status, output) == (1, "")
    assert errors == (
        "takar: Python is missing and there is no apt here. Install it "
        "(Debian's name: python3 python3-venv), then run this again.\n"
    )


def test_root_gets_python_from_debian(without_python: Any) -> None:
    without_python.add("apt-get", APT_GET)
    as_user(without_python, 0)
    status, output, errors = without_python.run("demo")
    assert (status, output) == (0, "ran with -P -m gateway.cli demo\n")
    assert "takar: installing Python: python3 python3-venv ...\n" in errors
    assert without_python.count("install -y --no-install-recommends python3 python3-venv") == 1
    assert without_python.count("sudo") == 0


def test_a_user_gets_it_with_sudo(without_python: Any) -> None:
    without_python.add("apt-get", APT_GET)
    without_python.add("sudo", SUDO)
    as_user(without_python, 1000)
    assert without_python.run("demo")[0] == 0
    assert without_python.count("sudo env DEBIAN_FRONTEND=noninteractive") == 2


def test_a_user_without_sudo_is_told_what_root_must_do(without_python: Any) -> None:
    without_python.add("apt-get", APT_GET)
    as_user(without_python, 1000)
    status, _, errors = without_python.run("demo")
    assert status == 1
    assert "Debian's name: python3 python3-venv), and there is no sudo here" in errors
    assert without_python.count("apt-get") == 0


def test_a_failing_apt_is_shown(without_python: Any) -> None:
    without_python.add("apt-get", APT_GET)
    as_user(without_python, 0)
    status, _, errors = without_python.run("demo", APT_FAILS="yes")
    assert status == 1
    assert errors.splitlines()[1:] == [
        "E: unable to locate",
        "takar: apt-get update failed, see above. Is this machine on the internet? "
        "Then run this again.",
    ]


def test_python_without_venv_is_named(machine: Any) -> None:
    errors = machine.run("demo", PYTHON_LACKS="import ensurepip")[2]
    assert "Python's venv module is missing" in errors
    assert "Debian's name: python3-venv" in errors


def test_an_old_python_is_named_with_its_version(machine: Any) -> None:
    status, _, errors = machine.run("demo", PYTHON_LACKS="import sys; sys.exit(sys.version_info")
    assert status == 1
    assert "found Python 3.9.2, need Python 3.11 or newer" in errors


def test_only_the_tests_need_mosquitto_and_strace(machine: Any) -> None:
    (machine.bin / "mosquitto_sub").unlink()
    assert machine.run("demo")[0] == 0
    status, _, errors = machine.run("test", "--help")
    assert status == 1
    assert "Debian's name: mosquitto mosquitto-clients strace chromium chromium-driver" in errors


def test_a_machine_without_flock_is_told(machine: Any) -> None:
    (machine.bin / "flock").unlink()
    assert machine.run("demo")[2] == (
        "takar: flock is missing. Install util-linux, then run this again.\n"
    )
