"""A third party's station in the demo: their pump, and of ours a reader, a gateway, a display."""

from contextlib import ExitStack
from pathlib import Path
from threading import Lock

from gateway.demo.parts import Part
from gateway.demo.watch import Watch
from hardware.simulated.control import ForecourtControl
from hardware.wiring import DEMO_WIRING

THEIR_NAME = "gateway-02"
THEIR_STATION = "spbu-54.851.01"
THEIR_PUMP = 3
"""Its number on the page; at their own station it is the first."""


class Neighbour:
    """Runs nothing until it is opened: a demo starts as soon without it."""

    def __init__(self, folder: Path, console_url: str) -> None:
        self.console_url = console_url
        self.ledger = folder / THEIR_NAME / "ledger.sqlite3"
        self.socket = folder / "forecourt-02.sock"
        self.control: ForecourtControl | None = None
        """None until it is open."""
        self.watch: Watch | None = None
        self._folder = folder
        self._started = ExitStack()
        self._opening = Lock()

    def open(self) -> None:
        """Start it, if it is not open yet. PartFailed says why not."""
        with self._opening:
            if self.control is not None:
                return
            configuration = ("--config", str(self._folder / f"{THEIR_NAME}.toml"))
            forecourt = ("run", "--socket", str(self.socket), "--config", str(self._settings()))
            self._start("forecourt", *forecourt).wait_until_ready()
            parts = [self._start("gateway", *configuration), self._start("console", *configuration)]
            for part in parts:
                part.wait_until_ready()
            self.watch = Watch(self._folder / f"{THEIR_NAME}.sock")
            self._started.callback(self.watch.close)
            self.control = self._started.enter_context(ForecourtControl(self.socket))

    def close(self) -> None:
        self._started.close()

    def _start(self, command: str, *arguments: str) -> Part:
        part = Part(f"{command}-02", [command, *arguments], self._folder / "logs")
        self._started.callback(part.stop)
        return part

    def _settings(self) -> Path:
        """Their forecourt's: nothing is wired there but a reader."""
        bus = DEMO_WIRING[0].reader
        file = self._folder / "forecourt-02.toml"
        file.write_text(
            "wiring = []\n[[readers]]\nnumber = 1\n"
            f"reader = {{ spi_bus = {bus.spi_bus}, spi_device = {bus.spi_device} }}\n"
        )
        return file
