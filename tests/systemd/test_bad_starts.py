"""What stands in the journal, in one line, where a service cannot start: what, and what to do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.cli.ended import remedy
from gateway.config.types import MqttSettings
from gateway.setup.folder import Wanted, make_folder
from tests.gateway.store.disks import run

MISCONFIGURED, FAILED = 2, 1


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "s"
    mqtt = MqttSettings(port=1)
    wanted = Wanted(
        seed=1, gateways=1, pumps=1, period="2026-11", kind="simulated", mqtt=mqtt, by="a test"
    )
    make_folder(folder, wanted)
    return folder


@pytest.fixture
def station(made: Path, tmp_path: Path) -> Path:
    """A gateway's folder. Its forecourt does not run, so a sound one names that."""
    shutil.copytree(made, tmp_path / "s")
    return tmp_path / "s"


def configure(station: Path, key: str, value: str) -> None:
    file = station / "gateway.toml"
    lines = file.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(f"{key} = "))
    lines[at] = f'{key} = "{value}"'
    file.write_text("\n".join(lines) + "\n")


def in_the_journal(station: Path, *command: str, **environment: str) -> tuple[int, list[str]]:
    """Exit status and lines of a command whose stderr is what systemd calls the journal."""
    reading, writing = os.pipe()
    stream = os.fstat(writing)
    started = subprocess.Popen(
        [sys.executable, "-P", "-m", "gateway.cli", *command],
        stdout=writing,
        stderr=writing,
        cwd=station,
        env=os.environ | environment | {"JOURNAL_STREAM": f"{stream.st_dev}:{stream.st_ino}"},
    )
    os.close(writing)
    with os.fdopen(reading) as journal:
        lines = journal.read().splitlines()
    return started.wait(), lines


def one_line(station: Path, *command: str, **environment: str) -> tuple[int, str]:
    status, lines = in_the_journal(station, *command, **environment)
    assert len(lines) == 1, lines
    return status, lines[0]


def test_an_absent_device(station: Path) -> None:
    """It is tried again, and found once it is there: no status that systemd stops at."""
    status, said = one_line(station, "gateway")
    assert status == FAILED
    assert said.startswith(f"takar: no forecourt at {station}/forecourt.sock")
    assert "start one with `takar forecourt run`" in said
    assert (station / "gateway.pins").exists(), "left before anything could be opened"


def test_pins_that_this_machine_has_not(station: Path) -> None:
    configure(station, "kind", "raspberry-pi")
    status, said = one_line(station, "gateway")
    assert status == FAILED
    assert said.startswith("takar: GPIO: expected")


def test_a_missing_credential(station: Path, tmp_path: Path) -> None:
    configure(station, "private_file", "credential:takar.gateway.pem")
    # Keys come after the devices, which a backup needs none of.
    status, said = one_line(
        station,
        "backup",
        "gateway.toml",
        str(tmp_path / "backup"),
        CREDENTIALS_DIRECTORY=str(tmp_path),
    )
    assert status == MISCONFIGURED
    assert "takar: credential:takar.gateway.pem: expected it among the credentials" in said
    assert "made by `takar setup`" in said


def test_an_old_configuration_is_one_line_whatever_is_wrong(station: Path) -> None:
    file = station / "gateway.toml"
    text = file.read_text().replace("[hardware]\n", "[hardware]\npeers_dir = 'x'\nold_pin = 3\n")
    file.write_text(text)
    status, said = one_line(station, "gateway")
    assert status == MISCONFIGURED
    assert said.startswith(f"takar: {file.name}: 2 things to correct: - hardware.peers_dir:")
    assert "hardware.old_pin: expected one of the keys of section hardware" in said


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    if not run("mount", "--bind", folder, folder):
        pytest.skip("needs the right to mount")
    try:
        assert run("mount", "-o", "remount,ro,bind", folder)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_that_is_read_only(station: Path) -> None:
    with read_only(station / "gateway"):
        status, said = one_line(station, "keys", "rotate-gateway")
    assert status == FAILED
    assert said.startswith(f"takar: {station}/gateway/ledger.anchor: Read-only file system.")
    assert "see `dmesg`, and replace a card that is worn" in said


def test_a_folder_of_sockets_that_is_missing(tmp_path: Path) -> None:
    from gateway.runtime.local_socket import bind

    with pytest.raises(OSError, match="No such file") as refused:
        bind(tmp_path / "none" / "gateway.sock", backlog=1)
    assert refused.value.filename == str(tmp_path / "none" / "gateway.sock")


# What `takar shut` says in the place of a service that could not


@pytest.mark.parametrize(
    ("result", "status", "said"),
    [
        ("exit-code", "238", "its folder in /var/lib/takar cannot be made or written"),
        ("exit-code", "217", "the accounts of the services are missing"),
        ("watchdog", "6", "the gateway hung and was ended by the watchdog"),
        ("exit-code", "1", None),
        ("signal", "9", None),
        ("success", "0", None),
    ],
)
def test_what_could_not_say_so_itself(result: str, status: str, said: str | None) -> None:
    found = remedy({"SERVICE_RESULT": result, "EXIT_STATUS": status})
    assert (found or "").startswith(said) if said else found is None


def test_shut_says_it_in_the_journal_and_goes_on(station: Path) -> None:
    ended = {"SERVICE_RESULT": "exit-code", "EXIT_STATUS": "243"}
    _, lines = in_the_journal(station, "shut", **ended)
    assert lines[0].startswith("takar: a private key or password in /etc/credstore.encrypted")
    assert "`sudo takar restore CONFIGURATION --backup FOLDER`" in lines[0]
    assert "takar setup" not in lines[0], "which makes no keys for a station that there is"
    assert lines[1].startswith("takar: no forecourt at")
    assert len(lines) == 2


def test_shut_does_not_say_a_second_time_what_is_wrong_in_the_configuration(station: Path) -> None:
    (station / "gateway.toml").write_text("[")
    ended = {"SERVICE_RESULT": "exit-code", "EXIT_STATUS": "2"}
    status, said = one_line(station, "shut", **ended)
    assert status == MISCONFIGURED
    assert said.startswith("takar shut: NOTHING WAS SHUT")
    ended = {"SERVICE_RESULT": "signal", "EXIT_STATUS": "KILL"}
    status, lines = in_the_journal(station, "shut", **ended)
    assert status == MISCONFIGURED
    assert "gateway.toml: file: expected" in lines[0]
    assert lines[1:] == [said]
