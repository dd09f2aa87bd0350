"""Everything on the machine is read-only but one data partition: gateway and console serve."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import READY, Station

SEALED = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
while read -r _ place kind _; do
    case "$place" in "$1" | /proc* | /sys* | /dev) continue ;; esac
    mount -o remount,bind,ro "$place"
done < /proc/self/mounts
shift
exec "$@"
"""
"""In a mount namespace of its own; devices are where a Pi has them, and are no files."""


def may_unshare() -> bool:
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return os.geteuid() == 0 and tried.returncode == 0


@contextmanager
def sealed(folder: Path, log: Path, *command: str) -> Iterator[None]:
    """A program that can write nowhere but into the folder."""
    with (
        log.open("wb") as said,
        subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", SEALED, "sh", str(folder), *command],
            stdout=said,
            stderr=subprocess.STDOUT,
        ) as program,
    ):
        try:
            yield
        finally:
            program.terminate()


def takar(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "gateway.cli", *arguments]


def seen_to_fail(station: Station, log: Path) -> str:
    """What a program is told that writes beside the folder."""
    beside = station.folder.parent / "beside"
    with sealed(station.folder, log, "touch", str(beside)):
        until("it to be refused", lambda: "\n" in log.read_text())
    assert not beside.exists()
    return log.read_text()


@pytest.mark.skipif(not may_unshare(), reason="needs root and mount namespaces of its own")
def test_gateway_and_console_serve_where_all_else_is_read_only(make_station: MakeStation) -> None:
    station = make_station()
    station.start_forecourt()
    address = station.give_console_a_port()
    configuration = str(station.folder / station.configuration)
    gateway, console = (station.folder / "logs" / f"{name}.log" for name in ("gateway", "console"))
    assert "Read-only file system" in seen_to_fail(station, station.folder / "logs" / "beside.log")
    with ExitStack() as running:
        for log, name in ((gateway, "gateway"), (console, "console")):
            command = takar(name, "--config", configuration)
            running.enter_context(sealed(station.folder, log, *command))
        until("the pumps to be served", lambda: READY in gateway.read_text())
        sale = station.fill(station.card())
        assert (sale.volume_ml, sale.estimated) == (300, False)
        until("the console", lambda: "console ready" in console.read_text())
        with urllib.request.urlopen(f"{address}/layar/1", timeout=20) as page:
            assert page.status == 200
    assert "Traceback" not in gateway.read_text() + console.read_text()
