"""`takar shut` knows the pins from what the gateway left, from the configuration, or from both."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from gateway.cli import takar
from gateway.config.left import leave, left_by, left_file, read_left
from gateway.config.load import load_gateway
from hardware.simulated.client import ForecourtClient
from hardware.simulated.control import ForecourtControl
from tests.gateway.doctor.station import configured
from tests.hardware.conftest import Forecourts

FAILED, MISCONFIGURED = 1, 2
REFUSED = {"SERVICE_RESULT": "exit-code", "EXIT_STATUS": "2"}
KILLED = {"SERVICE_RESULT": "signal", "EXIT_STATUS": "KILL"}
Run = Callable[..., Result]


@pytest.fixture
def socket() -> Iterator[Path]:
    forecourts = Forecourts()
    yield forecourts.start(release="hold")
    forecourts.stop_all()


@pytest.fixture
def file(socket: Path) -> Path:
    """A gateway's configuration of two pumps, both of which it left made, and nothing beside it."""
    config = configured(socket, pumps=2)
    make_relays(socket, *(pins.enable_relay for pins in left_by(config).contacts))
    return socket.parent / "gateway.toml"


@pytest.fixture
def left(file: Path) -> Path:
    config = load_gateway(file)
    left = left_file(file, config, {})
    leave(left, left_by(config))
    return left


@pytest.fixture
def run(cli: CliRunner, file: Path) -> Run:
    def run(environment: dict[str, str] = KILLED) -> Result:
        return cli.invoke(takar, ["shut", "--config", str(file)], env=environment)

    return run


def make_relays(socket: Path, *pins: int) -> None:
    with closing(ForecourtClient(socket)) as client:
        for pin in pins:
            client.output(pin)
            client.set_level(pin, 1)
        while not all(made(socket)):
            client.check()


def made(socket: Path) -> list[bool]:
    with ForecourtControl(socket) as control:
        return [pump["enable_made"] for pump in control.ask("status")["pumps"]]


def garble(file: Path) -> None:
    file.write_text("[")


@pytest.mark.parametrize("spoil", [garble, Path.unlink], ids=["garbled", "gone"])
def test_what_the_gateway_left_is_enough(
    socket: Path, file: Path, left: Path, run: Run, spoil: Callable[[Path], None]
) -> None:
    spoil(file)
    ended = run()
    assert ended.exit_code == 0, ended.output
    assert made(socket) == [False, False]
    assert f"{file}: file: expected" in ended.stderr
    assert ended.stdout == (
        f"takar shut: pumps 1, 2 are shut, by what the gateway left in {left}\n"
    )


def test_it_shuts_again_after_a_start_that_was_refused(
    socket: Path, file: Path, left: Path, run: Run
) -> None:
    """Words that the gateway has said are spared, and nothing else."""
    relays = [pins.enable_relay for pins in left_by(load_gateway(file)).contacts]
    garble(file)
    for _ in range(2):
        make_relays(socket, *relays)
        ended = run(REFUSED)
        assert (ended.exit_code, ended.stderr) == (0, "")
        assert made(socket) == [False, False]
    assert left.exists()


@pytest.mark.parametrize("lost", ["configuration", "left"])
def test_where_the_two_differ_both_are_shut(
    socket: Path, file: Path, left: Path, run: Run, lost: str
) -> None:
    config = load_gateway(file)
    if lost == "configuration":
        configured(socket, pumps=1)
    else:
        leave(left, left_by(replace(config, pumps=config.pumps[:1])))
    ended = run()
    assert (ended.exit_code, ended.output) == (0, "takar shut: pumps 1, 2 are shut\n")
    assert made(socket) == [False, False]


def test_a_place_that_is_gone_spares_no_other(
    socket: Path, file: Path, left: Path, run: Run
) -> None:
    config = load_gateway(file)
    hardware = replace(config.hardware, forecourt_socket=str(socket.parent / "gone.sock"))
    leave(left, left_by(replace(config, hardware=hardware)))
    ended = run()
    assert made(socket) == [False, False]
    assert ended.exit_code == FAILED
    assert "gone.sock" in ended.stderr


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"kind":"simulated"}'])
def test_a_garbled_file_is_named_and_the_configuration_taken(
    socket: Path, left: Path, run: Run, content: bytes
) -> None:
    left.write_bytes(content)
    ended = run()
    assert made(socket) == [False, False]
    assert ended.exit_code == 0
    assert ended.stderr.startswith(f"takar: {left}: expected what a gateway leaves there")
    assert ended.stdout == "takar shut: pumps 1, 2 are shut\n"


@pytest.mark.parametrize("environment", [KILLED, REFUSED])
def test_neither_is_a_failure_that_says_what_to_do(
    socket: Path, file: Path, run: Run, environment: dict[str, str]
) -> None:
    garble(file)
    ended = run(environment)
    assert ended.exit_code == MISCONFIGURED
    assert "NOTHING WAS SHUT" in ended.stderr
    assert str(file.with_name("gateway.pins")) in ended.stderr
    assert "press the emergency stop" in ended.stderr
    assert made(socket) == [True, True]


def test_where_it_is_left(file: Path, tmp_path: Path) -> None:
    config = load_gateway(file)
    own = {"RUNTIME_DIRECTORY": f"{tmp_path}:/run/other"}
    assert left_file(file, None, own) == left_file(file, config, own) == tmp_path / "gateway.pins"
    assert left_file(file, config, {}) == left_file(file, None, {}) == file.with_suffix(".pins")
    installed = Path("/etc/takar/gateway.toml")
    assert left_file(installed, None, {}) == Path("/run/takar/gateway.pins")


def test_it_is_whole_or_what_it_was(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_left(left)
    assert before is not None

    def fail(_from: Path, _to: Path) -> None:
        raise OSError("full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="full"):
        leave(left, replace(before, contacts=()))
    assert read_left(left) == before
    assert [*left.parent.glob("gateway.pins*")] == [left]
