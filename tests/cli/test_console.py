"""`takar console`: where it listens, how it ends, how little it takes, and its codes."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import takar
from gateway.console.access.codes import matches
from mqtt.broker import free_port
from tests.faults.conftest import template  # noqa: F401
from tests.faults.station import Station

MOST_KB = 60_000
"""Resident, at any time."""


@pytest.fixture
def station(template: Path, tmp_path: Path) -> Iterator[Station]:  # noqa: F811
    station = Station(template, tmp_path / "s", free_port())
    yield station
    station.close()


def asked(address: str, path: str) -> str:
    """The page, without waiting for more than there is."""
    import urllib.request

    with urllib.request.urlopen(address + path, timeout=30) as answer:
        text: str = answer.read().decode()
    return text


def test_it_serves_without_a_gateway_in_60_mb_and_ends_when_told(station: Station) -> None:
    port = free_port()
    with (station.folder / "gateway.toml").open("a") as file:
        file.write(f"\n[metrics]\nport = {port}\n")
    address = station.start_console()
    up = 'takar_gateway_up{gateway="gateway"} 0.0'
    assert up in asked(f"http://127.0.0.1:{port}", "/metrics")
    silent, told = station.run("metrics", "--config", str(station.folder / "gateway.toml"))
    assert silent == 1
    assert up in told
    for path in ("/layar/1", "/layar/2", "/masuk", "/layar"):
        assert "Takar" in asked(address, path) or "Layar tidak tersambung" in asked(address, path)
    status = Path(f"/proc/{station.console.process.pid}/status").read_text()
    kilobytes = {name: int(kb) for name, kb in re.findall(r"(Vm(?:RSS|HWM)):\s+(\d+) kB", status)}
    print(f"console: {kilobytes['VmRSS']} kB resident, {kilobytes['VmHWM']} kB at most")
    assert kilobytes["VmHWM"] < MOST_KB
    nice = os.getpriority(os.PRIO_PROCESS, station.console.process.pid)
    assert nice > os.getpriority(os.PRIO_PROCESS, 0), "the pump goes first"
    assert station.console.stop() == 0


def test_an_address_that_is_taken_is_told(station: Station) -> None:
    station.start_console()
    status, text = station.run("console", "--config", str(station.folder / "gateway.toml"))
    assert status == 1
    assert "is a console running already" in text


def test_a_code_is_printed_once_and_its_section_reads_back() -> None:
    result = CliRunner().invoke(takar, ["console", "code", 'Ama "Nalle"'])
    assert result.exit_code == 0
    code = re.findall(r"shown only now: (\S+)", result.stderr)[0]
    (entry,) = tomllib.loads(result.stdout)["console_codes"]
    assert entry["name"] == 'Ama "Nalle"'
    assert code not in result.stdout
    assert matches(code, entry["scrypt"])


@pytest.mark.parametrize("name", ["", " Ama", "x" * 61])
def test_a_name_has_bounds(name: str) -> None:
    assert CliRunner().invoke(takar, ["console", "code", name]).exit_code == 2
