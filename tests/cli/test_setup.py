"""`takar setup`: from nothing to a station that the doctor finds well, in a folder of its own."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from gateway.cli import setup_asking, takar
from gateway.config.load import load_gateway
from gateway.config.types import GatewayConfig
from gateway.doctor import examination
from gateway.doctor.judging.books import BrokerFinding
from gateway.setup.enrolling import enrol
from gateway.setup.rewriting import as_written, rewrite
from gateway.setup.station.places import Installed
from hardware.simulated.forecourt.server import ForecourtServer
from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.simulated.forecourt.world import World
from mqtt.enrolment.code import code_text
from mqtt.enrolment.http import Address
from mqtt.enrolment.messages import AnyAnswer, AnyRequest
from tests.mqtt.enrolment.office import NAME, Office

ENROL = ("--central", "central.example", "--simulated")


@pytest.fixture
def places() -> Iterator[Installed]:
    """With a simulated forecourt where its service has it."""
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:
        places = Installed(Path(folder) / "r")
        at = places.forecourt_socket
        at.parent.mkdir(parents=True)
        places.status_socket.parent.mkdir()
        server = ForecourtServer(World(ForecourtSettings(time="simulated")), at)
        serving = threading.Thread(target=server.serve)
        serving.start()
        yield places
        server.stop()
        serving.join()


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office(tmp_path / "office")

    def answered(_address: Address, request: AnyRequest) -> AnyAnswer:
        return office.certifying.answer(request)

    monkeypatch.setattr(setup_asking, "enrol", partial(enrol, by=answered))
    nobody = BrokerFinding(broker="mqtt.example:8883", refused="no network in a test")
    monkeypatch.setattr(examination, "ask_central", lambda *_: nobody)
    return office


def set_up(cli: CliRunner, places: Installed, *options: str, typed: str = "") -> Result:
    arguments = ["setup", "--prefix", str(places.root), *options]
    return cli.invoke(takar, arguments, input=typed)


def test_unattended_then_with_other_pumps(
    cli: CliRunner, places: Installed, office: Office
) -> None:
    told = ("--product", "dexlite", "--product", "pertamax", "--pulses", "50")
    done = set_up(cli, places, *ENROL, *told, "--yes", "--code", code_text(office.invite()))
    assert done.exit_code == 0, done.output
    assert "readers: /dev/spidev0.0, /dev/spidev0.1" in done.output
    assert f"this is {NAME} of kupang" in done.output
    assert "GPIO 17 (pin 11)" in done.output, "the wiring to check"
    assert "A killed process, pump 2: the relay fell" in done.output
    failed = [line for line in done.output.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 1, failed
    assert "no network in a test" in failed[0]
    config = load_gateway(places.gateway_toml)
    assert config.gateway.name == NAME
    assert [pump.product for pump in config.pumps] == ["dexlite", "pertamax"]
    assert [pump.calibration_pulses for pump in config.pumps] == [50, 100]
    assert office.state() == (1, 1)

    refused = set_up(cli, places, "--yes", "--simulated", "--pumps", "1")
    assert refused.exit_code == 1
    assert f"is the station {NAME} already, and nothing was changed" in refused.output
    assert load_gateway(places.gateway_toml) == config

    again = set_up(cli, places, "--replace", "--yes", "--simulated", "--pumps", "1", "--dry-run")
    assert again.exit_code == 0, again.output
    assert "would write" in again.output
    assert load_gateway(places.gateway_toml) == config


def test_replaced_and_nothing_answered_it_is_byte_for_byte_the_same(
    cli: CliRunner, places: Installed, office: Office
) -> None:
    code = code_text(office.invite())
    assert set_up(cli, places, *ENROL, "--yes", "--no-start", "--code", code).exit_code == 0
    file = places.gateway_toml
    new = as_written(file, GatewayConfig)
    sold = [replace(pump, product="solar", valve_lag_ms=400) for pump in new.pumps]
    sold[0] = replace(sold[0], calibration_pulses=9973, calibration_litres=100)
    rewrite(file, replace(new, pumps=sold))
    configured = file.read_bytes()
    done = set_up(cli, places, "--replace", "--yes", "--no-start")
    assert "write " in done.output
    assert file.read_bytes() == configured, done.output
    enter = "\n" * 6
    done = set_up(cli, places, "--replace", "--dry-run", typed=enter)
    assert done.exit_code == 0, done.output
    assert "Product of pump 1, as in the price list [solar]" in done.output
    assert "Pulses a litre of pump 1 (`takar calibrate` corrects it) [99.73]" in done.output


def test_a_running_gateways_readers_are_left_alone(cli: CliRunner, places: Installed) -> None:
    with socket.socket(socket.AF_UNIX) as running:
        running.bind(str(places.status_socket))
        running.listen()
        done = set_up(cli, places, *ENROL, "--yes", "--code", "X", "--dry-run")
    assert done.exit_code == 1
    assert "a gateway runs and uses the readers" in done.output


@pytest.mark.usefixtures("office")
def test_it_asks_for_what_no_option_says(cli: CliRunner, places: Installed) -> None:
    typed = "\n".join(["1", "dexlite", "50", "none", "central.example", "not-a-code", ""])
    done = set_up(cli, places, "--simulated", typed=typed)
    for question in (
        "How many pumps",
        "Product of pump 1",
        "Pulses a litre of pump 1",
        "Serial number of the co-processor",
        "Central's address",
        "Code from `takar central invite NAME`",
    ):
        assert question in done.output
    assert done.exit_code == 2, "the code is none"
    assert not places.gateway_toml.exists(), "nothing is written before central has admitted it"


@pytest.mark.parametrize("missing", ["--central", "--code"])
def test_where_nothing_is_asked_a_missing_answer_is_named(
    cli: CliRunner, places: Installed, missing: str
) -> None:
    given = {"--central": "central.example", "--code": "X"}
    options = [part for name, value in given.items() if name != missing for part in (name, value)]
    done = set_up(cli, places, "--simulated", "--yes", *options)
    assert done.exit_code == 2
    assert f"{missing} is needed" in done.output
    assert not places.configuration.exists()


def test_a_ledger_without_its_configuration_is_left_alone(
    cli: CliRunner, places: Installed
) -> None:
    ledger = places.state("gateway") / "ledger.sqlite3"
    ledger.parent.mkdir(parents=True)
    ledger.touch()
    done = set_up(cli, places, *ENROL, "--yes", "--code", "X")
    assert done.exit_code == 1
    assert "Put the configuration back from a backup" in done.output
