"""Which readers and co-processors are there, by the standard wiring."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from msgspec import Struct

from gateway.doctor.judging.readers import VERSIONS
from gateway.doctor.probes.running import is_there
from gateway.setup.station.steps import SetupRefused
from hardware.assemble import open_ground
from hardware.ports import HardwareError
from hardware.pump.pico_port import plugged_in
from hardware.tag_reader.version import version_of
from hardware.wiring import DEMO_WIRING


def refuse_running(status_socket: Path) -> None:
    """SetupRefused while a gateway runs: to look at a reader resets it."""
    if is_there(status_socket):
        raise SetupRefused(
            f"{status_socket}: a gateway runs and uses the readers; expected it stopped. "
            "`sudo systemctl stop takar-gateway`, then again"
        )


class Found(Struct, frozen=True, kw_only=True):
    readers: list[str]
    """Where one answers: /dev/spidevB.D, in the order of the standard wiring."""
    picos: list[str]
    """Serial numbers of what is on USB."""
    troubles: list[str]
    """Of each reader that does not answer, and why."""


def find_hardware(forecourt: Path | None) -> Found:
    """Look, and change nothing. `forecourt`: the socket of a simulated one; None: this machine.

    HardwareError where the simulated one does not answer.
    """
    with ExitStack() as opened:
        if forecourt is not None:
            open_ground("simulated", forecourt, opened)
        readers: list[str] = []
        troubles: list[str] = []
        for path, wrong in _readers():
            (troubles if wrong else readers).append(f"{path}: {wrong}" if wrong else path)
        picos = sorted(plugged_in(None if forecourt is None else forecourt.absolute().parent))
    return Found(readers=readers, picos=picos, troubles=troubles)


def _readers() -> Iterator[tuple[str, str]]:
    """Each place of the standard wiring, and what is wrong there, or ""."""
    for wiring in DEMO_WIRING:
        bus = wiring.reader
        path, wrong = f"/dev/spidev{bus.spi_bus}.{bus.spi_device}", "nothing answers"
        try:
            version = version_of(bus.spi_bus, bus.spi_device, bus.reset_pin)
            with suppress(KeyError):
                wrong = VERSIONS[version] and ""
        except HardwareError as error:
            wrong = str(error)
        yield path, wrong
