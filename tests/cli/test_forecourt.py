"""`takar forecourt` from a shell, against a forecourt started by the same command."""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar

CARDS = [
    {"uid": "0A0B0C0D", "plate": "DH 1234 AB", "status": "replaced"},
    {"uid": "04A1B2C3D4E5F6", "plate": "DH 1234 AB", "status": "active"},
    {"uid": "11223344", "plate": None, "status": "active"},
]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A forecourt runs in it, in simulated time, with cards.json beside its socket."""
    with tempfile.TemporaryDirectory(prefix="fc") as name:  # a socket's path must be short
        place = Path(name)
        (place / "cards.json").write_text(json.dumps(CARDS))
        command = [sys.executable, "-m", "gateway.cli", "forecourt", "run", "--time", "simulated"]
        process = subprocess.Popen(
            [*command, "--socket", str(place / "f.sock")], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            assert (
                process.stdout.readline() == f"forecourt ready at {place}/f.sock, simulated time\n"
            )
            yield place
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            process.stdout.close()
        assert not (place / "f.sock").exists(), "its socket goes with it"


@pytest.fixture
def shell(folder: Path) -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        environment = {"TAKAR_FORECOURT": str(folder / "f.sock")}
        return CliRunner().invoke(takar, ["forecourt", *arguments], env=environment)

    return run


def pump(shell: Callable[..., Result], number: int = 1) -> dict[str, Any]:
    answer = shell("status", "--json")
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.output)["pumps"][number - 1]
    return found


def test_hands_do_what_they_say(shell: Callable[..., Result]) -> None:
    for arguments in (["lift"], ["squeeze", "--free-ml", "5000"]):
        assert shell(*arguments, "--pump", "2").exit_code == 0
    assert (pump(shell, 2)["nozzle"], pump(shell, 2)["lever"]) == ("lifted", "squeezed")
    shell("release", "--pump", "2")
    assert pump(shell, 2)["lever"] == "released"
    shell("hang", "--pump", "2")
    assert pump(shell, 2)["nozzle"] == "hung"


def test_a_bypass_key_is_turned_and_shown(shell: Callable[..., Result]) -> None:
    assert shell("bypass", "--pump", "2").exit_code == 0
    assert (pump(shell, 1)["bypass"], pump(shell, 2)["bypass"]) == (False, True)
    assert shell("status").output.count("the bypass key is turned") == 1
    shell("bypass", "off", "--pump", "2")
    assert not pump(shell, 2)["bypass"]


@pytest.mark.parametrize(
    ("cards", "uids"),
    [
        (["04a1b2c3d4e5f6"], ["04A1B2C3D4E5F6"]),
        (["01:02:03:04", "0102030405060708090A"], ["01020304", "0102030405060708090A"]),
        (["dh1234ab"], ["04A1B2C3D4E5F6"]),
        (["DH 1234 AB", "11223344", "--torn"], ["04A1B2C3D4E5F6", "11223344"]),
    ],
)
def test_a_card_is_a_uid_or_a_plate(
    shell: Callable[..., Result], cards: list[str], uids: list[str]
) -> None:
    assert shell("tap", *cards).exit_code == 0
    assert pump(shell)["cards"] == uids
    assert shell("remove").exit_code == 0
    assert pump(shell)["cards"] == []


def test_stop_and_faults_go_on_and_off(shell: Callable[..., Result]) -> None:
    shell("stop")
    shell("fault", "valve_slow", "--value", "700", "--pump", "2")
    assert pump(shell, 2)["faults"] == {"valve_slow": 700}
    shown = shell("status").output
    assert "Simulated time; no gateway is connected. Emergency stop: pressed." in shown
    assert "faults     valve_slow" in shown
    shell("stop", "--release")
    shell("fault", "stop_wire_broken")
    assert "wire broken" in shell("status").output
    shell("fault", "stop_wire_broken", "off")
    shell("fault", "valve_slow", "off", "--pump", "2")
    assert "Emergency stop: not pressed." in shell("status").output
    assert pump(shell, 2)["faults"] == {}


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["squeeze"], 1, "the nozzle of pump 1 hangs; lift it first"),
        (["lift", "--pump", "3"], 1, "no pump 3 here; there are [1, 2]"),
        (["lift", "--pump", "5"], 2, "5 is not in the range 1<=x<=4"),
        (["fault", "valve_melted"], 2, "'valve_melted' is not one of 'valve_stuck_open'"),
        (["fault", "valve_slow", "--value", "0"], 1, "0 ms is outside 1 to 10000"),
        (["tap", "DH 9 X"], 2, "'DH 9 X' is neither a UID"),
        (["tap", "DH 9 X", "--cards", "/nowhere"], 2, "/nowhere cannot be read"),
        (["mains", "off"], 1, "mains: no UPS is fitted here: see `ups_pin` of the settings"),
        (["tap"], 2, "Missing argument 'CARD [CARD2]'"),
        (["lift", "--socket", "none.sock"], 1, "no forecourt at none.sock"),
        (["lift", "--socket", "none.sock"], 1, "start one with `takar forecourt run"),
        (["run"], 1, "a forecourt runs at"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    shell: Callable[..., Result], arguments: list[str], status: int, says: str
) -> None:
    answer = shell(*arguments)
    assert answer.exit_code == status, answer.output
    assert says in answer.output.replace("\n", " ")


def test_a_wrong_configuration_is_refused_by_key(
    shell: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "f.toml").write_text("relase = 'low'")
    answer = shell("run", "--config", str(tmp_path / "f.toml"))
    assert answer.exit_code == 2
    assert "the nearest known key is `release`" in answer.output.replace("\n", " ")


def test_a_list_of_cards_that_is_none_is_refused(
    shell: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "cards.json").write_text('{"uid": 1}')
    answer = shell("tap", "DH 1 A", "--cards", str(tmp_path / "cards.json"))
    assert answer.exit_code == 2
    assert "is not a list of cards" in answer.output


def test_every_command_has_help_that_starts_with_what_it_does(
    shell: Callable[..., Result],
) -> None:
    for name in ("run", "tap", "remove", "lift", "squeeze", "release", "hang", "stop", "mains",
                 "fault", "status"):  # fmt: skip
        answer = shell(name, "--help")
        assert answer.exit_code == 0
        assert answer.output.startswith(f"Usage: takar forecourt {name} ") or "Usage:" in (
            answer.output
        )
